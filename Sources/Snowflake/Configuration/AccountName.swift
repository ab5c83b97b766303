/// An account identifier in the forms that host, login and signed token want.
///
/// Rules: util_text.py of the Python connector and dsn.go of the Go driver.
package struct AccountName: Hashable, Sendable {
  /// As it was written, without scheme and domain: `myorg-my_account`, `xy12345.eu-central-1`.
  package let text: String

  package init(_ text: String) {
    var name = Substring(text)
    for scheme in ["https://", "http://"] where name.lowercased().hasPrefix(scheme) {
      name = name.dropFirst(scheme.count)
    }
    name = name.prefix { $0 != "/" && $0 != ":" }
    for domain in [".snowflakecomputing.com", ".snowflakecomputing.cn"] where name.lowercased().hasSuffix(domain) {
      name = name.dropLast(domain.count)
    }
    self.text = String(name)
  }

  /// `ACCOUNT_NAME` of a login: up to the first dot, and of a global account without what follows the last hyphen.
  package var login: String {
    let parts = text.split(separator: ".", maxSplits: 2)
    guard let first = parts.first else { return "" }
    guard parts.count > 1, parts[1].lowercased() == "global", let hyphen = first.lastIndex(of: "-") else {
      return String(first)
    }
    return String(first[..<hyphen])
  }

  /// The account in the claims of a signed token: upper case, of a global account up to the first hyphen, else up to
  /// the first dot.
  package var claim: String {
    let isGlobal = text.lowercased().contains(".global")
    return text.prefix { $0 != (isGlobal ? "-" : ".") }.uppercased()
  }

  /// The host, with hyphens for underscores. A separate region is appended, but for `us-west-2`, which has none.
  package func host(region: String?) -> String {
    var name = text.lowercased().replacing("_", with: "-")
    if let region = region?.lowercased(), region != "us-west-2", !region.isEmpty, !name.contains(".") {
      name += ".\(region)"
    }
    let place = name.split(separator: ".").dropFirst().first ?? ""
    return "\(name).snowflakecomputing.\(place.hasPrefix("cn-") ? "cn" : "com")"
  }
}
