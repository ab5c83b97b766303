import Logging
import Store

/// Takes back the tasks of the dead, ends runs whose tasks are at an end, and clears the stage of what nobody needs.
struct Steward: Sendable {
  let context: EngineContext
  /// Engines that have not been heard of for this long, in milliseconds, are taken off the list.
  private static let forgottenAfter = 3_600_000

  /// Runs until the engine stops.
  func run() async throws {
    await attempt { try clearLeftovers() }
    while !context.isStopping {
      await attempt { try look() }
      guard !context.isStopping else { return }
      await context.steward.wait(milliseconds: context.settings.heartbeat)
    }
  }

  /// A state that is busy or broken is for the dispatchers to judge; here it only delays.
  private func attempt(_ work: @escaping @Sendable () throws -> Void) async {
    do {
      try await context.store.perform { _ in try work() }
    } catch {
      context.logger.warning("\(TaskFailure(error).message)")
    }
  }

  private func look() throws {
    let now = context.clock.now()
    // Its own tasks may look abandoned to a process that was stopped; the next heartbeat tells.
    if !context.isBehind(now: now) { try rescue(now: now) }
    for run in try context.store.pauseRunsOutOfTime(now: now) {
      context.logger.info(
        "the run's time is over: paused with \(run.counts.loadedParts) of \(run.counts.parts) parts loaded",
        metadata: ["run": "\(run.id)"])
      context.life.wake()
      context.herald.wake()
    }
    for run in try context.store.finishDoneRuns(now: now) {
      context.logger.info("run ended: \(run.state.rawValue)", metadata: ["run": "\(run.id)"])
      try clear(run)
      context.life.wake()
      context.herald.wake()
    }
  }

  private func rescue(now: Milliseconds) throws {
    let store = context.store
    let others = try store.engines().filter { $0.id != context.id }
    let dead = others.filter(\.isDead)
    let rescued = try store.rescue(now: now, deadOwners: Set(dead.map(\.id)))
    for task in rescued {
      context.logger.notice(
        "a task was taken back from an engine that is gone",
        metadata: [
          "run": "\(task.run)", "task": "\(task.task)", "attempt": "\(task.attempt)", "owner": "\(task.owner)",
        ])
    }
    for engine in dead + others.filter({ now - $0.heartbeat > Self.forgottenAfter }) {
      try store.removeEngine(id: engine.id)
    }
    guard !rescued.isEmpty else { return }
    context.worker.wake()
    context.orchestrator.wake()
  }

  /// What a run staged is of no use once every part is in or the run was cancelled; after failures it is kept, so that
  /// `runs retry` need not extract again what is only to be loaded.
  private func clear(_ run: Run) throws {
    guard run.state == .completed || run.state == .cancelled else { return }
    try context.stage.remove(run.id)
  }

  /// Clears what a process that died right after ending a run left behind.
  private func clearLeftovers() throws {
    for id in context.stage.runs() {
      guard let run = try? context.store.run(id), run.isEnded else { continue }
      try clear(run)
    }
  }
}
