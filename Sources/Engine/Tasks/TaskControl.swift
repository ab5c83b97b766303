import Store
import Synchronization

/// Thrown inside a task to end it: nothing is wrong with the task itself.
struct Interruption: Error, Hashable {
  var reason: StopReason
}

/// The line between a task on its thread and the engine: orders to stop go in, progress comes out.
final class TaskControl: Sendable {
  let task: Int
  let attempt: Int
  private let state: Mutex<(progress: TaskProgress, stop: StopReason?)>

  init(task: Int, attempt: Int) {
    self.task = task
    self.attempt = attempt
    state = Mutex((TaskProgress(task: task, attempt: attempt), nil))
  }

  /// How far the task is.
  var progress: TaskProgress { state.withLock { $0.progress } }

  /// Orders the task to stop; the first order stands.
  func stop(_ reason: StopReason) {
    state.withLock { $0.stop = $0.stop ?? reason }
  }

  /// - Throws: ``Interruption`` when the task must stop.
  func report(rows: Int, bytes: Int) throws {
    let stop = state.withLock { state in
      state.progress.rows = rows
      state.progress.bytes = bytes
      return state.stop
    }
    if let stop { throw Interruption(reason: stop) }
  }

  /// - Throws: ``Interruption`` when the task must stop.
  func check() throws {
    if let stop = state.withLock({ $0.stop }) { throw Interruption(reason: stop) }
  }
}
