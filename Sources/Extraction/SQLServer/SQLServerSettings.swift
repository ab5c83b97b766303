import ODBC

/// How a SQL Server is reached, and how gently it is asked.
package struct SQLServerSettings: Sendable {
  /// What the connection is to be encrypted with; the words are those of Microsoft's driver.
  package enum Encryption: String, Sendable {
    case yes, no, strict
  }

  package var host: String
  /// Nil for 1433, or for the one that a named instance (`host\instance`) listens on.
  package var port: Int?
  package var database: String
  package var user: String?
  package var password: String?
  /// A name of `odbcinst.ini` or a path; nil for the best that is registered.
  package var driver: String?
  /// A connection string of the user's own, whose keys win over all others; may hold secrets.
  package var raw: String = ""
  /// Nil for the driver's own default.
  package var encryption: Encryption?
  package var trustsServerCertificate: Bool?
  /// `ReadOnly` lets an availability group send the session to a secondary.
  package var applicationIntent: String?
  /// Seconds until a silent server is given up.
  package var connectTimeout = 15
  /// Seconds after which a statement is ended from this side; 0 for never, as one part of a large table may take long.
  package var statementTimeout = 0
  /// Seconds to wait for another session's lock.
  package var lockTimeout = 60
  /// Processors that one query of the server may use; 0 leaves it to the server.
  package var maxDOP = 2

  package init(host: String, port: Int? = nil, database: String, user: String? = nil, password: String? = nil) {
    self.host = host
    self.port = port
    self.database = database
    self.user = user
    self.password = password
  }

  /// Server and database as plans and the state name them: no user and no secret. Names of hosts have no case.
  package var place: String {
    let port = port.map { ":\($0)" } ?? (host.contains("\\") ? "" : ":1433")
    return "\(host.lowercased())\(port)/\(database)"
  }

  /// The string for `driver`: FreeTDS and Microsoft's drivers differ in the names of keys.
  func string(for driver: SQLServerDriver) -> ODBCConnectionString {
    var string = ODBCConnectionString(raw: raw)
    /// Nothing that the user's own string says already: of two equal keys some drivers take the last.
    func add(_ key: String, _ value: String?, unless others: [String] = []) {
      guard ([key] + others).allSatisfy({ ODBCConnectionString.value(of: $0, in: raw) == nil }) else { return }
      string.add(key, value)
    }
    let servers = ["Server", "Servername", "Address", "Addr", "DSN"]
    add("Driver", driver.name, unless: ["DSN"])
    add("Database", database)
    add("UID", user, unless: ["User"])
    add("PWD", password, unless: ["Password"])
    add("APP", "scmplan")
    add("ApplicationIntent", applicationIntent)
    switch driver.kind {
    case .freeTDS:
      add("Server", host, unless: servers)
      // Beside an instance's name a port would be one too many: FreeTDS asks the server's browser for it.
      add("Port", port.map(String.init) ?? (host.contains("\\") ? nil : "1433"), unless: servers)
      add("TDS_Version", "7.4")
      add("ClientCharset", "UTF-8")
      // Values of any length, whatever freetds.conf says.
      add("TextSize", "2147483647")
      add("Encryption", encryption.map { $0 == .no ? "off" : $0 == .strict ? "strict" : "require" })
    case .microsoft, .other:
      add("Server", port.map { "\(host),\($0)" } ?? host, unless: servers)
      add("Encrypt", encryption?.rawValue)
      add("TrustServerCertificate", trustsServerCertificate.map { $0 ? "yes" : "no" })
    }
    return string
  }
}
