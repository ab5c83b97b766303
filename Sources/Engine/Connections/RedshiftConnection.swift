import AWS
import Extraction
import Postgres
import Workflows

/// The settings of a Redshift connection, and the session they lead to.
struct RedshiftConnection {
  var settings: ResolvedSettings
  var caller: AWSCaller

  private static let port = 5439

  /// `host:port/database`; where AWS is asked for the host, what it is asked by: `cluster@region/database`. No answer of a
  /// service and nothing secret is in it.
  func server() throws -> String {
    let database = try text(.database)
    if let host = settings.text(.host), !host.isEmpty {
      return "\(host.lowercased()):\(settings.number(.port) ?? Self.port)/\(database)"
    }
    switch try method() {
    case .standard: return try text(.host)
    case .provisionedCluster: return "\(try text(.clusterID).lowercased())@\(try text(.region))/\(database)"
    case .serverless: return "\(try text(.workgroup).lowercased())@\(try text(.region))/\(database)"
    }
  }

  /// Signs in and connects: through an ODBC driver where the configuration names one, else by libpq.
  func session() throws -> RedshiftSourceSession {
    let timeout = settings.number(.statementTimeoutSeconds) ?? 0
    let raw = settings.secret(.odbcConnectionString)?.revealed
    guard raw != nil || settings.text(.driver) != nil else {
      return try RedshiftSourceSession(try login(), unload: try unload(), statementTimeout: timeout)
    }
    return try RedshiftSourceSession(
      try login(), driver: settings.text(.driver) ?? "PostgreSQL Unicode", raw: raw ?? "", unload: try unload(),
      statementTimeout: timeout)
  }

  /// Encrypted unless the configuration says otherwise.
  private func login() throws -> PostgresSettings {
    var login = PostgresSettings(
      host: settings.text(.host) ?? "", port: settings.number(.port) ?? Self.port, database: try text(.database),
      user: settings.text(.username) ?? "", sslMode: settings.text(.sslmode) ?? "require",
      sslRootCertificate: settings.text(.sslrootcert), connectTimeout: settings.number(.connectTimeoutSeconds) ?? 15)
    let address = settings.text(.host).map { (host: $0, port: login.port) }
    let temporary: RedshiftLogin
    do {
      switch try method() {
      case .standard:
        login.host = try text(.host)
        login.user = try text(.username)
        login.password = settings.secret(.password)?.revealed
        return login
      case .provisionedCluster:
        temporary = try RedshiftSignIn(caller, try signIn()).cluster(
          try text(.clusterID), user: try text(.username), database: login.database, address: address)
      case .serverless:
        temporary = try RedshiftSignIn(caller, try signIn()).serverless(
          try text(.workgroup), database: login.database, address: address)
      }
    } catch let error as AWSError {
      throw ExtractionError(
        .cannotOpen, at: settings.section, "AWS gives no login: \(error)", isTransient: error.isTransient)
    }
    login.host = temporary.host
    login.port = temporary.port
    login.user = temporary.user
    login.password = temporary.password
    return login
  }

  /// Nil where the connection names no bucket; both keys are needed then.
  private func unload() throws -> RedshiftUnload? {
    guard let place = settings.text(.unloadS3Bucket) else { return nil }
    return RedshiftUnload(place: place, role: try text(.unloadIAMRoleARN), signIn: try signIn(), caller: caller)
  }

  private func signIn() throws -> AWSSignIn {
    let keys = settings.text(.accessKeyID).flatMap { id in
      settings.secret(.secretAccessKey).map {
        AWSCredentials(keyID: id, secretKey: $0.revealed, sessionToken: settings.secret(.sessionToken)?.revealed)
      }
    }
    return AWSSignIn(
      keys: keys, profile: settings.text(.profile), roleARN: settings.text(.roleARN), region: try text(.region))
  }

  private func method() throws -> AuthenticationMethod {
    AuthenticationMethod(rawValue: settings.text(.authMethod) ?? "") ?? .standard
  }

  /// - Throws: ``EngineError`` when the key is absent.
  private func text(_ key: SettingKey) throws -> String {
    guard let value = settings.text(key), !value.isEmpty else {
      throw EngineError(
        .settingMissing, at: settings.section,
        "\(key.rawValue) is missing; docs/redshift.md lists what each auth_method needs")
    }
    return value
  }
}
