import Store
import Synchronization

/// The tasks an engine has in hand: their leases, and the lines to their threads.
final class LeaseDesk: Sendable {
  fileprivate struct State {
    var keeper: LeaseKeeper
    var controls: [Int: TaskControl] = [:]
    var isStopping = false
  }

  private let state: Mutex<State>
  /// Rung when a first task comes to hand.
  let wakeUp = WakeUp()

  init(keeper: LeaseKeeper) {
    state = Mutex(State(keeper: keeper))
  }

  var isEmpty: Bool { state.withLock { $0.controls.isEmpty } }

  var tasks: [TaskProgress] { state.withLock { $0.keeper.tasks } }

  func begin(_ task: ClaimedTask, now: Milliseconds) -> TaskControl {
    let control = TaskControl(task: task.id, attempt: task.attempt)
    state.withLock { state in
      if let stop = state.keeper.took(task: task.id, attempt: task.attempt, leaseUntil: task.leaseUntil, now: now) {
        state.controls[task.id]?.stop(stop.reason)
      }
      state.controls[task.id] = control
      if state.isStopping { control.stop(.stopping) }
    }
    wakeUp.wake()
    return control
  }

  func end(_ control: TaskControl) {
    state.withLock { state in
      state.keeper.gave(task: control.task, attempt: control.attempt)
      if state.controls[control.task]?.attempt == control.attempt { state.controls[control.task] = nil }
    }
  }

  func next(now: Milliseconds) -> LeaseKeeper.Action {
    state.withLock { state in
      for control in state.controls.values { state.keeper.progressed(control.progress) }
      return state.keeper.next(now: now)
    }
  }

  /// Passes the answer to a heartbeat on to the tasks.
  ///
  /// - Returns: the tasks that were told to stop.
  func answered(_ reply: HeartbeatReply, to asked: [TaskProgress], sent: Milliseconds) -> [LeaseKeeper.Stop] {
    state.withLock { $0.stop($0.keeper.answered(reply, to: asked, sent: sent)) }
  }

  func unanswered(now: Milliseconds) -> [LeaseKeeper.Stop] {
    state.withLock { $0.stop($0.keeper.unanswered(now: now)) }
  }

  /// Tells every task, and those to come, that the engine stops.
  func stopAll() {
    state.withLock { state in
      state.isStopping = true
      for control in state.controls.values { control.stop(.stopping) }
    }
  }
}

extension LeaseDesk.State {
  fileprivate func stop(_ stops: [LeaseKeeper.Stop]) -> [LeaseKeeper.Stop] {
    for stop in stops where controls[stop.task]?.attempt == stop.attempt {
      controls[stop.task]?.stop(stop.reason)
    }
    return stops
  }
}
