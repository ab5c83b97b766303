import Foundation
import HTTP
import Synchronization

/// Takes one statement its ``QueryProgress`` way: the part that does input and output.
struct StatementRunner {
  /// What came back in the end.
  struct Reply {
    let answer: QueryAnswer
    let code: String?
    let body: [UInt8]
  }

  private let session: SnowflakeSession
  private let statement: Statement?
  private let operation: String
  private let isAsync: Bool
  private let cancellation: Cancellation?
  private let submitted: (String) -> Void
  private let start: Int64
  private let startTime: Int64
  private let sequence: Int64
  private var progress: QueryProgress
  private var queryID: String?
  private var reply: Reply?
  /// The token that the server called expired.
  private var renewing: SecretText?
  /// What the next error says.
  private var failure: SnowflakeError

  /// Runs `statement`.
  ///
  /// - Parameter submitted: hears the query id as soon as the server names it.
  init(
    _ session: SnowflakeSession, _ statement: Statement, isAsync: Bool, cancellation: Cancellation?,
    submitted: @escaping (String) -> Void
  ) {
    self.init(
      session, statement, operation: "run the statement", isAsync: isAsync,
      progress: QueryProgress(
        isAsync: isAsync, policy: session.settings.retries, now: session.surroundings.elapsed()),
      queryID: nil, cancellation: cancellation, submitted: submitted)
  }

  /// Asks for the result of a statement that was submitted before.
  init(_ session: SnowflakeSession, resultOf queryID: String, cancellation: Cancellation?) {
    self.init(
      session, nil, operation: "fetch the result", isAsync: false,
      progress: QueryProgress(
        polling: "/queries/\(PercentEncoding.encode(queryID))/result", policy: session.settings.retries,
        now: session.surroundings.elapsed()), queryID: queryID, cancellation: cancellation, submitted: { _ in })
  }

  private init(
    _ session: SnowflakeSession, _ statement: Statement?, operation: String, isAsync: Bool, progress: QueryProgress,
    queryID: String?, cancellation: Cancellation?, submitted: @escaping (String) -> Void
  ) {
    self.session = session
    self.statement = statement
    self.operation = operation
    self.isAsync = isAsync
    self.progress = progress
    self.queryID = queryID
    self.cancellation = cancellation
    self.submitted = submitted
    start = session.surroundings.elapsed()
    startTime = session.surroundings.now()
    sequence = session.details.withLock { $0.nextSequence() }
    failure = SnowflakeError(.unexpectedAnswer, operation: operation, message: "nothing was asked")
  }

  /// - Throws: ``SnowflakeError``, whose outcome says what is certain about the statement.
  mutating func run() throws(SnowflakeError) -> Reply {
    var step = progress.resume()
    while true {
      if let stopped = stopped() { step = stopped }
      switch step {
      case .finished:
        guard let reply else { throw failed(.unknown) }
        return reply
      case .failed(let outcome): throw failed(outcome)
      case .wait(let milliseconds):
        session.surroundings.wait(min(milliseconds, remaining ?? milliseconds), cancellation)
        step = progress.resume()
      case .submit(let attempt): step = next(send(attempt, path: nil))
      case .poll(let path, let attempt): step = next(send(attempt, path: path))
      case .renew: step = next(renew())
      }
    }
  }

  private mutating func next(_ event: QueryProgress.Event) -> QueryProgress.Step {
    let surroundings = session.surroundings
    return progress.next(after: event, now: surroundings.elapsed(), random: surroundings.random)
  }

  /// Milliseconds until the statement's time is up.
  private var remaining: Int? {
    statement?.timeLimit.map { Int(max(0, start + $0 - session.surroundings.elapsed())) }
  }

  /// The last step when the caller cancelled or the time is up.
  private mutating func stopped() -> QueryProgress.Step? {
    if cancellation?.isCancelled == true {
      failure = SnowflakeError(.cancelled, operation: operation, message: "it was cancelled")
    } else if remaining == 0 {
      failure = SnowflakeError(.deadline, operation: operation, message: "its time is up")
    } else {
      return nil
    }
    let last = next(.stopped(mayHaveArrived: false))
    if case .failed(.unknown) = last, let statement { session.cancel(statement.requestID) }
    return last
  }
}

extension StatementRunner {
  private mutating func send(_ attempt: QueryProgress.Attempt, path: String?) -> QueryProgress.Event {
    let token = session.token
    var call = call(attempt, path: path, token: token)
    if let remaining { call.timeouts.total = max(1, remaining) }
    let sent = session.surroundings.elapsed()
    do {
      let response = try session.wire.send(call, cancellation: cancellation)
      session.adopt(response.headers)
      return read(response, token: token, took: session.surroundings.elapsed() - sent)
    } catch {
      failure = SnowflakeError(error, operation: operation)
      switch error.kind {
      case .tls: return .rejected(mayHaveArrived: false)
      case .tooLarge, .body: return .rejected(mayHaveArrived: error.mayHaveArrived)
      case .notSent, .maybeSent, .timeout, .cancelled:
        // What was cancelled or is out of time ends before the next step.
        return .unanswered(status: 0, mayHaveArrived: error.mayHaveArrived)
      }
    }
  }

  private func call(_ attempt: QueryProgress.Attempt, path: String?, token: SecretText) -> WireCall {
    let requestID = (statement?.requestID ?? UUID()).uuidString.lowercased()
    var query = [
      (name: "requestId", value: requestID), (name: "request_guid", value: UUID().uuidString.lowercased()),
    ]
    if attempt.number > 0 || path != nil { query.append(("clientStartTime", "\(startTime)")) }
    if attempt.number > 0 {
      query += [("retryCount", "\(attempt.number)"), ("retryReason", "\(attempt.reason)")]
    }
    if let path { return session.call(.get, path, query: query, token: token) }
    let context = session.details.withLock { $0.queryContext }
    let body = statement?.body(sequence: sequence, isAsync: isAsync, context: context, now: startTime)
    var call = session.call(.post, "/queries/v1/query-request", query: query, body: body, token: token)
    if statement?.isFileTransfer == true { call.accept = "application/json" }
    return call
  }

  private mutating func read(_ response: HTTPResponse, token: SecretText, took: Int64) -> QueryProgress.Event {
    if let refusal = NetworkPolicy.refusal(response, operation: operation) {
      failure = refusal
      return .rejected(mayHaveArrived: false)
    }
    let mayPass = HTTPStatus.mayPass(response.status)
    guard !mayPass, let envelope = Envelope<QueryAnswer>(response.body) else {
      failure = SnowflakeError(
        mayPass ? .transient : .unexpectedAnswer, operation: operation,
        message: response.isSuccess ? "the answer is cut off or of an unknown form" : "HTTP status \(response.status)")
      let isWorthRepeating = mayPass || response.isSuccess
      return isWorthRepeating
        ? .unanswered(status: response.status, mayHaveArrived: true) : .rejected(mayHaveArrived: false)
    }
    let action = envelope.code.map(ServerCode.action)
    if let answer = envelope.data {
      note(answer, isStatements: envelope.success || action == .fail)
      reply = Reply(answer: answer, code: envelope.code, body: response.body)
    } else if envelope.success {
      reply = Reply(answer: .empty, code: envelope.code, body: response.body)
    }
    if !envelope.success {
      failure = refusal(envelope, action)
      if action == .sessionGone { session.lose(token, code: envelope.code ?? "") }
      if action == .renew { renewing = token }
    }
    return .answered(
      code: envelope.code, success: envelope.success, resultPath: envelope.data?.getResultUrl, took: took)
  }

  private mutating func note(_ answer: QueryAnswer, isStatements: Bool) {
    if isStatements { session.details.withLock { $0.adopt(answer) } }
    guard let id = answer.queryId, !id.isEmpty, queryID == nil else { return }
    queryID = id
    submitted(id)
  }

  private func refusal(_ envelope: Envelope<QueryAnswer>, _ action: ServerCode.Action?) -> SnowflakeError {
    let kind: SnowflakeError.Kind =
      switch action {
      case .sessionGone, .renew: .sessionLost
      case .freshProof, .refused: .authentication
      case .tryLater: .transient
      default: envelope.code == "000709" ? .resultGone : .statement
      }
    let message = ServerMessage.withoutValues(envelope.message ?? "the server gave no reason", code: envelope.code)
    return SnowflakeError(
      kind, operation: operation, message: message, code: envelope.code, sqlState: envelope.data?.sqlState)
  }

  private mutating func renew() -> QueryProgress.Event {
    switch session.renew(renewing ?? session.token, cancellation: cancellation) {
    case .renewed: return .renewed
    case .lost(let code):
      failure = SnowflakeError(
        .sessionLost, operation: operation, message: "the session ended and cannot be renewed", code: code)
      return .sessionLost
    case .unreachable(let error):
      failure = SnowflakeError(
        error.kind, operation: operation, message: "the session could not be renewed", underlying: error)
      return .rejected(mayHaveArrived: false)
    }
  }

  /// The last failure with all that is known of the statement.
  private func failed(_ outcome: SnowflakeError.Outcome) -> SnowflakeError {
    SnowflakeError(
      failure.kind, outcome: outcome, operation: failure.operation, message: failure.message, code: failure.code,
      sqlState: failure.sqlState, queryID: queryID, requestID: statement?.requestID, underlying: failure.underlying)
  }
}
