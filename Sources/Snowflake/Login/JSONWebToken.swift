import Crypto
import Foundation

/// The token of a key-pair login: RFC 7519, with the claims that Snowflake asks for.
///
/// Claims: https://docs.snowflake.com/en/developer-guide/sql-api/authenticating
struct JSONWebToken {
  /// How long a token is good for, in seconds. The server needs it only at the moment of the login.
  static let lifetime: Int64 = 60

  /// `header.claims.signature`.
  let text: SecretText

  /// - Parameters:
  ///   - account: as ``AccountName/claim`` gives it.
  ///   - user: in any case.
  ///   - now: seconds since 1970.
  init(account: String, user: String, key: PrivateKey, now: Int64) throws(CryptoError) {
    let subject = "\(account).\(user.uppercased())"
    let fingerprint = try Self.fingerprint(of: key)
    let header = Self.encode(["alg": .string(key.algorithm.rawValue), "typ": "JWT"])
    let claims = Self.encode([
      "iss": .string("\(subject).\(fingerprint)"), "sub": .string(subject), "iat": .int(now),
      "exp": .int(now + Self.lifetime),
    ])
    let signed = "\(header).\(claims)"
    text = SecretText("\(signed).\(Self.base64URL(try key.sign(Array(signed.utf8))))")
  }

  /// `SHA256:` and base64, as `DESC USER` shows it in `RSA_PUBLIC_KEY_FP`.
  static func fingerprint(of key: PrivateKey) throws(CryptoError) -> String {
    "SHA256:" + Data(try key.fingerprint()).base64EncodedString()
  }

  private static func encode(_ value: JSONValue) -> String {
    base64URL(value.bytes)
  }

  private static func base64URL(_ bytes: [UInt8]) -> String {
    let text = Data(bytes).base64EncodedString()
    return String(text.prefix { $0 != "=" }.map { $0 == "+" ? "-" : $0 == "/" ? "_" : $0 })
  }
}
