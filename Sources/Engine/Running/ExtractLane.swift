import Extraction
import Plans
import Store

/// Extracts parts, one at a time, over one connection to the source.
actor ExtractLane: Lane {
  private let executor: BlockingExecutor
  private let context: EngineContext
  private var session: (endpoint: Endpoint, session: any SourceSession)?

  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  init(_ context: EngineContext, number: Int) {
    self.context = context
    executor = BlockingExecutor(label: "scmplan.extract.\(number)")
  }

  func carryOut(_ task: ClaimedTask) {
    context.carryOut(task) { control in
      .extracted(try extract(task, control))
    }
  }

  private func extract(_ task: ClaimedTask, _ control: TaskControl) throws -> StagedPart {
    let plan = try context.plans.plan(of: task, from: context.store)
    var request = try plan.extractRequest(task, stage: context.stage, settings: context.settings)
    do {
      try control.check()
      let session = try open(plan.plan.source)
      // The checksum is taken first: a change between the two is then seen by the next plan, never missed.
      let digest = try plan.measureRequest(task).flatMap { request in
        try context.digests.digest(of: task.part ?? 0, .init(run: task.run, table: task.table)) {
          try session.measure(request)
        }
      }
      try control.check()
      let read = { (snapshot: String?) in
        request.snapshot = snapshot
        return try session.extract(request) { progress in
          try control.report(rows: progress.rows, bytes: progress.bytes)
        }
      }
      var staged =
        try plan.wantsSnapshot(task, of: session)
        ? context.snapshots.reading(task, of: plan.plan.source, read) : read(nil)
      guard staged.rows == staged.sourceRows else {
        throw EngineError(
          .countMismatch, at: "\(request.table)",
          "the source counts \(staged.sourceRows) rows in the part, the staged files have \(staged.rows)")
      }
      if try plan.part(task).method == .remove { staged.holdsKeys = true }
      // The extraction's own digest is of exactly these rows: what changed since the plan and changes back is noticed.
      staged.digest = staged.digest ?? digest
      return staged
    } catch {
      // A connection that failed, or was left in the middle, is not used again.
      session = nil
      throw error
    }
  }

  private func open(_ endpoint: Endpoint) throws -> any SourceSession {
    if let session, session.endpoint == endpoint { return session.session }
    session = nil
    let opened = try context.sessions.source(endpoint)
    session = (endpoint, opened)
    return opened
  }
}
