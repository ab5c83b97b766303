/// A version 4 signature for AWS, made by libcurl over the host, the date and every header of the request.
///
/// The caller sets `x-amz-content-sha256` (a digest of the body or `UNSIGNED-PAYLOAD`), and writes the query in the
/// sorted and encoded form that is signed (`uploads=`, not `uploads`): libcurl 7.88 signs it as it stands.
/// Format: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
package struct AWSSignature: Sendable {
  package var keyID: String
  package var secretKey: String
  /// Of temporary credentials; sent and signed as `x-amz-security-token`.
  package var sessionToken: String?
  package var region: String
  package var service: String

  package init(keyID: String, secretKey: String, sessionToken: String?, region: String, service: String = "s3") {
    self.keyID = keyID
    self.secretKey = secretKey
    self.sessionToken = sessionToken
    self.region = region
    self.service = service
  }
}

extension AWSSignature: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// Neither the key's id nor its secret nor the token.
  package var description: String { "an AWS signature for \(service) in \(region)" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
