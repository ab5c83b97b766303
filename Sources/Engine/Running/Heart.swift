import Logging
import Store

/// Keeps the leases of the tasks in hand and learns which of them must stop.
struct Heart: Sendable {
  let context: EngineContext

  /// Beats until its task is cancelled.
  func run() async {
    while !Task.isCancelled {
      let now = context.clock.now()
      switch context.desk.next(now: now) {
      case .wait(nil):
        context.beaten(at: now)
        await context.desk.wakeUp.wait()
      case .wait(let until?):
        await context.desk.wakeUp.wait(milliseconds: max(1, until - now))
      case .beat(let tasks):
        await beat(tasks, now: now)
      }
    }
  }

  private func beat(_ tasks: [TaskProgress], now: Milliseconds) async {
    let context = context
    var stops: [LeaseKeeper.Stop]
    do {
      let reply = try await context.store.perform { store in
        try store.heartbeat(owner: context.id, tasks: tasks, now: now, lease: context.settings.lease)
      }
      stops = context.desk.answered(reply, to: tasks, sent: now)
      context.beaten(at: now)
    } catch {
      context.logger.warning("a heartbeat could not be sent: \(TaskFailure(error).message)")
      stops = context.desk.unanswered(now: context.clock.now())
    }
    for stop in stops {
      context.logger.info("a task must stop: \(stop.reason.rawValue)", metadata: ["task": "\(stop.task)"])
    }
  }
}
