import Loading
import Plans
import Store

/// Prepares tables, loads parts and finishes tables, one at a time, over one connection to the target.
actor LoadLane: Lane {
  private let executor: BlockingExecutor
  private let context: EngineContext
  private var session: (endpoint: Endpoint, session: any TargetSession)?

  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  init(_ context: EngineContext, number: Int) {
    self.context = context
    executor = BlockingExecutor(label: "scmplan.load.\(number)")
  }

  func carryOut(_ task: ClaimedTask) {
    context.carryOut(task) { control in
      // What has begun in the target is carried through: it is one short transaction.
      try control.check()
      do {
        return try work(task, control)
      } catch {
        // A connection that failed may hold an open transaction; closing it ends that.
        session = nil
        throw error
      }
    }
  }

  private func work(_ task: ClaimedTask, _ control: TaskControl) throws -> TaskResult {
    let plan = try context.plans.plan(of: task, from: context.store)
    let session = try open(plan.plan.target)
    switch task.kind {
    case .prepare:
      try session.prepare(try plan.prepareRequest(task))
      return .prepared
    case .load:
      let request = try plan.loadRequest(task, stage: context.stage)
      let result = try session.load(request)
      // What an earlier attempt put in is what counts; its files may have been staged at another moment.
      guard result.wasLoaded || result.rows == request.staged.rows else {
        throw EngineError(
          .countMismatch, at: "\(request.target), part \(request.part.id)",
          "the staged files have \(request.staged.rows) rows, the target took \(result.rows); "
            + "verify the table and reload it with --replace")
      }
      return .loaded(rows: result.rows, deleted: result.deleted, wasLoaded: result.wasLoaded)
    case .remove:
      let result = try session.load(try plan.loadRequest(task, stage: context.stage))
      return .removed(rows: result.deleted, from: try plan.part(task).takesFrom)
    case .finish:
      try session.finish(try plan.finishRequest(task))
      return .finished
    case .extract:
      throw plan.mismatch(task, "an extraction for an orchestrator")
    }
  }

  private func open(_ endpoint: Endpoint) throws -> any TargetSession {
    if let session, session.endpoint == endpoint { return session.session }
    session = nil
    let opened = try context.sessions.target(endpoint)
    let (store, clock, lease) = (context.store, context.clock, context.settings.lease)
    opened.introduce(
      Presence(lineage: try store.lineage(), own: context.id) {
        Set(try store.engines().filter { $0.lives(now: clock.now(), lease: lease) }.map(\.id))
      })
    session = (endpoint, opened)
    return opened
  }
}
