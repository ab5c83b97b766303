import Synchronization

/// Ends requests of other threads: each looks at it about once a second while it waits, and with every piece it moves.
package final class Cancellation: Sendable {
  private let flag = Atomic(false)

  package init() {}

  /// Ends what runs with this, and everything that starts with it later.
  package func cancel() { flag.store(true, ordering: .releasing) }

  package var isCancelled: Bool { flag.load(ordering: .acquiring) }
}
