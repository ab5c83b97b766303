import Foundation
package import HTTP

/// What a client takes from the world besides the network: time, waiting, chance. Tests put their own in place.
package struct Surroundings: Sendable {
  /// Milliseconds since 1970, by the clock on the wall.
  package var now: @Sendable () -> Int64
  /// Milliseconds that only ever grow.
  package var elapsed: @Sendable () -> Int64
  /// Waits so many milliseconds, less when it is cancelled.
  package var wait: @Sendable (Int, Cancellation?) -> Void
  /// A number of the range, each as likely as the other.
  package var random: @Sendable (ClosedRange<Double>) -> Double

  package init(
    now: @escaping @Sendable () -> Int64, elapsed: @escaping @Sendable () -> Int64,
    wait: @escaping @Sendable (Int, Cancellation?) -> Void,
    random: @escaping @Sendable (ClosedRange<Double>) -> Double
  ) {
    self.now = now
    self.elapsed = elapsed
    self.wait = wait
    self.random = random
  }

  /// The real ones. Waiting blocks the thread and looks ten times a second whether it was cancelled.
  package static let real = Surroundings(
    now: { Int64(Date().timeIntervalSince1970 * 1000) },
    elapsed: { Int64(DispatchTime.now().uptimeNanoseconds / 1_000_000) },
    wait: { milliseconds, cancellation in
      let end = DispatchTime.now().uptimeNanoseconds + UInt64(max(0, milliseconds)) * 1_000_000
      while cancellation?.isCancelled != true {
        let now = DispatchTime.now().uptimeNanoseconds
        guard now < end else { return }
        Thread.sleep(forTimeInterval: min(0.1, Double(end - now) / 1e9))
      }
    },
    random: { .random(in: $0) })
}
