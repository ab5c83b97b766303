/// A JSON text read strictly by RFC 8259, every value with its place, and all that was wrong with it.
///
/// Beyond the RFC: keys must be unique within their object, nesting ends at ``deepest``, numbers must fit 64-bit integers
/// or doubles. A UTF-8 byte order mark at the start is passed over. Reading takes time and memory linear in the text, and
/// a bounded stack.
package struct JSONDocument: Sendable {
  /// Arrays and objects within each other.
  package static let deepest = 64

  package let text: SourceText
  /// Nil when the text broke off or cannot be followed to its end.
  package let root: JSONNode?
  /// In the order in which they were met.
  package let diagnostics: [Diagnostic]

  package init(_ bytes: [UInt8]) {
    let text = SourceText(bytes)
    var parser = JSONParser(bytes)
    root = parser.document()
    self.text = text
    diagnostics = parser.problems.map { problem in
      var message = problem.message
      if let related = problem.related { message += " (\(related.word) at \(text.position(at: related.offset)))" }
      return Diagnostic(at: text.position(at: problem.offset), path: problem.path.description, message: message)
    }
  }
}
