package import HTTP

/// Keys that sign requests.
package struct AWSCredentials: Sendable, Hashable {
  package var keyID: String
  package var secretKey: String
  package var sessionToken: String?
  /// Milliseconds since 1970 after which they no longer work; nil for keys that last.
  package var expiration: Int64?

  package init(keyID: String, secretKey: String, sessionToken: String? = nil, expiration: Int64? = nil) {
    self.keyID = keyID
    self.secretKey = secretKey
    self.sessionToken = sessionToken
    self.expiration = expiration
  }

  package func signature(region: String, service: String) -> AWSSignature {
    AWSSignature(
      keyID: keyID, secretKey: secretKey, sessionToken: sessionToken, region: region, service: service)
  }
}

extension AWSCredentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// Neither the key's id nor its secret nor the token.
  package var description: String { expiration == nil ? "AWS keys" : "temporary AWS keys" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
