import Foundation
import HTTP
import Snowflake
import Testing

/// Connections out of real files and a made-up environment.
struct ConnectionLookupTests {
  private static func folder(_ files: [String: String], mode: Int = 0o600) throws -> String {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("sf-\(UUID().uuidString)").path
    for (name, text) in files {
      let file = path + "/" + name
      let parent = URL(fileURLWithPath: file).deletingLastPathComponent()
      try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
      try Data(text.utf8).write(to: URL(fileURLWithPath: file))
      try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
    }
    return path
  }

  private static func failure(
    _ toml: String, _ environment: [String: String] = [:], mode: Int = 0o600
  ) throws -> SnowflakeError {
    let home = try folder([".snowflake/connections.toml": toml], mode: mode)
    let lookup = ConnectionLookup(environment: environment, home: home)
    return try #require(throws: SnowflakeError.self) { try lookup.find() }
  }

  private static let plain = "[default]\naccount = \"a-b\"\nuser = \"u\"\npassword = \"secret\"\n"

  @Test func theFolderIsFoundInOrder() throws {
    func account(_ name: String) -> String { Self.plain.replacingOccurrences(of: "a-b", with: name) }
    let home = try Self.folder([
      ".snowflake/connections.toml": account("usual"), ".config/snowflake/connections.toml": account("config"),
      "other/connections.toml": account("other"), "given.toml": account("given"),
    ])
    func found(_ environment: [String: String] = [:], file: String? = nil) throws -> String {
      try ConnectionLookup(environment: environment, home: home).find(file: file).settings.account.text
    }
    #expect(try found() == "usual")
    #expect(try found(["SNOWFLAKE_HOME": home + "/other"]) == "other")
    #expect(try found(["SNOWFLAKE_HOME": "~/other"]) == "other")
    #expect(try found(["SNOWFLAKE_HOME": home + "/other"], file: home + "/given.toml") == "given")
    try FileManager.default.removeItem(atPath: home + "/.snowflake")
    #expect(try found() == "config")
    #expect(try found(["SNOWFLAKE_CONNECTIONS": account("text")]) == "text")
  }

  @Test func connectionsReplaceThoseOfConfigButNotItsDefault() throws {
    let home = try Self.folder([
      ".snowflake/config.toml":
        "default_connection_name = \"prod\"\n[connections.prod]\naccount = \"old\"\n[connections.gone]\naccount = \"x\"\n",
      ".snowflake/connections.toml": "[prod]\naccount = \"new\"\nuser = \"u\"\npassword = \"p\"\n",
    ])
    let lookup = ConnectionLookup(environment: [:], home: home)
    let found = try lookup.find()
    #expect(found.name == "prod")
    #expect(found.settings.account.text == "new")
    #expect(found.settings.baseURL == "https://new.snowflakecomputing.com:443")
    let error = #expect(throws: SnowflakeError.self) { try lookup.find("gone") }
    #expect(error?.description.contains("it has prod") == true)
    try FileManager.default.removeItem(atPath: home + "/.snowflake/connections.toml")
    #expect(throws: SnowflakeError.self) { try lookup.find() }
  }

  @Test func theNameComesFromTheEnvironmentBeforeTheFile() throws {
    let home = try Self.folder([
      ".snowflake/connections.toml": Self.plain + "[dev]\naccount = \"d\"\nuser = \"u\"\npassword = \"p\"\n"
    ])
    let environment = ["SNOWFLAKE_DEFAULT_CONNECTION_NAME": "dev"]
    #expect(try ConnectionLookup(environment: environment, home: home).find().name == "dev")
    #expect(try ConnectionLookup(environment: environment, home: home).find("default").name == "default")
  }

  @Test func valuesComeFromTheConnectionsOwnVariableThenTheFileThenTheGenericOne() throws {
    let home = try Self.folder([".snowflake/connections.toml": Self.plain])
    let environment = [
      "SNOWFLAKE_CONNECTIONS_DEFAULT_USER": "own", "SNOWFLAKE_USER": "generic", "SNOWFLAKE_ACCOUNT": "generic",
      "SNOWFLAKE_ROLE": "generic", "SNOWFLAKE_QUERY_TAG": "not generic",
    ]
    let settings = try ConnectionLookup(environment: environment, home: home).find().settings
    #expect(settings.user == "own")
    #expect(settings.account.text == "a-b")
    #expect(settings.role == "generic")
    #expect(settings.sessionParameters.isEmpty)
  }

  @Test func aConnectionMayLiveInTheEnvironmentAlone() throws {
    let environment = ["SNOWFLAKE_ACCOUNT": "a", "SNOWFLAKE_USER": "u", "SNOWFLAKE_PASSWORD": "p"]
    let found = try ConnectionLookup(environment: environment, home: "/nonexistent").find()
    #expect(found.settings.account.text == "a")
    #expect(throws: SnowflakeError.self) { try ConnectionLookup(environment: [:], home: "/nonexistent").find("x") }
  }

  @Test func spellingsNumbersAndTablesAreRead() throws {
    let home = try Self.folder([
      ".snowflake/connections.toml": """
      [default]
      Account = "xy12345"
      region = "cn-north-1"
      userName = "u"
      password = "p"
      port = "8443"
      client_session_keep_alive = "true"
      login_timeout = 12
      networkTimeout = "34"
      proxy_host = "proxy"
      proxy_port = 3128
      query_tag = "t"
      strange = 1
      [default.session_parameters]
      timezone = "UTC"
      """
    ])
    let found = try ConnectionLookup(environment: [:], home: home).find()
    let settings = found.settings
    #expect(settings.baseURL == "https://xy12345.cn-north-1.snowflakecomputing.cn:8443")
    #expect(settings.keepsAlive)
    #expect(settings.loginRetries.budget == 12_000)
    #expect(settings.retries.budget == 34_000)
    #expect(settings.sessionParameters == ["TIMEZONE": "UTC", "QUERY_TAG": "t"])
    guard case .server(let url, _, _, _) = settings.http.proxy else {
      Issue.record("no proxy")
      return
    }
    #expect(url == "http://proxy:3128")
    #expect(found.warnings == ["\(home)/.snowflake/connections.toml: strange of connection default is not used"])
  }

  @Test func theCredentialFollowsTheAuthenticator() throws {
    let home = try Self.folder(["key.p8": "k", "token": " tok \n", "snow/token": "service"])
    func credential(_ lines: String, _ environment: [String: String] = [:]) throws -> Credential {
      let path = home + "/.snowflake/connections.toml"
      try FileManager.default.createDirectory(atPath: home + "/.snowflake", withIntermediateDirectories: true)
      try Data("[default]\naccount = \"a\"\nuser = \"u\"\n\(lines)\n".utf8).write(to: URL(fileURLWithPath: path))
      try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
      var lookup = ConnectionLookup(environment: environment, home: home)
      lookup.containerFolder = home + "/snow"
      return try lookup.find().settings.credential
    }
    guard case .keyPair(let file, nil) = try credential("private_key_path = \"~/key.p8\"") else { throw Unexpected() }
    #expect(file.origin == home + "/key.p8")
    let raw = ["SNOWFLAKE_CONNECTIONS_DEFAULT_PRIVATE_KEY_RAW": "raw", "PRIVATE_KEY_PASSPHRASE": "x"]
    guard case .keyPair(let text, let passphrase?) = try credential("private_key_file = \"~/key.p8\"", raw) else {
      throw Unexpected()
    }
    #expect(text.origin == "env:SNOWFLAKE_CONNECTIONS_DEFAULT_PRIVATE_KEY_RAW")
    #expect(passphrase.origin == "env:PRIVATE_KEY_PASSPHRASE")
    let pat = "authenticator = \"PROGRAMMATIC_ACCESS_TOKEN\"\n"
    guard case .programmaticToken(let token) = try credential(pat + "token_file_path = \"\(home)/token\"") else {
      throw Unexpected()
    }
    #expect(token.origin == home + "/token")
    guard
      case .oauth(let inline) = try credential(
        "authenticator = \"oauth\"\ntoken = \"t\"\ntoken_file_path = \"/nonexistent\"")
    else { throw Unexpected() }
    #expect(inline.origin.hasPrefix("token in "))
    guard case .oauth(let service) = try credential("", ["SNOWFLAKE_RUNNING_INSIDE_SPCS": "1"]) else {
      throw Unexpected()
    }
    #expect(service.origin == home + "/snow/token")
    guard case .password = try credential("password = \"p\"") else { throw Unexpected() }
  }

  private struct Unexpected: Error {}

  @Test(arguments: [
    ("", "connection default: ~"), ("[default]\nuser = \"u\"\npassword = \"p\"", "has no account"),
    ("[default]\naccount = \"a\"\npassword = \"p\"", "has no user"),
    ("[default]\naccount = \"a\"\nuser = \"u\"", "has no credential"),
    ("[default]\naccount = \"a\"\nuser = \"u\"\nauthenticator = \"externalbrowser\"", "not supported"),
    ("[default]\naccount = \"a\"\nuser = \"u\"\nauthenticator = \"oauth\"", "has no token"),
    ("[default]\naccount = \"a/b\"\nuser = \"u\"\npassword = \"p\"\nhost = \"h/x\"", "makes no host name"),
    ("[default]\naccount = \"a\"\nuser = \"u\"\npassword = \"p\"\nport = 70000", "1 to 65535"),
    ("[default]\naccount = \"a\"\nuser = \"u\"\npassword = \"p\"\nlogin_timeout = \"soon\"", "whole number"),
    ("[default]\naccount = \"a\"\nuser = \"u\"\nprivate_key_file = \"/nonexistent/k\"", "/nonexistent/k"),
    ("[default]\npassword = \"hidden", "no TOML at line 2"),
  ])
  func whatIsWrongIsNamed(toml: String, words: String) throws {
    let error = try Self.failure(toml)
    #expect(error.kind == .configuration)
    if !words.hasSuffix("~") { #expect(error.description.contains(words), "\(error)") }
    #expect(!error.description.contains("hidden"))
  }

  @Test func aFileThatOthersMayWriteIsRefusedAndOneTheyMayReadDrawsAWarning() throws {
    #expect(try Self.failure(Self.plain, mode: 0o620).description.contains("chmod 0600"))
    #expect(try Self.failure(Self.plain, mode: 0o602).description.contains("chmod 0600"))
    let home = try Self.folder([".snowflake/connections.toml": Self.plain], mode: 0o644)
    let found = try ConnectionLookup(environment: [:], home: home).find()
    #expect(found.warnings.count == 1)
    #expect(found.warnings[0].contains("others may read it"))
    var dumped = ""
    dump(found, to: &dumped)
    #expect(!dumped.contains("secret\""))
  }
}
