/// How a client proves who it is. What lives in a file is read at each login, so that it may change between two.
package enum Credential: Sendable {
  case password(SecretText)
  /// Signs a fresh token for each attempt.
  case keyPair(key: SecretSource, passphrase: SecretSource?)
  /// A programmatic access token.
  case programmaticToken(SecretSource)
  /// An OAuth access token; inside Snowpark Container Services the file that the service keeps fresh.
  case oauth(SecretSource)
}

/// Where a secret is, by the words that messages use for it.
package struct SecretSource: Sendable {
  package enum Place: Sendable {
    case text(SecretText)
    case file(String)
  }

  package var place: Place
  /// `env:SNOWFLAKE_PRIVATE_KEY_RAW`, `/home/me/key.p8`, `private_key in /home/me/.snowflake/connections.toml`.
  package var origin: String

  package init(_ place: Place, origin: String) {
    self.place = place
    self.origin = origin
  }

  /// The bytes as they are now.
  ///
  /// - Throws: ``SnowflakeError`` of kind `configuration` when the file cannot be read, or others may write it.
  func bytes() throws(SnowflakeError) -> [UInt8] {
    switch place {
    case .text(let text): return Array(text.revealed.utf8)
    case .file(let path): return try PrivateFile(path).read().bytes
    }
  }

  /// The text without white space around it.
  func text() throws(SnowflakeError) -> SecretText {
    let bytes = try bytes()
    guard let text = String(validating: bytes, as: UTF8.self), !text.allSatisfy(\.isWhitespace) else {
      throw SnowflakeError(.configuration, operation: "read the token", message: "\(origin) holds no text")
    }
    let front = text.drop { $0.isWhitespace }
    return SecretText(String(front.reversed().drop { $0.isWhitespace }.reversed()))
  }
}
