import Engine
import Foundation
import Store

/// Waits until nobody else works on a workflow: until its lock is free and no run of it is under way.
struct WorkflowTurn {
  var workflow: String
  var operation: String
  var store: Store
  /// Seconds to wait at the most.
  var timeout: Double
  /// Seconds without any engine after which a run counts as left alone: an `apply` that has just handed one over needs a
  /// moment to start its engine.
  var grace = 5.0

  /// The workflow's lock, and the run that whoever has it now should bring to its end first.
  struct Taken {
    var lock: WorkflowLock
    /// A run that stopped at its time, or whose engine and follower are gone.
    var unfinished: Run?
  }

  /// - Throws: ``Failure`` with status `locked` when the time is over, telling who is at work; at once for a run that
  ///   somebody paused, which no time brings to its end.
  func take() async throws -> Taken {
    let deadline = ContinuousClock.now + .seconds(timeout)
    var aloneSince: ContinuousClock.Instant?
    while true {
      let left = (deadline - .now).seconds
      let lock = try WorkflowLock(workflow, for: operation, in: store, timeout: max(0, left))
      do {
        guard let run = try store.openRuns().first(where: { $0.workflow == workflow }) else {
          return Taken(lock: lock, unfinished: nil)
        }
        if run.state == .paused {
          guard run.stopAt != nil else { throw paused(run) }
          return Taken(lock: lock, unfinished: run)
        }
        let now = currentMilliseconds()
        let isAlone = try !store.engines().contains { $0.isAtWork(now: now, lease: Store.lockLifetime) }
        if isAlone {
          let since = aloneSince ?? .now
          aloneSince = since
          if (.now - since).seconds >= grace { return Taken(lock: lock, unfinished: run) }
        } else {
          aloneSince = nil
          guard .now < deadline else { throw busy(run) }
        }
      } catch {
        lock.release()
        throw error
      }
      lock.release()
      try await Task.sleep(for: .milliseconds(250))
    }
  }

  private func paused(_ run: Run) -> Failure {
    Failure(
      .locked, "run \(run.id) of \(workflow) is paused, with \(progress(run))",
      "Go on with it: scmplan runs resume \(run.id)", "or end it: scmplan runs cancel \(run.id)")
  }

  private func busy(_ run: Run) -> Failure {
    let now = currentMilliseconds()
    let engine = (try? store.engines())?.first { $0.isAtWork(now: now, lease: Store.lockLifetime) }
    let who = engine.map { " (\($0.kind.rawValue), process \($0.pid) on \($0.host))" } ?? ""
    return Failure(
      .locked, "run \(run.id) of \(workflow) is at work\(who), with \(progress(run))",
      "Wait for it (--lock-timeout), or see how far it is: scmplan show \(run.id)")
  }

  private func progress(_ run: Run) -> String {
    "\(run.counts.loadedParts) of \(Numbers.plural(run.counts.parts, "part")) loaded"
  }
}
