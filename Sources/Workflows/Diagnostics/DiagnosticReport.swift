/// Diagnostics of one file as a terminal shows them: a line each, in columns, and a count at the end.
///
/// ```
/// wf.json:14:7  tables[2].partitonSize     unknown property; did you mean partitionSize?
/// wf.json:22:24 tables[3].synchronization  watermark needs watermarkColumn
/// 2 errors in wf.json.
/// ```
package struct DiagnosticReport: Sendable {
  /// A path longer than this does not widen the column for all the others.
  private static let widestPath = 40

  package let file: String
  package let diagnostics: [Diagnostic]

  package init(file: String, diagnostics: [Diagnostic]) {
    self.file = file
    self.diagnostics = diagnostics.inOrder
  }

  /// Lines without an end of line behind the last; empty without diagnostics.
  package var text: String {
    guard !diagnostics.isEmpty else { return "" }
    return (lines + ["\(summary)."]).joined(separator: "\n")
  }

  /// One line per diagnostic.
  package var lines: [String] {
    let places = diagnostics.map(place)
    let placeWidth = places.map(\.count).max() ?? 0
    let pathWidth = diagnostics.map(\.path.count).filter { $0 <= Self.widestPath }.max() ?? 0
    return zip(diagnostics, places).map { diagnostic, place in
      let note = diagnostic.severity == .warning ? "warning: " : ""
      let path = pathWidth == 0 && diagnostic.path.isEmpty ? "" : padded(diagnostic.path, to: pathWidth) + "  "
      return padded(place, to: placeWidth) + " " + path + note + diagnostic.message
    }
  }

  /// `3 errors in wf.json`, `1 error, 2 warnings in wf.json`.
  package var summary: String {
    let errors = diagnostics.count { $0.severity == .error }
    let counts = [(errors, "error"), (diagnostics.count - errors, "warning")]
    let words = counts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)\($0.0 == 1 ? "" : "s")" }
    return words.joined(separator: ", ") + " in \(file)"
  }

  private func place(_ diagnostic: Diagnostic) -> String {
    diagnostic.position.map { "\(file):\($0)" } ?? file
  }

  private func padded(_ text: String, to width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }
}
