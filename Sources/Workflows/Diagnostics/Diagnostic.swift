/// Something that is wrong, or risky, at one place of a file that a person wrote.
package struct Diagnostic: Hashable, Codable, Sendable {
  package enum Severity: String, Codable, Sendable {
    /// The file cannot be used as it is.
    case error
    /// The file can be used; someone should look.
    case warning
  }

  package var severity: Severity
  /// From 1; nil where the file as a whole is meant.
  package var line: Int?
  /// From 1, in Unicode scalars; nil where the file as a whole is meant.
  package var column: Int?
  /// Where in the document, as `tables[2].partitionSize`; empty at its top.
  package var path: String
  /// What is wrong and what to do, without a full stop; no secrets, printable.
  package var message: String

  package init(_ severity: Severity = .error, at position: Position?, path: String, message: String) {
    self.severity = severity
    line = position?.line
    column = position?.column
    self.path = path
    self.message = message
  }

  package var position: Position? {
    guard let line, let column else { return nil }
    return Position(line: line, column: column)
  }
}

extension [Diagnostic] {
  package var hasErrors: Bool { contains { $0.severity == .error } }

  /// By place in the file, then by path and message.
  package var inOrder: [Diagnostic] {
    sorted { a, b in
      let (first, second) = (a.position ?? .init(line: 0, column: 0), b.position ?? .init(line: 0, column: 0))
      return first == second ? (a.path, a.message) < (b.path, b.message) : first < second
    }
  }
}
