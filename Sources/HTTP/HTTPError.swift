import CCurl

/// A request that brought no whole reply. A reply with a bad status is no error of this module.
///
/// It names the method and the URL up to its query; never a header, a body or a query.
package struct HTTPError: Error {
  package enum Kind: String, Sendable {
    /// Nothing of the request left: the host was not found, refused the connection, or the request itself is malformed.
    case notSent
    /// The connection broke after some of the request may have left: the server may or may not act on it.
    case maybeSent
    /// The server's certificate or the protocol was refused. To try again is no use.
    case tls
    /// A time limit passed; ``HTTPError/mayHaveArrived`` says whether something was sent by then.
    case timeout
    /// ``Cancellation/cancel()`` ended it; ``HTTPError/mayHaveArrived`` as with `timeout`.
    case cancelled
    /// The reply is longer than the limit.
    case tooLarge
    /// The request's source or the reply's sink failed: see ``HTTPError/underlying``.
    case body
  }

  package let kind: Kind
  /// Whether the server may have got enough of the request to act on it; false is certain.
  package let mayHaveArrived: Bool
  /// `POST https://host/path`.
  package let operation: String
  /// libcurl's number; 0 when the failure is not libcurl's.
  package let code: Int32
  package let message: String
  /// What a source or a sink threw.
  package let underlying: (any Error)?

  package init(
    kind: Kind, mayHaveArrived: Bool, operation: String, code: Int32 = 0, message: String,
    underlying: (any Error)? = nil
  ) {
    self.kind = kind
    self.mayHaveArrived = mayHaveArrived
    self.operation = operation
    self.code = code
    self.message = message
    self.underlying = underlying
  }
}

extension HTTPError {
  /// Sorts a failure of libcurl.
  ///
  /// - Parameter wasSent: whether libcurl had begun to send the request.
  init(_ code: CURLcode, wasSent: Bool, operation: String, message: String) {
    let kind: Kind =
      switch code {
      case CURLE_OPERATION_TIMEDOUT: .timeout
      case CURLE_ABORTED_BY_CALLBACK: .cancelled
      case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_CERTPROBLEM,
        CURLE_SSL_CIPHER, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_CRL_BADFILE, CURLE_SSL_PINNEDPUBKEYNOTMATCH,
        CURLE_SSL_ENGINE_NOTFOUND, CURLE_SSL_ENGINE_SETFAILED, CURLE_USE_SSL_FAILED:
        .tls
      default: wasSent ? .maybeSent : .notSent
      }
    self.init(
      kind: kind, mayHaveArrived: wasSent && kind != .tls, operation: operation, code: Int32(code.rawValue),
      message: message)
  }
}

extension HTTPError: CustomStringConvertible {
  package var description: String {
    let cause = underlying.map { ": \($0)" } ?? ""
    return "\(operation) failed: \(message)\(cause)"
  }
}
