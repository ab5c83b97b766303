import Foundation
import HTTP

/// Turns the values of a connection into settings.
struct SettingsBuilder {
  private let values: ConnectionValues
  private let lookup: ConnectionLookup

  /// - Parameter warnings: gets what should be mended about the credential's file.
  init(values: ConnectionValues, lookup: ConnectionLookup, warnings: inout [String]) throws(SnowflakeError) {
    self.values = values
    self.lookup = lookup
    for source in try sources() {
      if case .file(let path) = source.place, let warning = try PrivateFile(path).read().warning {
        warnings.append(warning)
      }
    }
  }

  /// - Throws: ``SnowflakeError`` of kind `configuration` for what is missing or does not fit together.
  func settings() throws(SnowflakeError) -> ConnectionSettings {
    guard let account = values.text(.account) ?? values.text(.host) else {
      throw missing("account", "write account into the connection, or set SNOWFLAKE_ACCOUNT")
    }
    let name = AccountName(account)
    let credential = try credential()
    var settings = ConnectionSettings(
      account: name, baseURL: try baseURL(name), user: values.text(.user), credential: credential,
      credentialOrigin: values[.password]?.origin ?? "", http: try http())
    let needsUser = if case .oauth = credential { false } else { true }
    if needsUser && settings.user == nil {
      throw missing("user", "write user into the connection, or set SNOWFLAKE_USER")
    }
    settings.database = values.text(.database)
    settings.schema = values.text(.schema)
    settings.warehouse = values.text(.warehouse)
    settings.role = values.text(.role)
    settings.secondaryRoles = values.text(.secondaryRoles)
    settings.keepsAlive = try values.flag(.keepAlive) ?? false
    if let seconds = try values.number(.loginTimeout) { settings.loginRetries.budget = seconds * 1000 }
    if let seconds = try values.number(.networkTimeout) { settings.retries.budget = seconds * 1000 }
    if case .object(let parameters)? = values[.sessionParameters]?.value {
      for (name, value) in parameters { settings.sessionParameters[name.uppercased()] = value }
    }
    if let tag = values.text(.queryTag) { settings.sessionParameters["QUERY_TAG"] = .string(tag) }
    if let application = values.text(.application) { settings.application = application }
    if let id = values.text(.clientID) { settings.clientID = id }
    if isInContainer { settings.serviceTokenPath = lookup.containerFolder + "/spcs_token" }
    return settings
  }

  private var isInContainer: Bool { lookup.environment["SNOWFLAKE_RUNNING_INSIDE_SPCS"].map { !$0.isEmpty } ?? false }

  private func baseURL(_ account: AccountName) throws(SnowflakeError) -> String {
    let scheme = values.text(.protocol)?.lowercased() ?? "https"
    guard scheme == "https" || scheme == "http" else { throw values.wrong(.protocol, "must be https or http") }
    let host = values.text(.host) ?? account.host(region: values.text(.region))
    guard host.utf8.allSatisfy({ $0 > 32 && $0 < 127 && !"/?#@:\\".utf8.contains($0) }) else {
      let key = values.text(.host) == nil ? ConnectionKey.account : .host
      throw values.wrong(key, "makes no host name: letters, digits, hyphens and dots, without port")
    }
    let port = try values.number(.port) ?? (scheme == "https" ? 443 : 80)
    guard (1...65_535).contains(port) else { throw values.wrong(.port, "must be 1 to 65535") }
    return "\(scheme)://\(host):\(port)"
  }

  private func http() throws(SnowflakeError) -> HTTPSettings {
    var settings = HTTPSettings(userAgent: "scmplan/\(ConnectionSettings.clientVersion)")
    settings.caFile = values.text(.caFile) ?? lookup.environment["SSL_CERT_FILE"]
    if let host = values.text(.proxyHost) {
      let port = try values.number(.proxyPort) ?? 8080
      settings.proxy = .server(
        url: "\(values.text(.proxyProtocol) ?? "http")://\(host):\(port)", user: values.text(.proxyUser),
        password: values.text(.proxyPassword), except: values.text(.noProxy))
    }
    return settings
  }

  private func missing(_ what: String, _ advice: String) -> SnowflakeError {
    SnowflakeError(
      .configuration, operation: "use connection \(values.connection)", message: "it has no \(what); \(advice)")
  }
}

extension SettingsBuilder {
  private func sources() throws(SnowflakeError) -> [SecretSource] {
    switch try credential() {
    case .password: []
    case .keyPair(let key, _): [key]
    case .programmaticToken(let token), .oauth(let token): [token]
    }
  }

  private func credential() throws(SnowflakeError) -> Credential {
    let written = values.text(.authenticator)?.lowercased()
    switch written ?? guess() {
    case "snowflake"?:
      guard let password = values.text(.password) else {
        throw missing("password", "write password into the connection, or set SNOWFLAKE_PASSWORD")
      }
      return .password(SecretText(password))
    case "snowflake_jwt"?: return .keyPair(key: try key(), passphrase: source(.privateKeyPassphrase))
    case "programmatic_access_token"?: return .programmaticToken(try token(inContainer: false))
    case "oauth"?: return .oauth(try token(inContainer: true))
    case nil:
      throw missing(
        "credential", "give private_key_file, or authenticator with token or token_file_path, or password")
    default:
      throw values.wrong(
        .authenticator,
        "names a way to log in that is not supported: use snowflake_jwt, programmatic_access_token, oauth or snowflake")
    }
  }

  /// The way to log in when none is written.
  private func guess() -> String? {
    if [ConnectionKey.privateKeyRaw, .privateKey, .privateKeyFile].contains(where: { values.text($0) != nil }) {
      return "snowflake_jwt"
    }
    if values.text(.password) != nil { return "snowflake" }
    let hasTokenFile = FileManager.default.fileExists(atPath: containerToken)
    return isInContainer || (values.text(.host) != nil && hasTokenFile) ? "oauth" : nil
  }

  private var containerToken: String { lookup.containerFolder + "/token" }

  /// The key from the place that counts most; in one place the text counts before the file.
  private func key() throws(SnowflakeError) -> SecretSource {
    let given = [ConnectionKey.privateKeyRaw, .privateKey, .privateKeyFile].filter { values.text($0) != nil }
    guard let best = given.min(by: { values[$0]?.rank ?? 0 < values[$1]?.rank ?? 0 }) else {
      throw missing("private key", "write private_key_file into the connection")
    }
    if best != .privateKeyFile, let text = source(best) { return text }
    return file(best)
  }

  private func token(inContainer: Bool) throws(SnowflakeError) -> SecretSource {
    if let token = source(.token) { return token }
    if values.text(.tokenFilePath) != nil { return file(.tokenFilePath) }
    if inContainer, FileManager.default.fileExists(atPath: containerToken) {
      return SecretSource(.file(containerToken), origin: containerToken)
    }
    throw missing("token", "write token or token_file_path into the connection")
  }

  private func source(_ key: ConnectionKey) -> SecretSource? {
    guard let text = values.text(key), let origin = values[key]?.origin else { return nil }
    return SecretSource(.text(SecretText(text)), origin: origin)
  }

  private func file(_ key: ConnectionKey) -> SecretSource {
    let path = values.text(key) ?? ""
    let full = path.hasPrefix("~/") ? lookup.home + path.dropFirst() : path
    return SecretSource(.file(full), origin: full)
  }
}
