extension ODBCConnectionString {
  /// The value that a connection string of a user's own has for `key`, in whatever case; nil when it has none.
  ///
  /// Format: as the type's own description; the first of two equal keys counts.
  package static func value(of key: String, in raw: String) -> String? {
    var rest = raw[...]
    while let equals = rest.firstIndex(of: "=") {
      let name = rest[..<equals].trimmingBlanks()
      rest = rest[rest.index(after: equals)...]
      var value = ""
      if rest.drop(while: { $0 == " " }).first == "{" {
        rest = rest.drop { $0 == " " }.dropFirst()
        while let next = rest.first {
          rest = rest.dropFirst()
          if next == "}" {
            guard rest.first == "}" else { break }
            rest = rest.dropFirst()
          }
          value.append(next)
        }
        rest = rest.drop { $0 != ";" }
      } else {
        let end = rest.firstIndex(of: ";") ?? rest.endIndex
        value = String(rest[..<end].trimmingBlanks())
        rest = rest[end...]
      }
      if name.lowercased() == key.lowercased() { return value }
      rest = rest.drop { $0 == ";" || $0 == " " }
    }
    return nil
  }
}

extension Substring {
  fileprivate func trimmingBlanks() -> Substring {
    var text = drop { $0 == " " }
    while text.last == " " { text.removeLast() }
    return text
  }
}
