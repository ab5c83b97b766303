import HTTP

/// What AWS, or the way to it, refused. Never holds a key, a token or a password.
package struct AWSError: Error, Sendable, CustomStringConvertible {
  package enum Kind: Sendable, Hashable {
    /// No source of credentials has any, or one that was asked for is not there.
    case noCredentials
    /// A file or an answer cannot be understood.
    case malformed
    /// AWS refused the request; `code` says why.
    case refused
    /// The request got no answer, or none that can be used, however often it was sent.
    case unreachable
  }

  package var kind: Kind
  /// What was being done, such as `redshift GetClusterCredentials`.
  package var operation: String
  /// AWS's own word for the refusal, such as `AccessDenied`; empty without one.
  package var code: String
  package var message: String
  /// Whether the same request may work later.
  package var isTransient: Bool

  package init(_ kind: Kind, _ operation: String, code: String = "", _ message: String, isTransient: Bool = false) {
    self.kind = kind
    self.operation = operation
    self.code = code
    self.message = message
    self.isTransient = isTransient
  }

  package var description: String { "\(operation): \(code.isEmpty ? "" : code + ": ")\(message)" }

  init(_ operation: String, _ error: HTTPError) {
    self.init(.unreachable, operation, error.message, isTransient: true)
  }
}
