/// What to do after each attempt to log in: no input or output, so that every order of events can be tested.
package struct LoginAttempts {
  package enum Event: Sendable {
    /// The server answered with success, or with a code.
    case accepted
    case refused(code: String)
    /// No whole answer, or one that says the service is not well.
    case unanswered(isTLS: Bool)
    /// A status that says we asked the wrong way.
    case rejected(status: Int)
  }

  package enum Step: Hashable, Sendable {
    case done
    /// Wait so many milliseconds, then try again with a new proof.
    case retry(after: Int)
    case fail
  }

  private var retries: RetryState
  private let proofChanges: Bool
  private var hasRenewedProof = false

  package init(policy: RetryPolicy, proofChanges: Bool, now: Int64) {
    retries = RetryState(policy, now: now)
    self.proofChanges = proofChanges
  }

  package mutating func next(after event: Event, now: Int64, random: (ClosedRange<Double>) -> Double) -> Step {
    switch event {
    case .accepted: return .done
    case .rejected, .unanswered(isTLS: true): return .fail
    case .unanswered: return retry(now, random)
    case .refused(let code):
      switch ServerCode.action(code) {
      case .freshProof where proofChanges && !hasRenewedProof:
        hasRenewedProof = true
        return .retry(after: 0)
      case .tryLater: return retry(now, random)
      default: return .fail
      }
    }
  }

  private mutating func retry(_ now: Int64, _ random: (ClosedRange<Double>) -> Double) -> Step {
    retries.delay(now: now, random: random).map { .retry(after: $0) } ?? .fail
  }
}
