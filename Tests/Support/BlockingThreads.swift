import Dispatch

/// Threads that may wait, for tests that call what blocks.
///
/// The cooperative pool has as many threads as the machine has processors: on two of them, two blocking tests keep every
/// other test of the process from going on, and whatever waits there with a time limit runs out of it.
package final class BlockingThreads: TaskExecutor {
  private static let shared = BlockingThreads()
  private let queue = DispatchQueue(label: "tests that block", attributes: .concurrent)

  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }

  /// Runs `body`, and what it calls that belongs to no actor, on these threads.
  package static func run(_ body: @Sendable @concurrent () async throws -> Void) async throws {
    try await withTaskExecutorPreference(shared) { try await body() }
  }
}
