import Catalogs
import Faults
package import Plans
import SQL

/// A plan on its way to become a run.
package struct Submission: Sendable {
  package var plan: Plan
  /// The plan's identity: the SHA-256 of its canonical content, in hexadecimal.
  package var planID: String
  /// The plan's canonical content, kept for whoever works on the run.
  package var planContent: String
  /// Attempts a task has before it is discarded.
  package var maxAttempts: Int
  /// No part is begun from this moment on; nil without a limit.
  package var stopAt: Milliseconds?

  package init(
    plan: Plan, planID: String, planContent: String, maxAttempts: Int = 5, stopAt: Milliseconds? = nil
  ) {
    self.plan = plan
    self.planID = planID
    self.planContent = planContent
    self.maxAttempts = maxAttempts
    self.stopAt = stopAt
  }
}

extension Store {
  /// Records a run of a plan: the run, its tasks and the new layout of the tables' parts, all or nothing.
  ///
  /// The workflow's serial grows, so that the same plan is never taken twice. A run without tasks is complete at once.
  ///
  /// - Throws: ``StoreError`` with code `foreignLineage`, `stale`, `tableInUse` or `invalid`.
  package func submit(_ submission: Submission, now: Milliseconds) throws -> Run {
    let run = try write { connection in
      let run = try connection.submit(submission, now: now)
      try FaultPoint.reach(.submitBeforeCommit)
      return run
    }
    try FaultPoint.reach(.submitAfterCommit)
    return run
  }

  /// The canonical content of a plan that was submitted.
  ///
  /// - Throws: ``StoreError`` with code `unknownPlan`.
  package func plan(_ id: String) throws -> String {
    try read { connection in
      guard let row = try connection.first("SELECT content FROM plans WHERE id = ?", [.text(id)]) else {
        throw StoreError(.unknownPlan, "the state has no plan \(id)")
      }
      return try row.text("content")
    }
  }
}

extension SQLConnection {
  fileprivate func submit(_ submission: Submission, now: Milliseconds) throws -> Run {
    let plan = submission.plan
    let run = try nextRun(plan)
    try checkState(of: plan)
    let moving = plan.tables.enumerated().filter { $0.element.action != .none }
    try checkTargets(moving.map(\.element.target), server: plan.target.server)

    let hasPlan = try first("SELECT id FROM plans WHERE id = ?", [.text(submission.planID)]) != nil
    if !hasPlan {
      try insert(
        into: "plans", columns: ["id", "workflow", "content"],
        rows: [[.text(submission.planID), .text(plan.workflow), .text(submission.planContent)]])
    }
    var total = RunCounts()
    for (index, change) in moving {
      let key = TableKey(
        sourceServer: plan.source.server, source: change.source, targetServer: plan.target.server,
        target: change.target)
      let table = try layOut(change, key: key, submission: submission, run: run)
      let counts = try insertTasks(change, run: run, table: index, maxAttempts: submission.maxAttempts)
      try insert(
        into: "run_tables",
        columns: [
          "run", "table_index", "table_state", "source_name", "target_name", "action", "prepared", "finished",
          "gathers",
        ]
          + Schema.counters,
        rows: [
          [
            SQLValue(run), SQLValue(index), SQLValue(table), .text(try StoredName.text(change.source)),
            .text(try StoredName.text(change.target)), .text(change.action.rawValue), 0, 0,
            change.gathers ? 1 : 0,
          ] + counts.values
        ])
      total.parts += counts.parts
      total.plannedRows += counts.plannedRows
      total.plannedBytes += counts.plannedBytes
      total.openTasks += counts.openTasks
    }
    try insert(
      into: "runs",
      columns: [
        "id", "workflow", "plan", "state", "affinity", "source_server", "target_server", "created", "paused_total",
        "stop_at",
      ] + Schema.counters,
      rows: [
        [
          SQLValue(run), .text(plan.workflow), .text(submission.planID), .text(RunState.pending.rawValue),
          SQLValue(plan.affinity), .text(plan.source.server), .text(plan.target.server), SQLValue(now), 0,
          SQLValue(submission.stopAt),
        ] + total.values
      ])
    try bumpSerial(of: plan.workflow, now: now)
    if total.openTasks == 0 { try end(run: try self.run(run), now: now) }
    return try self.run(run)
  }

  /// A number that no ledger of the plan's tables has seen: a state that was put back from an older copy would else
  /// give
  /// the same number twice, and the ledger would take the second run's parts for loaded.
  private func nextRun(_ plan: Plan) throws -> Int {
    let seen = plan.tables.compactMap { $0.ledger?.lineage == plan.lineage ? $0.ledger?.run : nil }.max() ?? 0
    try execute("UPDATE sequences SET value = ? WHERE name = 'run' AND value < ?", [SQLValue(seen), SQLValue(seen)])
    return try next("run")
  }

  private func checkState(of plan: Plan) throws {
    let lineage = try lineage()
    guard plan.lineage == lineage else {
      throw StoreError(
        .foreignLineage, "the plan was made against another state (\(plan.lineage); this one is \(lineage))",
        advice: "Name the plan's state with --state, or make a new plan.")
    }
    let serial = try self.serial(of: plan.workflow)
    guard plan.serial == serial else {
      let last = try first("SELECT MAX(id) AS id FROM runs WHERE workflow = ?", [.text(plan.workflow)])?
        .optionalInt("id")
      let by = last.map { " (run \($0))" } ?? ""
      throw StoreError(
        .stale,
        "the plan is stale: it was made against state serial \(plan.serial), the state is at \(serial)\(by)",
        advice: "Make a new one: scmplan plan")
    }
  }

  /// Two runs never write one target table at the same time, whatever their sources are.
  func checkTargets(_ targets: [ObjectName], server: String) throws {
    let asked = Set(targets)
    let rows = try query(
      """
      SELECT runs.id AS id, runs.state AS state, run_tables.target_name AS target_name FROM runs
      JOIN run_tables ON run_tables.run = runs.id WHERE runs.ended IS NULL AND runs.target_server = ?
      """, [.text(server)])
    for row in rows {
      let name = try StoredName.read(try row.text("target_name"))
      guard asked.contains(name) else { continue }
      let run = try row.int("id")
      guard try row.text("state") != RunState.paused.rawValue else {
        throw StoreError(
          .tableInUse, "run \(run) is paused, and works on \(name)",
          advice: "Go on with it (scmplan runs resume \(run)) or end it: scmplan runs cancel \(run)")
      }
      throw StoreError(
        .tableInUse, "run \(run) is not at its end and works on \(name)",
        advice: "Wait for it (scmplan show \(run)) or end it: scmplan runs cancel \(run)")
    }
  }

  private func insertTasks(_ change: TableChange, run: Int, table: Int, maxAttempts: Int) throws -> RunCounts {
    var counts = RunCounts()
    guard change.action != .forget else { return counts }
    counts.parts = change.parts.count
    counts.plannedRows = change.parts.reduce(0) { $0 + ($1.method == .remove ? 0 : $1.rows ?? 0) }
    counts.plannedBytes = change.parts.reduce(0) { $0 + ($1.bytes ?? 0) }
    counts.openTasks = TaskGraph.count(parts: change.parts.count)
    let firstID = try next("task", count: counts.openTasks)
    try TaskGraph.insert(
      run: run, table: table, parts: change.parts, gathers: change.gathers, firstID: firstID, maxAttempts: maxAttempts,
      self)
    return counts
  }

  /// Brings the state's parts to the plan's layout.
  ///
  /// - Returns: the table's id in the state; nil when the table is forgotten.
  private func layOut(_ change: TableChange, key: TableKey, submission: Submission, run: Int) throws -> Int? {
    let known = try tableState(key)
    if change.action == .forget {
      if let known { try removeTable(known.id) }
      return nil
    }
    guard let source = change.sourceTable else {
      throw StoreError(.invalid, "the plan does not describe the source table \(change.source)")
    }
    let id = try known?.id ?? next("table_state")
    let layout = try PartLayout(
      change: change, known: try known.map { try placedParts($0.id) } ?? [], run: run)
    try apply(layout, table: id)
    let watermark = change.action == .create || change.action == .reload ? nil : known?.watermark
    try put(
      into: "table_states", key: [("id", SQLValue(id))],
      values: [
        ("workflow", .text(submission.plan.workflow)), ("source_server", .text(key.sourceServer)),
        ("source_name", .text(try StoredName.text(key.source))), ("target_server", .text(key.targetServer)),
        ("target_name", .text(try StoredName.text(key.target))),
        ("source_fingerprint", .text(change.sourceFingerprint)), ("source_table", .text(try JSONText.encode(source))),
        ("configuration_fingerprint", .text(change.configurationFingerprint)),
        ("partition_key", SQLValue(try change.key.map { try JSONText.encode($0) })),
        ("addressing", .text(change.addressing.rawValue)), ("watermark", SQLValue(watermark)),
        ("next_watermark", SQLValue(try change.watermark.map { try JSONText.encode($0) })),
        ("last_part", SQLValue(max(known?.lastPart ?? 0, change.parts.map(\.part.id).max() ?? 0))),
        ("run", SQLValue(run)),
      ])
    return id
  }
}
