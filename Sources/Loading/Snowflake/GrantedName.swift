import Catalogs

/// A qualified name as Snowflake's results spell it: each part with quotes where it needs them.
enum GrantedName {
  /// The stored parts, without quotes.
  static func parts(_ written: String) -> [String] {
    var parts: [String] = []
    var part = String.UnicodeScalarView()
    var isQuoted = false
    for scalar in written.unicodeScalars {
      if scalar == "\"" { isQuoted.toggle() }
      if scalar == ".", !isQuoted {
        parts.append(String(part))
        part = String.UnicodeScalarView()
      } else {
        part.append(scalar)
      }
    }
    return (parts + [String(part)]).map { (try? Identifier.stored($0, folding: .kept)) ?? $0 }
  }
}
