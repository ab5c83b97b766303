import Foundation

/// `postgresql://user:password@host:port/database?sslmode=…&sslrootcert=…&schema=…` taken apart.
///
/// Percent-encoding is undone, so that a password may hold any character. `host` among the parameters is the directory of a Unix
/// socket, as libpq has it.
package struct StateURL: Sendable, Hashable {
  package var host: String
  package var port: Int
  package var database: String
  package var user: String
  package var password: Secret?
  package var sslMode: String?
  package var sslRootCertificate: String?
  /// Letters, digits and underscores.
  package var schema: String

  private static let parameters = ["sslmode", "sslrootcert", "schema", "host"]

  /// - Throws: ``ConfigurationError`` that says what is wrong and holds nothing of the URL but names of parameters.
  package init(_ url: Secret) throws(ConfigurationError) {
    func refused(_ message: String) -> ConfigurationError { ConfigurationError(.wrongValue, "[state] url: \(message)") }
    guard let parts = URLComponents(string: url.revealed) else {
      throw refused("it is no URL; write postgresql://user@host:5432/database, other characters percent-encoded")
    }
    guard ["postgresql", "postgres"].contains(parts.scheme?.lowercased()) else {
      throw refused("only a state on PostgreSQL is built yet; path names a SQLite file")
    }
    let items = parts.queryItems ?? []
    if let unknown = items.first(where: { !Self.parameters.contains($0.name) }) {
      throw refused("\(unknown.name) is no parameter of it; there are \(Self.parameters.joined(separator: ", "))")
    }
    func parameter(_ name: String) -> String? { items.first { $0.name == name }?.value }
    let named = parts.host ?? ""
    guard let host = parameter("host") ?? (named.isEmpty ? nil : named) else { throw refused("it names no host") }
    guard let user = parts.user, !user.isEmpty else { throw refused("it names no user") }
    let database = String(parts.path.dropFirst())
    guard !database.isEmpty, !database.contains("/") else { throw refused("it names no database") }
    let schema = parameter("schema") ?? "scmplan"
    guard let first = schema.utf8.first, !(48...57).contains(first),
      schema.utf8.allSatisfy({ (97...122).contains($0) || (48...57).contains($0) || $0 == 95 })
    else { throw refused("a schema is lower-case letters, digits and underscores") }
    self.host = host
    port = parts.port ?? 5432
    self.database = database
    self.user = user
    password = parts.password.map { Secret($0) }
    sslMode = parameter("sslmode")
    sslRootCertificate = parameter("sslrootcert")
    self.schema = schema
  }
}
