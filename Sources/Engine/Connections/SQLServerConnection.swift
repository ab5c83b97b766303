import Extraction
import ODBC
import Workflows

/// The settings of a SQL Server connection, and the session they lead to.
struct SQLServerConnection {
  var settings: ResolvedSettings

  /// `host:port/database`, from the keys or else from the connection string; no user and nothing secret is in it.
  func server() throws -> String { try login().place }

  /// Signs in and connects.
  func session() throws -> SQLServerSourceSession { try SQLServerSourceSession(try login()) }

  private func login() throws -> SQLServerSettings {
    let raw = settings.secret(.odbcConnectionString)?.revealed ?? ""
    let server = Self.server(raw)
    var login = SQLServerSettings(
      host: try text(.host, server.host), port: settings.number(.port) ?? server.port,
      database: try text(.database, ODBCConnectionString.value(of: "database", in: raw)),
      user: settings.text(.username), password: settings.secret(.password)?.revealed)
    login.driver = settings.text(.driver)
    login.raw = raw
    login.encryption = settings.text(.encrypt).map { Self.encryption($0) }
    login.trustsServerCertificate = settings.flag(.trustServerCertificate)
    login.applicationIntent = settings.text(.applicationIntent)
    login.connectTimeout = settings.number(.connectTimeoutSeconds) ?? login.connectTimeout
    login.statementTimeout = settings.number(.statementTimeoutSeconds) ?? login.statementTimeout
    login.lockTimeout = settings.number(.lockTimeoutSeconds) ?? login.lockTimeout
    login.maxDOP = settings.number(.maxDOP) ?? login.maxDOP
    return login
  }

  /// `tcp:host,port` of a connection string, whose port may stand in a key of its own; a DSN's name where there is no server.
  private static func server(_ raw: String) -> (host: String?, port: Int?) {
    let port = ODBCConnectionString.value(of: "port", in: raw).flatMap { Int($0) }
    let keys = ["server", "address", "addr", "servername", "dsn"]
    guard let written = keys.lazy.compactMap({ ODBCConnectionString.value(of: $0, in: raw) }).first else {
      return (nil, port)
    }
    let pieces = (written.hasPrefix("tcp:") ? written.dropFirst(4) : written[...]).split(separator: ",")
    return (pieces.first.map(String.init), port ?? (pieces.count > 1 ? Int(pieces[1]) : nil))
  }

  private static func encryption(_ word: String) -> SQLServerSettings.Encryption {
    switch word {
    case "no", "optional": .no
    case "strict": .strict
    default: .yes
    }
  }

  /// - Throws: ``EngineError`` when neither the key nor the connection string says it.
  private func text(_ key: SettingKey, _ other: String?) throws -> String {
    let value = settings.text(key) ?? other
    guard let value, !value.isEmpty else {
      throw EngineError(
        .settingMissing, at: settings.section,
        "\(key.rawValue) is missing: plans name a server by host and database, which an odbc_connection_string may say too"
      )
    }
    return value
  }
}
