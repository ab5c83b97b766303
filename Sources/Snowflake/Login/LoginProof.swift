import Crypto
import Foundation

/// The fields of a login's body that prove who we are, made anew for each attempt.
struct LoginProof {
  var fields: [String: JSONValue]
  /// What to add to a refusal: where the credential came from, and the fingerprint of a key.
  var origin: String

  /// - Parameter now: milliseconds since 1970.
  /// - Throws: ``SnowflakeError`` of kind `configuration` when a key or a token cannot be read.
  init(_ settings: ConnectionSettings, now: Int64) throws(SnowflakeError) {
    switch settings.credential {
    case .password(let password):
      fields = ["PASSWORD": .string(password.revealed)]
      origin = "the password came from \(settings.credentialOrigin)"
    case .keyPair(let key, let passphrase):
      let (token, fingerprint) = try Self.token(settings, key, passphrase, now)
      fields = ["AUTHENTICATOR": "SNOWFLAKE_JWT", "TOKEN": .string(token.revealed)]
      origin = "the key came from \(key.origin), its fingerprint is \(fingerprint)"
    case .programmaticToken(let source):
      fields = ["AUTHENTICATOR": "PROGRAMMATIC_ACCESS_TOKEN", "TOKEN": .string(try source.text().revealed)]
      origin = "the access token came from \(source.origin)"
    case .oauth(let source):
      fields = ["AUTHENTICATOR": "OAUTH", "TOKEN": .string(try source.text().revealed)]
      origin = "the OAuth token came from \(source.origin)"
    }
    if let user = settings.user { fields["LOGIN_NAME"] = .string(user) }
    // Only logged as missing by the official drivers, and so never an error here.
    if let path = settings.serviceTokenPath, let token = try? SecretSource(.file(path), origin: path).text() {
      fields["SPCS_TOKEN"] = .string(token.revealed)
    }
  }

  /// Whether another attempt may send another proof: passwords and access tokens stay what they are, and a repeated
  /// refusal may lock the user.
  static func changes(_ credential: Credential) -> Bool {
    switch credential {
    case .keyPair: true
    case .oauth(let source): if case .file = source.place { true } else { false }
    case .password, .programmaticToken: false
    }
  }

  private static func token(
    _ settings: ConnectionSettings, _ key: SecretSource, _ passphrase: SecretSource?, _ now: Int64
  ) throws(SnowflakeError) -> (SecretText, String) {
    guard let user = settings.user else {
      throw SnowflakeError(
        .configuration, operation: "log in", message: "a login by key pair needs user")
    }
    let bytes = try key.bytes()
    let words = try passphrase?.text().revealed
    do {
      let key = try PrivateKey(bytes, passphrase: words)
      let token = try JSONWebToken(account: settings.account.claim, user: user, key: key, now: now / 1000)
      return (token.text, try JSONWebToken.fingerprint(of: key))
    } catch {
      let source = error.code == .wrongPassphrase ? passphrase?.origin ?? key.origin : key.origin
      let part = error.code == .wrongPassphrase ? "passphrase" : "key"
      throw SnowflakeError(
        .configuration, operation: "log in by key pair", message: "the \(part) came from \(source)", underlying: error)
    }
  }
}
