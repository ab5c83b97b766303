/// Collects what is wrong with a workflow while it is read.
///
/// A value of `defaultTableConfiguration` is part of every table: what is wrong with it is reported once, at the place
/// where it is written, with the first table it is wrong for and the number of the others.
final class Findings {
  /// What makes two findings in the defaults the same one.
  private struct Shared: Hashable {
    var offset: Int
    var message: String
  }

  let text: SourceText
  /// The bytes of `defaultTableConfiguration` once they have been read by themselves; empty before, and without any.
  var defaults: Range<Int> = 0..<0
  var isReadingDefaults = false
  let lists = InheritedLists()
  private var found: [(diagnostic: Diagnostic, others: Int)] = []
  private var shared: [Shared: Int] = [:]

  init(_ text: SourceText) {
    self.text = text
  }

  /// Whether the value was written in `defaultTableConfiguration`.
  func isInherited(_ offset: Int) -> Bool { defaults.contains(offset) }

  func add(
    _ severity: Diagnostic.Severity = .error, at offset: Int, _ path: DocumentPath, _ message: String
  ) {
    if isInherited(offset) {
      let key = Shared(offset: offset, message: message)
      if let index = shared[key] {
        found[index].others += 1
        return
      }
      shared[key] = found.count
    }
    let diagnostic = Diagnostic(severity, at: text.position(at: offset), path: path.description, message: message)
    found.append((diagnostic, 0))
  }

  /// In the order of the file.
  var diagnostics: [Diagnostic] {
    found.map { diagnostic, others in
      guard others > 0 else { return diagnostic }
      var counted = diagnostic
      counted.message += " (and \(others) more \(others == 1 ? "table" : "tables"))"
      return counted
    }.inOrder
  }
}
