import Postgres

/// The statements of one connection that the server has read already.
final class PreparedStatements {
  /// Beyond so many, statements are sent as they are: those that insert many rows come in many lengths.
  private static let most = 200

  private var names: [String: String] = [:]

  func run(_ sql: String, _ parameters: [String?], on connection: PostgresConnection) throws -> PostgresResult {
    if let name = names[sql] { return try connection.run(prepared: name, parameters) }
    let numbered = Self.numbered(sql)
    guard names.count < Self.most, !sql.hasPrefix("CREATE"), !sql.hasPrefix("ALTER") else {
      return try connection.query(numbered, parameters)
    }
    let name = "s\(names.count)"
    try connection.prepare(name, numbered)
    names[sql] = name
    return try connection.run(prepared: name, parameters)
  }

  /// The statement with `$1`, `$2` in place of `?`, and whole numbers of 64 bits, as SQLite's are.
  private static func numbered(_ sql: String) -> String {
    var out = ""
    out.reserveCapacity(sql.utf8.count + 64)
    var number = 0
    var isQuoted = false
    for character in sql {
      if character == "'" { isQuoted.toggle() }
      if character == "?", !isQuoted {
        number += 1
        out += "$\(number)"
      } else {
        out.append(character)
      }
    }
    guard out.hasPrefix("CREATE TABLE") || out.hasPrefix("ALTER TABLE") else { return out }
    return out.replacing(" INTEGER", with: " BIGINT")
  }
}
