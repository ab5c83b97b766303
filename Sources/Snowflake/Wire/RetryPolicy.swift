/// How long failures that pass are borne.
package struct RetryPolicy: Hashable, Sendable {
  /// Milliseconds of the shortest and the longest wait between two attempts.
  package var shortest: Int
  package var longest: Int
  /// Milliseconds from the first attempt after which no other is made…
  package var budget: Int64
  /// …unless fewer than this many were made.
  package var minimumAttempts: Int

  package init(shortest: Int = 1000, longest: Int = 16_000, budget: Int64 = 300_000, minimumAttempts: Int = 7) {
    self.shortest = shortest
    self.longest = longest
    self.budget = budget
    self.minimumAttempts = minimumAttempts
  }
}

/// The waits of one call under a ``RetryPolicy``: decorrelated jitter, so that clients that failed together do not come
/// back together. Each wait is drawn between the shortest and three times the one before.
///
/// Formula: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
package struct RetryState: Sendable {
  private let policy: RetryPolicy
  private var start: Int64
  private var failures = 0
  private var last: Int

  package init(_ policy: RetryPolicy, now: Int64) {
    self.policy = policy
    start = now
    last = policy.shortest
  }

  /// Milliseconds to wait after one more failure; nil to give up.
  package mutating func delay(now: Int64, random: (ClosedRange<Double>) -> Double) -> Int? {
    failures += 1
    let most = min(policy.longest, last * 3)
    last = Int(random(Double(policy.shortest)...Double(max(policy.shortest, most))))
    guard failures < policy.minimumAttempts || now + Int64(last) - start <= policy.budget else { return nil }
    return last
  }

  /// Forgets the failures after something went well.
  package mutating func succeeded(now: Int64) {
    failures = 0
    start = now
    last = policy.shortest
  }
}
