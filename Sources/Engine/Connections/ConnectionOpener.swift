package import AWS
package import Catalogs
package import Extraction
import Foundation
package import Loading
package import Plans
import Postgres
import Snowflake
package import Workflows

/// Opens the connections of a configuration, and tells one server from another.
package struct ConnectionOpener: SessionOpener {
  package var configuration: Configuration
  package var resolver: any ReferenceResolver & Sendable
  /// Somebody waits for the answer: a server that brings none is given up soon.
  package var isHurried = false
  /// How AWS is reached.
  package var aws = AWSCaller()

  package init(configuration: Configuration, resolver: any ReferenceResolver & Sendable) {
    self.configuration = configuration
    self.resolver = resolver
  }

  /// The place a connection leads to, as plans and the state name it.
  package func endpoint(_ connection: SourceConnection) throws -> Endpoint {
    Endpoint(
      connection: connection.name, platform: connection.platform.rawValue, server: try server(of: connection))
  }

  /// The place a connection leads to, as plans and the state name it.
  package func endpoint(_ connection: TargetConnection) throws -> Endpoint {
    Endpoint(
      connection: connection.name, platform: connection.platform.rawValue, server: try server(of: connection))
  }

  /// How a target names types and writes statements.
  package func dialect(of platform: TargetPlatform) -> any TargetDialect {
    switch platform {
    case .sqlite: SQLiteDialect()
    case .snowflake: SnowflakeDialect()
    }
  }

  /// - Throws: ``EngineError`` when the configuration's connection of that name leads elsewhere than the plan says.
  package func source(_ endpoint: Endpoint) throws -> any SourceSession {
    let connection = try configuration.source(named: endpoint.connection)
    try agree(endpoint, try self.endpoint(connection))
    switch connection.platform {
    case .sqlite: return try SQLiteSourceSession(path: endpoint.server)
    case .postgresql:
      let settings = try connection.settings.resolved(by: resolver)
      let timeout = settings.number(.statementTimeoutSeconds) ?? 0
      let raw = settings.secret(.odbcConnectionString)?.revealed
      guard raw != nil || settings.text(.driver) != nil else {
        return try PostgreSQLSourceSession(try postgres(settings), statementTimeout: timeout)
      }
      return try PostgreSQLSourceSession(
        try postgres(settings), driver: settings.text(.driver) ?? "PostgreSQL Unicode", raw: raw ?? "",
        statementTimeout: timeout)
    case .redshift: return try redshift(try connection.settings.resolved(by: resolver)).session()
    case .sqlserver: return try SQLServerConnection(settings: try connection.settings.resolved(by: resolver)).session()
    }
  }

  /// - Throws: ``EngineError`` when the configuration's connection of that name leads elsewhere than the plan says.
  package func target(_ endpoint: Endpoint) throws -> any TargetSession {
    let connection = try configuration.target(named: endpoint.connection)
    try agree(endpoint, try self.endpoint(connection))
    switch connection.platform {
    case .sqlite: return SQLiteTargetSession(path: endpoint.server)
    case .snowflake:
      let settings = try settings(of: connection)
      return SnowflakeTargetSession(
        SnowflakeClient(isHurried ? settings.hurried : settings), account: endpoint.server)
    }
  }

  package func reporter(_ endpoint: Endpoint) throws -> (any RunReporter)? {
    let connection = try configuration.target(named: endpoint.connection)
    switch connection.platform {
    case .sqlite: return nil
    case .snowflake:
      guard let place = try metadata(of: connection) else { return nil }
      return SnowflakeReporter(
        SnowflakeClient(try settings(of: connection)),
        SnowflakeMetadata(database: place.database, schema: place.schema))
    }
  }

  /// Database and schema in which runs into a target are told of; nil where it has no such place.
  func metadata(of connection: TargetConnection) throws -> (database: String, schema: String)? {
    guard connection.platform == .snowflake else { return nil }
    let application = try configuration.applicationSettings(by: resolver)
    return (application.metadataDatabase, application.metadataSchema)
  }

  private func server(of connection: SourceConnection) throws -> String {
    switch connection.platform {
    case .sqlite: try path(connection.settings)
    case .postgresql: try postgresServer(connection.settings)
    case .redshift: try redshift(try connection.settings.resolved(by: resolver)).server()
    case .sqlserver: try SQLServerConnection(settings: try connection.settings.resolved(by: resolver)).server()
    }
  }

  private func redshift(_ settings: ResolvedSettings) -> RedshiftConnection {
    RedshiftConnection(settings: settings, caller: aws)
  }

  private func server(of connection: TargetConnection) throws -> String {
    switch connection.platform {
    case .sqlite: try path(connection.settings)
    case .snowflake: try account(connection)
    }
  }

  /// The account, as `connections.toml` writes it; the connection's name where it has none of that name, as on a machine
  /// that only makes plans from definition files.
  private func account(_ connection: TargetConnection) throws -> String {
    let name = try connectionName(connection)
    return (try? ConnectionLookup.current.find(name))?.settings.account.text ?? name
  }

  private func connectionName(_ connection: TargetConnection) throws -> String {
    try connection.settings.resolved(by: resolver).text(.connectionName) ?? connection.name
  }

  /// All that a login needs, looked up as Snowflake's own tools do.
  private func settings(of connection: TargetConnection) throws -> ConnectionSettings {
    do {
      return try ConnectionLookup.current.find(try connectionName(connection)).settings
    } catch let error as SnowflakeError {
      throw EngineError(
        .settingMissing, at: "connection \(connection.name)",
        "\(error); scmplan plan with --target-ddl DIR needs no account")
    }
  }

  /// `host:port/database`; names of hosts have no case, those of databases do.
  private func postgresServer(_ settings: Settings) throws -> String {
    let settings = try postgres(try settings.resolved(by: resolver))
    let host = settings.host.hasPrefix("/") ? settings.host : settings.host.lowercased()
    return "\(host):\(settings.port)/\(settings.database)"
  }

  private func postgres(_ settings: ResolvedSettings) throws -> PostgresSettings {
    func text(_ key: SettingKey) throws -> String {
      guard let value = settings.text(key), !value.isEmpty else {
        throw EngineError(
          .settingMissing, at: settings.section,
          "\(key.rawValue) is missing: plans name a server by host and database, beside an odbc_connection_string too"
        )
      }
      return value
    }
    return PostgresSettings(
      host: try text(.host), port: settings.number(.port) ?? 5432, database: try text(.database),
      user: try text(.username), password: settings.secret(.password)?.revealed, sslMode: settings.text(.sslmode),
      sslRootCertificate: settings.text(.sslrootcert), connectTimeout: settings.number(.connectTimeoutSeconds) ?? 15)
  }

  /// One file has one name, whatever directory a command runs in.
  private func path(_ settings: Settings) throws -> String {
    guard let path = try settings.resolved(by: resolver).text(.path), !path.isEmpty else {
      throw EngineError(.settingMissing, at: settings.section, "path is missing: it names the SQLite file")
    }
    return URL(filePath: path).standardizedFileURL.path
  }

  private func agree(_ planned: Endpoint, _ configured: Endpoint) throws {
    guard planned != configured else { return }
    throw EngineError(
      .connectionMismatch, at: "connection \(planned.connection)",
      "the plan was made for \(planned.platform) \(planned.server), the configuration leads to "
        + "\(configured.platform) \(configured.server); use the plan's configuration, or plan again")
  }
}
