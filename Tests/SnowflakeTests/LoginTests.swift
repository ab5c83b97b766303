import Foundation
import HTTP
import Snowflake
import Support
import Synchronization
import Testing

/// Logging in: what is sent for each kind of credential, and what is tried again.
struct LoginTests {
  private static let pem = Result { try OpenSSL.rsaKey() }

  private static func secret(_ text: String, origin: String = "env:SECRET") -> SecretSource {
    SecretSource(.text(SecretText(text)), origin: origin)
  }

  private static func keyPair(_ pem: Data, passphrase: SecretSource? = nil) -> Credential {
    .keyPair(key: secret(String(decoding: pem, as: UTF8.self), origin: "env:KEY"), passphrase: passphrase)
  }

  private static func logins(_ account: Account) -> [ServerRequest] { account.requests("/session/v1/login-request") }

  private static func failure(_ account: Account, _ credential: Credential) throws -> SnowflakeError {
    try #require(throws: SnowflakeError.self) { try account.open(account.settings(credential)) }
  }

  @Test func aPasswordAndTheNamesOfTheSession() throws {
    let account = try Account()
    var settings = account.settings()
    settings.database = "D B"
    settings.schema = "S"
    settings.warehouse = "W"
    settings.role = "R"
    settings.sessionParameters = ["TIMEZONE": "UTC"]
    let session = try account.open(settings)
    #expect(session.state.sessionID == 77)
    #expect(session.state.warehouse == "WH")
    let request = try #require(Self.logins(account).first)
    #expect(request.query["databaseName"] == "D B")
    #expect(request.query["schemaName"] == "S")
    #expect(request.query["warehouse"] == "W")
    #expect(request.query["roleName"] == "R")
    #expect(request.headers["authorization"] == nil)
    let data = login(request)
    #expect(data["LOGIN_NAME"] == "loader")
    #expect(data["PASSWORD"] == "pass word")
    #expect(data["AUTHENTICATOR"] == nil)
    #expect(data["ACCOUNT_NAME"] == "myorg-my_account")
    guard case .object(let parameters)? = data["SESSION_PARAMETERS"] else { throw Missing() }
    #expect(parameters["TIMEZONE"] == "UTC")
    #expect(parameters["CLIENT_VALIDATE_DEFAULT_PARAMETERS"] == true)
  }

  private struct Missing: Error {}

  /// A token as PyJWT reads it.
  private struct Verified: Decodable {
    struct Claims: Decodable {
      let iss: String
      let sub: String
      let iat: Int
      let exp: Int
    }

    let header: [String: String]
    let claims: Claims

    init(_ token: String, key: Data) throws {
      let file = FileManager.default.temporaryDirectory.appendingPathComponent("public-\(UUID().uuidString)")
      try OpenSSL.run(["pkey", "-pubout"], input: key).write(to: file)
      defer { try? FileManager.default.removeItem(at: file) }
      let output = try PythonReader.run("verify_jwt.py", [file.path], input: Data(token.utf8))
      self = try JSONDecoder().decode(Self.self, from: output)
    }
  }

  @Test(arguments: ["RS256", "ES256"])
  func aKeyPairSignsATokenThatOthersVerify(algorithm: String) throws {
    let curve = ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]
    let pem = algorithm == "RS256" ? try Self.pem.get() : try OpenSSL.run(curve)
    let account = try Account()
    _ = try account.open(account.settings(Self.keyPair(pem)))
    let data = login(try #require(Self.logins(account).first))
    #expect(data["AUTHENTICATOR"] == "SNOWFLAKE_JWT")
    #expect(data["LOGIN_NAME"] == "loader")
    let verified = try Verified(try #require(data["TOKEN"]?.text), key: pem)
    #expect(verified.header == ["alg": algorithm, "typ": "JWT"])
    #expect(verified.claims.sub == "MYORG-MY_ACCOUNT.LOADER")
    let publicKey = try OpenSSL.run(["pkey", "-pubout", "-outform", "DER"], input: pem)
    let digest = try OpenSSL.run(["dgst", "-sha256", "-binary"], input: publicKey).base64EncodedString()
    #expect(verified.claims.iss == "MYORG-MY_ACCOUNT.LOADER.SHA256:\(digest)")
    #expect(verified.claims.exp - verified.claims.iat == 60)
    #expect(verified.claims.iat == 1_800_000_000)
    // A token that was tampered with is not taken by the verifier.
    let tampered = try #require(data["TOKEN"]?.text).replacingOccurrences(of: ".ey", with: ".eY")
    #expect(throws: Program.Failure.self) { try Verified(tampered, key: pem) }
  }

  @Test func aTokenIsMadeAnewForEachAttempt() throws {
    let account = try Account { request, number in
      guard request.path == "/session/v1/login-request" else { return nil }
      return number == 0 ? .text("", status: 503) : number == 1 ? .close : nil
    }
    _ = try account.open(account.settings(Self.keyPair(try Self.pem.get())))
    let tokens = Self.logins(account).map { login($0)["TOKEN"] }
    #expect(tokens.count == 3)
    #expect(Set(tokens).count == 3)
    #expect(account.waits == [2000, 3500])
  }

  @Test(arguments: ["390144", "394300", "394304"])
  func aRefusedTokenIsReplacedOnceAndThenExplained(code: String) throws {
    let account = try Account { request, _ in
      request.path == "/session/v1/login-request"
        ? .text(
          #"{"data":null,"code":"\#(code)","message":"JWT token is invalid.","success":false}"#,
          headers: [("Date", "Fri, 15 Jan 2027 09:00:00 GMT")]) : nil
    }
    let error = try Self.failure(account, Self.keyPair(try Self.pem.get()))
    #expect(Self.logins(account).count == 2)
    #expect(error.kind == .authentication)
    #expect(error.code == code && error.clockOffset == -3600)
    // 1 800 000 000 is 08:00 that day.
    #expect(error.description.contains("this machine's clock is 3600 s behind the server's"))
    #expect(error.description.contains("its fingerprint is SHA256:"))
    #expect(error.description.contains("env:KEY"))
    #expect(!error.description.contains("eyJ"))
  }

  @Test func aWrongPassphraseIsTracedToItsOrigin() throws {
    let pem = try OpenSSL.run(
      ["pkcs8", "-topk8", "-v2", "aes-256-cbc", "-passout", "pass:right"], input: Self.pem.get())
    let account = try Account()
    let right = Self.secret("right", origin: "env:PASS")
    _ = try account.open(account.settings(Self.keyPair(pem, passphrase: right)))
    let wrong = Self.secret("mistaken", origin: "env:PASS")
    let error = try Self.failure(account, Self.keyPair(pem, passphrase: wrong))
    #expect(error.kind == .configuration)
    #expect(error.description.contains("the passphrase came from env:PASS"))
    #expect(!error.description.contains("mistaken"))
    #expect(try Self.failure(account, Self.keyPair(pem)).description.contains("give its passphrase"))
  }

  @Test func anAccessTokenAndAnOAuthToken() throws {
    let account = try Account()
    _ = try account.open(account.settings(.programmaticToken(Self.secret(" pat\n"))))
    _ = try account.open(account.settings(.oauth(Self.secret("oauth"))))
    let data = Self.logins(account).map(login)
    #expect(data.map { $0["AUTHENTICATOR"] } == ["PROGRAMMATIC_ACCESS_TOKEN", "OAUTH"])
    #expect(data.map { $0["TOKEN"] } == ["pat", "oauth"])
  }

  @Test func aTokenFileIsReadAtEachLoginAndOnceMoreWhenItsTokenExpired() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("token-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (file, service) = (folder.appendingPathComponent("token"), folder.appendingPathComponent("spcs_token"))
    @Sendable func write(_ text: String, _ file: URL) throws {
      try Data(text.utf8).write(to: file)
      try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
    }
    try write("first", file)
    try write("service", service)
    let account = try Account { request, number in
      guard request.path == "/session/v1/login-request", number == 1 else { return nil }
      try? write("third", file)
      return .refusal("390318", "OAuth access token expired.")
    }
    var settings = account.settings(.oauth(SecretSource(.file(file.path), origin: file.path)))
    settings.serviceTokenPath = service.path
    _ = try account.open(settings)
    try write("second", file)
    _ = try account.open(settings)
    #expect(Self.logins(account).map { login($0)["TOKEN"] } == ["first", "second", "third"])
    #expect(Self.logins(account).map { login($0)["SPCS_TOKEN"] } == ["service", "service", "service"])
    try FileManager.default.removeItem(at: service)
    _ = try account.open(settings)
    #expect(login(try #require(Self.logins(account).last))["SPCS_TOKEN"] == nil)
    try FileManager.default.setAttributes([.posixPermissions: 0o622], ofItemAtPath: file.path)
    let error = #expect(throws: SnowflakeError.self) { try account.open(settings) }
    #expect(error?.description.contains("others may write it") == true)
  }

  @Test(arguments: ["390100", "394400", "390201", "390189", "390422", "390303"])
  func aFinalRefusalIsNeverRepeated(code: String) throws {
    let account = try Account { request, _ in
      request.path == "/session/v1/login-request" ? .refusal(code, "Incorrect username or password.") : nil
    }
    let error = try Self.failure(account, .password(SecretText("hidden")))
    #expect(Self.logins(account).count == 1)
    #expect(error.kind == .authentication)
    #expect(error.code == code)
    #expect(!error.description.contains("hidden"))
  }

  @Test func aWrongHostIsNotRepeatedButABadTimeIsUntilThePatienceEnds() throws {
    let wrong = try Account { _, _ in .text("<html>", status: 403) }
    let error = try Self.failure(wrong, .password(SecretText("p")))
    #expect(error.kind == .configuration)
    #expect(wrong.server.requests.count == 1)
    let bad = try Account { _, _ in .text("", status: 503) }
    let tired = try Self.failure(bad, .password(SecretText("p")))
    #expect(tired.kind == .transient)
    #expect(bad.waits.reduce(0, +) <= 60_000)
    #expect(bad.server.requests.count >= 7)
  }

  @Test func whatAPersonMustDoIsSaid() throws {
    let account = try Account { _, _ in
      .refusal("390127", "MFA", data: #"{"nextAction":"EXT_AUTHN_DUO_ALL","inFlightCtx":"x"}"#)
    }
    #expect(try Self.failure(account, .password(SecretText("p"))).description.contains("use a key pair"))
  }

  @Test func anUntrustedCertificateIsNotRepeated() throws {
    let server = try TLSServer()
    let account = try Account()
    var settings = account.settings()
    settings.baseURL = "https://localhost:\(server.port)"
    let error = #expect(throws: SnowflakeError.self) { try account.open(settings) }
    #expect(error?.kind == .tls)
    #expect(account.waits == [])
  }
}
