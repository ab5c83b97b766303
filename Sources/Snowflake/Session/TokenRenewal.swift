import Foundation
import HTTP
import Synchronization

/// One renewal of a session's tokens with the master token.
struct TokenRenewal {
  /// `data` of the answer.
  struct Answer: Decodable {
    let sessionToken: String?
    let masterToken: String?
  }

  private static let operation = "renew the session"
  let session: SnowflakeSession
  let master: SecretText
  let expired: SecretText

  /// Asks until there is an answer or the patience of the settings ends.
  func run(cancellation: Cancellation?) -> SnowflakeSession.Renewal {
    let surroundings = session.surroundings
    var retries = RetryState(session.settings.retries, now: surroundings.elapsed())
    let requestID = UUID().uuidString.lowercased()
    while true {
      let failure: SnowflakeError
      do {
        let response = try session.wire.send(call(requestID), cancellation: cancellation)
        if let refusal = NetworkPolicy.refusal(response, operation: Self.operation) { return .unreachable(refusal) }
        if let renewal = take(response) { return renewal }
        failure = error(.transient, "HTTP status \(response.status)")
      } catch {
        failure = SnowflakeError(error, operation: Self.operation)
        guard failure.kind == .transient else { return .unreachable(failure) }
      }
      guard let delay = retries.delay(now: surroundings.elapsed(), random: surroundings.random) else {
        return .unreachable(failure)
      }
      surroundings.wait(delay, cancellation)
    }
  }

  private func call(_ requestID: String) -> WireCall {
    let body: JSONValue = ["oldSessionToken": .string(expired.revealed), "requestType": "RENEW"]
    return session.call(
      .post, "/session/token-request",
      query: [("requestId", requestID), ("request_guid", UUID().uuidString.lowercased())], body: body.bytes,
      token: master)
  }

  /// Nil when the answer is none, and asking again may help.
  private func take(_ response: HTTPResponse) -> SnowflakeSession.Renewal? {
    guard let envelope = Envelope<Answer>(response.body), !HTTPStatus.mayPass(response.status) else {
      return HTTPStatus.mayPass(response.status) || response.isSuccess
        ? nil : .unreachable(error(.unexpectedAnswer, "HTTP status \(response.status)"))
    }
    if envelope.success, let token = envelope.data?.sessionToken {
      let master = envelope.data?.masterToken.map(SecretText.init)
      session.tokens.withLock { $0.renewed(session: SecretText(token), master: master) }
      return .renewed
    }
    let code = envelope.code ?? ""
    switch ServerCode.action(code) {
    case .tryLater, .poll: return nil
    case .sessionGone, .renew:
      session.lose(expired, code: code)
      return .lost(code: code)
    default:
      return .unreachable(error(.unexpectedAnswer, envelope.message ?? "the answer has no token", code: code))
    }
  }

  private func error(_ kind: SnowflakeError.Kind, _ message: String, code: String? = nil) -> SnowflakeError {
    SnowflakeError(kind, operation: Self.operation, message: message, code: code)
  }
}
