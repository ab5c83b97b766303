import Foundation
import HTTP

extension SnowflakeSession {
  /// How long a small call is tried.
  enum Patience {
    /// As long as the settings say.
    case full
    /// One attempt of a few seconds: nobody waits for what this is about.
    case brief
  }

  /// Keeps the session alive on the server.
  ///
  /// - Throws: ``SnowflakeError`` of kind `sessionLost` when it is gone.
  package func heartbeat() throws(SnowflakeError) {
    let operation = "keep the session alive"
    let envelope: Envelope<JSONValue> = try ask(.post, "/session/heartbeat", operation: operation, cancellation: nil)
    guard !envelope.success else { return }
    throw SnowflakeError(
      .unexpectedAnswer, operation: operation, message: envelope.message ?? "the server gave no reason",
      code: envelope.code)
  }

  /// Ends the session; an open transaction is rolled back. A server that cannot be reached ends it by itself later, so
  /// this never fails.
  package func logOut() {
    stopKeepAlive()
    let query = [
      (name: "delete", value: "true"), (name: "requestId", value: UUID().uuidString.lowercased()),
      (name: "request_guid", value: UUID().uuidString.lowercased()),
    ]
    var call = call(.post, "/session", query: query, token: token)
    call.timeouts = Self.brief
    _ = try? wire.send(call, cancellation: nil)
    lose(token, code: "390111")
  }

  private static let brief = HTTPTimeouts(connect: 5000, total: 5000)

  /// A call that may be repeated freely: sends it, renews the tokens when they expired, tries again what may pass.
  ///
  /// - Returns: any answer, success or not, but for those that say that the session is gone.
  func ask<Content: Decodable>(
    _ method: HTTPRequest.Method, _ path: String, body: [UInt8]? = nil, operation: String,
    patience: Patience = .full, cancellation: Cancellation?
  ) throws(SnowflakeError) -> Envelope<Content> {
    var retries = RetryState(settings.retries, now: surroundings.elapsed())
    var renewals = 0
    while true {
      let token = token
      let query = [
        (name: "requestId", value: UUID().uuidString.lowercased()),
        (name: "request_guid", value: UUID().uuidString.lowercased()),
      ]
      var call = call(method, path, query: query, body: body, token: token)
      if patience == .brief { call.timeouts = Self.brief }
      let failure: SnowflakeError
      do {
        let response = try wire.send(call, cancellation: cancellation)
        adopt(response.headers)
        if let refusal = NetworkPolicy.refusal(response, operation: operation) { throw refusal }
        if !HTTPStatus.mayPass(response.status), let envelope = Envelope<Content>(response.body) {
          guard let code = envelope.code, !envelope.success else { return envelope }
          switch ServerCode.action(code) {
          case .renew where renewals < 3:
            renewals += 1
            try renewed(token, operation: operation, cancellation: cancellation)
            continue
          case .renew, .sessionGone:
            lose(token, code: code)
            throw SnowflakeError(
              .sessionLost, operation: operation, message: envelope.message ?? "the session ended", code: code)
          default: return envelope
          }
        }
        let mayPass = HTTPStatus.mayPass(response.status) || response.isSuccess
        failure = SnowflakeError(
          mayPass ? .transient : .unexpectedAnswer, operation: operation, message: "HTTP status \(response.status)")
      } catch let error as HTTPError {
        failure = SnowflakeError(error, operation: operation)
      } catch let error as SnowflakeError {
        throw error
      } catch {
        throw SnowflakeError(.unexpectedAnswer, operation: operation, message: "an unknown failure", underlying: error)
      }
      guard failure.kind == .transient, patience == .full,
        let delay = retries.delay(now: surroundings.elapsed(), random: surroundings.random)
      else { throw failure }
      surroundings.wait(delay, cancellation)
    }
  }

  private func renewed(
    _ token: SecretText, operation: String, cancellation: Cancellation?
  ) throws(SnowflakeError) {
    switch renew(token, cancellation: cancellation) {
    case .renewed: return
    case .lost(let code):
      throw SnowflakeError(
        .sessionLost, operation: operation, message: "the session ended and cannot be renewed", code: code)
    case .unreachable(let error): throw error
    }
  }
}
