import HTTP

extension SnowflakeError {
  /// A request that brought no reply.
  init(_ error: HTTPError, operation: String) {
    let kind: Kind =
      switch error.kind {
      case .tls: .tls
      case .cancelled: .cancelled
      case .notSent, .maybeSent, .timeout: .transient
      case .tooLarge, .body: .unexpectedAnswer
      }
    self.init(kind, operation: operation, message: "the request brought no answer", underlying: error)
  }
}
