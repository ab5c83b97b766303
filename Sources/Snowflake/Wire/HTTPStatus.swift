/// What a status of HTTP says about trying again.
enum HTTPStatus {
  /// Whether the same request may succeed later: too many requests, a service that is not well, and the 403 with which
  /// its front answers now and then.
  static func mayPass(_ status: Int) -> Bool {
    status == 403 || status == 408 || status == 429 || (500..<600).contains(status)
  }
}
