/// A connection string: `Key=value;` pairs with values braced where they need it.
///
/// Format: SQLDriverConnect of the ODBC reference: a value that holds one of `[]{}(),;?*=!@`, or begins or ends with a
/// space, stands in braces with `}` doubled.
package struct ODBCConnectionString: Sendable {
  private var pairs: [(key: String, value: String)]
  private var raw: String

  /// The keys of `raw`, in lower case.
  private let given: Set<String>

  /// - Parameter raw: what the user wrote himself, which comes first.
  package init(raw: String = "") {
    self.raw = raw
    given = Self.keys(of: raw)
    pairs = []
  }

  /// Adds a pair behind the others; nothing when `value` is nil, and where the user gave that key: of two equal ones most drivers take
  /// the first, and psqlODBC the last.
  package mutating func add(_ key: String, _ value: String?) {
    guard let value, !given.contains(key.lowercased()) else { return }
    pairs.append((key, value))
  }

  private static func keys(of raw: String) -> Set<String> {
    var keys: Set<String> = []
    var rest = raw[...]
    while let equals = rest.firstIndex(of: "=") {
      keys.insert(String(rest[..<equals].filter { $0 != " " && $0 != ";" }).lowercased())
      rest = rest[rest.index(after: equals)...].drop { $0 == " " }
      if rest.first == "{" {
        repeat {
          rest = rest.dropFirst().drop { $0 != "}" }.dropFirst()
        } while rest.first == "}"
      }
      rest = rest.drop { $0 != ";" }
    }
    return keys
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
