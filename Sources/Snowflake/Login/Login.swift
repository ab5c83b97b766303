import Foundation
import HTTP

/// Logs in: one attempt after the other, each with a proof of its own.
struct Login {
  /// What a login leaves behind.
  struct Accepted {
    let tokens: TokenState
    let state: SessionState
  }

  /// A fresh proof must not be sent long after it was made.
  private static let keyPairTimeout = 10_000
  private static let timeout = 60_000

  let settings: ConnectionSettings
  let surroundings: Surroundings
  let wire: Wire

  private var operation: String {
    "log in to \(settings.account.login)" + (settings.user.map { " as \($0)" } ?? "")
  }

  func run(cancellation: Cancellation?) throws(SnowflakeError) -> Accepted {
    var attempts = LoginAttempts(
      policy: settings.loginRetries, proofChanges: LoginProof.changes(settings.credential),
      now: surroundings.elapsed())
    while true {
      let proof = try LoginProof(settings, now: surroundings.now())
      let (event, result) = attempt(proof, cancellation)
      switch attempts.next(after: event, now: surroundings.elapsed(), random: surroundings.random) {
      case .done: return try result.get()
      case .fail:
        _ = try result.get()
        throw SnowflakeError(.unexpectedAnswer, operation: operation, message: "the answer has no token")
      case .retry(let delay):
        surroundings.wait(delay, cancellation)
        if cancellation?.isCancelled == true { _ = try result.get() }
      }
    }
  }

  private func attempt(
    _ proof: LoginProof, _ cancellation: Cancellation?
  ) -> (LoginAttempts.Event, Result<Accepted, SnowflakeError>) {
    let timeout = if case .keyPair = settings.credential { Self.keyPairTimeout } else { Self.timeout }
    do {
      let call = LoginRequest.call(settings, proof: proof, timeout: timeout)
      let response = try wire.send(call, cancellation: cancellation)
      return read(response, proof)
    } catch {
      let failure = SnowflakeError(error, operation: operation)
      return (failure.kind == .transient ? .unanswered(isTLS: false) : .unanswered(isTLS: true), .failure(failure))
    }
  }

  private func read(
    _ response: HTTPResponse, _ proof: LoginProof
  ) -> (LoginAttempts.Event, Result<Accepted, SnowflakeError>) {
    guard let envelope = Envelope<LoginAnswer>(response.body), response.status < 500 else {
      return strange(response)
    }
    if envelope.success, let answer = envelope.data, let token = answer.token {
      var state = SessionState(answer)
      state.stickySession = response.headers["x-snowflake-session"]
      let tokens = TokenState(session: SecretText(token), master: answer.masterToken.map(SecretText.init))
      return (.accepted, .success(Accepted(tokens: tokens, state: state)))
    }
    let code = envelope.code ?? ""
    var message = envelope.message ?? "the server gave no reason"
    if let action = envelope.data?.nextAction, action.hasPrefix("EXT_AUTHN") || action == "PWD_CHANGE" {
      message += " (the server asks for \(action), which needs a person: use a key pair)"
    }
    let offset = clockOffset(response, code)
    message += "; \(proof.origin)"
    if let offset {
      message += "; this machine's clock is \(abs(offset)) s \(offset > 0 ? "ahead of" : "behind") the server's: set it"
    }
    let failure = SnowflakeError(
      .authentication, operation: operation, message: message, code: envelope.code, clockOffset: offset)
    return (.refused(code: code), .failure(failure))
  }

  /// An answer that is not Snowflake's.
  private func strange(_ response: HTTPResponse) -> (LoginAttempts.Event, Result<Accepted, SnowflakeError>) {
    if let refusal = NetworkPolicy.refusal(response, operation: operation) {
      return (.refused(code: NetworkPolicy.code), .failure(refusal))
    }
    let isTransient = response.isSuccess || (HTTPStatus.mayPass(response.status) && response.status != 403)
    if isTransient {
      let failure = SnowflakeError(
        .transient, operation: operation, message: "HTTP status \(response.status) without an answer")
      return (.unanswered(isTLS: false), .failure(failure))
    }
    let failure = SnowflakeError(
      .configuration, operation: operation,
      message:
        "HTTP status \(response.status) from \(wire.base): the account or host is wrong, or a proxy stands in between")
    return (.rejected(status: response.status), .failure(failure))
  }

  /// How many seconds this machine's clock is ahead of the server's, when a signed token was refused and it is far off.
  private func clockOffset(_ response: HTTPResponse, _ code: String) -> Int? {
    guard ServerCode.action(code) == .freshProof, let date = response.headers["Date"] else { return nil }
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.timeZone = TimeZone(secondsFromGMT: 0)
    formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss zzz"
    guard let theirs = formatter.date(from: date) else { return nil }
    let seconds = Int(surroundings.now() / 1000 - Int64(theirs.timeIntervalSince1970))
    return abs(seconds) > 30 ? seconds : nil
  }
}
