import Foundation
package import Logging
package import Store

/// An engine: works on the runs of a state until it is told to stop, or there is nothing left to do.
///
/// It registers itself, keeps the leases of its tasks, and leaves no task behind when it goes. Several engines on one state
/// share the work; one that is started by accident does no harm.
package struct EngineService: Sendable {
  private let context: EngineContext
  private let registration: EngineInfo
  private let handlesSignals: Bool
  private let abandon: @Sendable () -> Void

  /// - Parameters:
  ///   - handlesSignals: whether SIGTERM and SIGINT stop the engine while it runs.
  ///   - abandon: called when tasks are still at work at the end of the time to stop; their leases are given back by then.
  package init(
    store: Store, sessions: any SessionOpener, settings: EngineSettings, clock: EngineClock = .system,
    logger: Logger = Logger(label: "scmplan.engine"), handlesSignals: Bool = false,
    abandon: @escaping @Sendable () -> Void = { exit(0) }
  ) {
    let id = UUID().uuidString.lowercased()
    context = EngineContext(
      store: store, sessions: sessions, settings: settings, clock: clock, logger: logger, id: id)
    registration = EngineInfo(
      id: id, kind: settings.kind, affinity: settings.affinity, process: .current, now: clock.now())
    self.handlesSignals = handlesSignals
    self.abandon = abandon
  }

  /// The id under which the engine is registered and owns tasks.
  package var id: String { context.id }

  /// Begins to stop: no more tasks are claimed, extractions are given back, loads are carried through.
  package func stop() {
    context.stop()
  }

  /// Works until ``stop()``, a signal, the end of the work, or the end of the caller's patience: cancelling stops it too.
  ///
  /// - Throws: ``StoreError`` when the state cannot be used any more.
  package func run() async throws {
    let context = context
    let registration = registration
    try await context.store.perform { try $0.registerEngine(registration) }
    context.logger.info("engine started", metadata: ["engine": "\(id)", "kind": "\(registration.kind.rawValue)"])
    defer { logEnd() }
    try await withThrowingTaskGroup(of: Void.self) { outer in
      outer.addTask { await Heart(context: context).run() }
      outer.addTask { await watchDeadline() }
      if handlesSignals { outer.addTask { await StopSignals.watch { context.stop() } } }
      defer { outer.cancelAll() }
      try await withTaskCancellationHandler {
        try await services()
      } onCancel: {
        context.stop()
      }
    }
    // An engine that failed stays on the list: its process ends, and whoever comes next sees by that that it is gone.
    do {
      try await context.store.perform { try $0.removeEngine(id: registration.id) }
    } catch {
      context.logger.warning("the engine stays on the list: \(TaskFailure(error).message)")
    }
  }

  /// The peak is what `worker_memory_mb` is held to, so that it can be checked after every run.
  private func logEnd() {
    let used = ResourceUse.current
    context.logger.info(
      "engine ended",
      metadata: [
        "engine": "\(id)", "peak_memory_mb": "\(used.peakMemory / 1_000_000)",
        "cpu_seconds": "\(Int(used.cpuSeconds.rounded()))",
      ])
  }

  /// The services that end when the engine stops; one that fails stops the others.
  private func services() async throws {
    let context = context
    let settings = context.settings
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await LifeWatch(context: context, registration: registration).run() }
      if settings.extracts {
        let lanes = (1...max(1, settings.parallelTasks)).map { ExtractLane(context, number: $0) }
        let dispatcher = Dispatcher(context: context, kinds: [.extract], wakeUp: context.worker, lanes: lanes)
        group.addTask { try await dispatcher.run() }
      }
      if settings.orchestrates {
        let lanes = (1...max(1, settings.parallelLoads)).map { LoadLane(context, number: $0) }
        // Prepare first: it gives the workers something to do.
        let dispatcher = Dispatcher(
          context: context, kinds: [.prepare, .finish, .remove, .load], wakeUp: context.orchestrator, lanes: lanes)
        group.addTask { try await dispatcher.run() }
        group.addTask { try await Steward(context: context).run() }
        group.addTask { await Herald(context: context).run() }
      }
      do {
        while try await group.next() != nil {}
      } catch {
        context.stop()
        // The rest of the group comes to its end by itself; cancelling it would leave tasks half told.
        while await group.nextResult() != nil {}
        throw error
      }
    }
  }

  /// Gives back what is still in hand when the time to stop is over, and lets the process go.
  private func watchDeadline() async {
    await context.stopped.wait()
    guard context.isStopping else { return }
    do {
      try await Task.sleep(for: .milliseconds(context.settings.stopDeadline))
    } catch {
      return
    }
    let context = context
    let id = id
    let tasks = context.desk.tasks
    context.logger.warning("\(tasks.count) tasks did not come to an end in time; they are given back")
    try? await context.store.perform { store in
      for task in tasks {
        _ = try store.release(task: task.task, attempt: task.attempt, owner: id, now: context.clock.now())
      }
      try store.removeEngine(id: id)
    }
    abandon()
  }
}
