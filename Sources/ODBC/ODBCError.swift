/// What a driver or the driver manager refused.
package struct ODBCError: Error, Sendable, CustomStringConvertible {
  /// The function of ODBC that failed, such as `SQLFetch`.
  package var call: String
  /// What was said about it, the nearest cause first; empty when nothing was, which some drivers do.
  package var diagnostics: [ODBCDiagnostic]

  package init(_ call: String, _ diagnostics: [ODBCDiagnostic]) {
    self.call = call
    self.diagnostics = diagnostics
  }

  /// The SQLSTATE of the nearest cause; `HY000`, the general error, when nothing was said.
  package var state: String { diagnostics.first?.state ?? "HY000" }

  /// The server's own number for the nearest cause that has one.
  package var native: Int { diagnostics.first { $0.native != 0 }?.native ?? 0 }

  /// The words of the nearest cause without the tags (`[vendor][driver]`) before them.
  package var message: String {
    guard let first = diagnostics.first else { return "the driver says nothing about it" }
    var text = first.message[...]
    while text.hasPrefix("["), let end = text.firstIndex(of: "]") { text = text[text.index(after: end)...] }
    return String(text.drop { $0 == " " })
  }

  package var description: String { "\(call) failed: [\(state)/\(native)] \(message)" }
}
