/// A key of a connection, whatever its spelling.
///
/// Case and underscores do not matter, as in the Go driver: `privateKeyFile` is `private_key_file`.
enum ConnectionKey: String, CaseIterable, Sendable {
  case account, user, password, host, port, `protocol`, region, database, schema, warehouse, role, authenticator, token
  case tokenFilePath = "token_file_path"
  case privateKeyFile = "private_key_file"
  case privateKeyRaw = "private_key_raw"
  case privateKey = "private_key"
  case privateKeyPassphrase = "private_key_passphrase"
  case secondaryRoles = "secondary_roles"
  case keepAlive = "client_session_keep_alive"
  case loginTimeout = "login_timeout"
  case networkTimeout = "network_timeout"
  case sessionParameters = "session_parameters"
  case queryTag = "query_tag"
  case application
  case clientID = "client_app_id"
  case caFile = "ca_file"
  case proxyHost = "proxy_host"
  case proxyPort = "proxy_port"
  case proxyUser = "proxy_user"
  case proxyPassword = "proxy_password"
  case proxyProtocol = "proxy_protocol"
  case noProxy = "no_proxy"

  /// Nil for a key that means nothing here.
  init?(spelled text: some StringProtocol) {
    let plain = Self.plain(text)
    guard let key = Self.spellings[plain] else { return nil }
    self = key
  }

  /// Other names of the same: of older drivers and of the command line tool.
  private static let aliases: [String: ConnectionKey] = [
    "username": .user, "privatekeypath": .privateKeyFile, "privatekeyfilepwd": .privateKeyPassphrase,
    "serversessionkeepalive": .keepAlive, "rolename": .role,
  ]

  private static let spellings: [String: ConnectionKey] = {
    let own = allCases.map { (plain($0.rawValue), $0) }
    return aliases.merging(own) { _, own in own }
  }()

  private static func plain(_ text: some StringProtocol) -> String {
    text.lowercased().filter { $0 != "_" }
  }

  /// What official tools also read from `SNOWFLAKE_<KEY>`, where neither file nor a connection's own variable says it.
  static let generic: [ConnectionKey] = [
    .account, .user, .password, .database, .schema, .role, .warehouse, .authenticator, .privateKeyFile, .privateKeyRaw,
    .token, .tokenFilePath, .host, .port, .protocol, .region,
  ]
}
