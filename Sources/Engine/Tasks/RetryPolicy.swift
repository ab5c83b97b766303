/// How long to wait before a failed task is tried again: full jitter, so that tasks that failed together do not come
/// back together.
///
/// The wait is drawn evenly from zero to `base * 2^(failures so far)`, at most `cap`.
package struct RetryPolicy: Hashable, Sendable {
  /// Milliseconds.
  package var base: Int
  /// Milliseconds.
  package var cap: Int

  package init(base: Int = 1000, cap: Int = 60_000) {
    self.base = base
    self.cap = cap
  }

  /// The longest wait after an attempt that failed when `failures` attempts had failed before it.
  package func ceiling(failures: Int) -> Int {
    // A shift by more than the cap's own width would overflow, and cannot matter.
    min(cap, base << min(max(failures, 0), 30))
  }

  /// Milliseconds to wait.
  package func delay(failures: Int, using random: inout some RandomNumberGenerator) -> Int {
    Int.random(in: 0...max(0, ceiling(failures: failures)), using: &random)
  }
}
