/// The way of one statement from its submission to its answer: no input or output, so that every order of lost
/// replies, renewals and refusals can be tested.
///
/// A statement is submitted again only under the same request id, and never once the server named the place where its
/// result will be. What may have happened is remembered from the first attempt on: an error says `notExecuted` only when
/// no attempt can have had an effect.
package struct QueryProgress: Sendable {
  package enum Event: Hashable, Sendable {
    /// An answer with its code (nil for plain success), and where to ask next if it says so. `took` is how long it
    /// was waited for, in milliseconds.
    case answered(code: String?, success: Bool, resultPath: String?, took: Int64)
    /// No whole answer: the network failed, or the service has a bad time. `status` is 0 without an answer.
    case unanswered(status: Int, mayHaveArrived: Bool)
    /// A status that trying again does not mend, or TLS refused.
    case rejected(mayHaveArrived: Bool)
    /// The tokens were renewed.
    case renewed
    /// The session could not be renewed.
    case sessionLost
    /// The caller cancelled, or the statement's time is up.
    case stopped(mayHaveArrived: Bool)
  }

  /// What the next request tells of the ones before it.
  package struct Attempt: Hashable, Sendable {
    /// 0 for the first.
    package var number = 0
    /// The status of the answer before, 0 for none.
    package var reason = 0

    package init(number: Int = 0, reason: Int = 0) {
      self.number = number
      self.reason = reason
    }
  }

  package enum Step: Hashable, Sendable {
    case submit(Attempt)
    case poll(path: String, Attempt)
    /// Wait so many milliseconds, then ask ``resume()``.
    case wait(Int)
    /// Renew the tokens, then report ``Event/renewed`` or ``Event/sessionLost``.
    case renew
    /// The answer is the result, or for an asynchronous statement the receipt.
    case finished
    case failed(SnowflakeError.Outcome)
  }

  /// Milliseconds between two polls that the server answered at once, in turn; the last is kept.
  private static let pollWaits = [0, 500, 500, 1000, 1500, 2000, 4000, 5000]
  /// An answer that took this long was held back by the server: the next poll needs no wait.
  private static let longPoll: Int64 = 1000
  private static let mostRenewals = 3

  private let isAsync: Bool
  private var retries: RetryState
  private var attempt = Attempt()
  private var resultPath: String?
  private var quickPolls = 0
  private var renewals = 0
  package private(set) var mayHaveExecuted: Bool

  package init(isAsync: Bool, policy: RetryPolicy, now: Int64) {
    self.isAsync = isAsync
    retries = RetryState(policy, now: now)
    mayHaveExecuted = false
  }

  /// The way of a statement that was submitted before: only its result is asked for.
  package init(polling path: String, policy: RetryPolicy, now: Int64) {
    self.init(isAsync: false, policy: policy, now: now)
    resultPath = path
    mayHaveExecuted = true
  }

  /// The next request.
  package func resume() -> Step {
    if let resultPath { .poll(path: resultPath, attempt) } else { .submit(attempt) }
  }

  package mutating func next(after event: Event, now: Int64, random: (ClosedRange<Double>) -> Double) -> Step {
    switch event {
    case .answered(let code, let success, let path, let took):
      return answered(code, success, path, took, now, random)
    case .unanswered(let status, let mayHaveArrived):
      mayHaveExecuted = mayHaveExecuted || mayHaveArrived
      return retry(status, now, random)
    case .rejected(let mayHaveArrived), .stopped(let mayHaveArrived):
      mayHaveExecuted = mayHaveExecuted || mayHaveArrived
      return .failed(doubt)
    case .renewed:
      renewals += 1
      return resume()
    case .sessionLost: return .failed(doubt)
    }
  }

  private mutating func answered(
    _ code: String?, _ success: Bool, _ path: String?, _ took: Int64, _ now: Int64,
    _ random: (ClosedRange<Double>) -> Double
  ) -> Step {
    switch code.map(ServerCode.action) {
    case .poll:
      mayHaveExecuted = true
      retries.succeeded(now: now)
      attempt = Attempt()
      renewals = 0
      resultPath = path ?? resultPath
      if isAsync { return .finished }
      guard resultPath != nil else { return .failed(doubt) }
      return pollAgain(took)
    case .renew where !success:
      return renewals < Self.mostRenewals ? .renew : .failed(doubt)
    case .sessionGone where !success: return .failed(doubt)
    case .tryLater where !success: return retry(429, now, random)
    default: return success ? .finished : .failed(.failed)
    }
  }

  private mutating func pollAgain(_ took: Int64) -> Step {
    quickPolls = took >= Self.longPoll ? 0 : quickPolls + 1
    let wait = Self.pollWaits[min(max(0, quickPolls - 1), Self.pollWaits.count - 1)]
    return wait == 0 ? resume() : .wait(wait)
  }

  private mutating func retry(_ status: Int, _ now: Int64, _ random: (ClosedRange<Double>) -> Double) -> Step {
    guard let delay = retries.delay(now: now, random: random) else { return .failed(doubt) }
    attempt = Attempt(number: attempt.number + 1, reason: status)
    return .wait(delay)
  }

  private var doubt: SnowflakeError.Outcome { mayHaveExecuted ? .unknown : .notExecuted }
}
