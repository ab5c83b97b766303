/// A connection string: `Key=value;` pairs with values braced where they need it.
///
/// Format: SQLDriverConnect of the ODBC reference: a value that holds one of `[]{}(),;?*=!@`, or begins or ends with a
/// space, stands in braces with `}` doubled.
package struct ODBCConnectionString: Sendable {
  private var pairs: [(key: String, value: String)]
  private var raw: String

  /// - Parameter raw: what the user wrote himself, which comes first.
  package init(raw: String = "") {
    self.raw = raw
    pairs = []
  }

  /// Adds a pair behind the others; nothing when `value` is nil, and where the user gave that key: of two equal ones most drivers take
  /// the first, and psqlODBC the last.
  package mutating func add(_ key: String, _ value: String?) {
    guard let value, Self.value(of: key, in: raw) == nil else { return }
    pairs.append((key, value))
  }

  /// The whole string, secrets and all: for the driver alone.
  package var text: String {
    var text = raw
    if !text.isEmpty, !text.hasSuffix(";") { text += ";" }
    for pair in pairs { text += "\(pair.key)=\(Self.braced(pair.value));" }
    return text
  }

  private static func braced(_ value: String) -> String {
    let special: Set<Character> = [
      "[", "]", "{", "}", "(", ")", ",", ";", "?", "*", "=", "!", "@", "\\", "\"", "'", "%", "+",
    ]
    let isPlain = !value.contains { special.contains($0) } && value.first != " " && value.last != " "
    return isPlain && !value.isEmpty ? value : "{" + value.replacing("}", with: "}}") + "}"
  }
}

extension ODBCConnectionString: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// The keys alone.
  package var description: String { "a connection string with \(pairs.map(\.key).joined(separator: ", "))" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
