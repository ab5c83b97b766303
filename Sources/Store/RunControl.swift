import Catalogs
import Faults
import SQL

extension Store {
  /// Stops giving out the run's tasks; those that run are told by their next heartbeat. Whoever pauses a run decides when
  /// it goes on: it loses its time limit.
  package func pause(run id: Int, now: Milliseconds) throws -> Run {
    try write { connection in
      let run = try connection.run(id)
      guard run.state != .paused else { return run }
      guard !run.isEnded, run.state != .cancelled else { throw StoreError.wrongState(run, "paused") }
      try connection.execute(
        "UPDATE runs SET state = 'paused', paused_since = ?, stop_at = NULL WHERE id = ?",
        [SQLValue(now), SQLValue(id)])
      return try connection.run(id)
    }
  }

  /// Gives out the run's tasks again.
  ///
  /// - Parameter stopAt: when it begins no further part, in place of what was said before; nil for no limit.
  package func resume(run id: Int, stopAt: Milliseconds? = nil, now: Milliseconds) throws -> Run {
    try write { connection in
      let run = try connection.run(id)
      if run.state == .executing || run.state == .pending {
        if run.stopAt == stopAt { return run }
        try connection.execute("UPDATE runs SET stop_at = ? WHERE id = ?", [SQLValue(stopAt), SQLValue(id)])
        return try connection.run(id)
      }
      guard run.state == .paused, !run.isEnded else { throw StoreError.wrongState(run, "resumed") }
      let state: RunState = run.started == nil ? .pending : .executing
      // Time before the first claim is no work, so a pause in it takes nothing off.
      let pause = run.started == nil ? 0 : max(0, now &- (run.pausedSince ?? now))
      try connection.execute(
        """
        UPDATE runs SET state = ?, paused_since = NULL, paused_total = paused_total + ?, stop_at = ? WHERE id = ?
        """, [.text(state.rawValue), SQLValue(pause), SQLValue(stopAt), SQLValue(id)])
      return try connection.run(id)
    }
  }

  /// Ends a run for good, as soon as its running tasks have stopped; what is loaded stays loaded.
  package func cancel(run id: Int, now: Milliseconds) throws -> Run {
    try write { connection in
      let run = try connection.run(id)
      guard run.state != .cancelled else { return run }
      guard !run.isEnded else { throw StoreError.wrongState(run, "cancelled") }
      try connection.execute("UPDATE runs SET state = 'cancelled' WHERE id = ?", [SQLValue(id)])
      let waiting = "state IN ('pending', 'available', 'scheduled', 'retryable')"
      for row in try connection.taskCounts(run: id, where: waiting) {
        try connection.count(run: id, table: row.table, [("open_tasks", -row.tasks)])
      }
      try connection.execute(
        "UPDATE tasks SET state = 'cancelled' WHERE run = ? AND \(waiting)", [SQLValue(id)])
      let after = try connection.run(id)
      if after.counts.openTasks == 0 { try connection.end(run: after, now: now) }
      return try connection.run(id)
    }
  }

  /// Opens what failed or was cancelled in an ended run again; what is complete stays so.
  ///
  /// - Throws: ``StoreError`` with code `wrongRunState` when there is nothing to do again, `laterRun` when a later run
  ///   worked on one of its tables, `tableInUse` when one works on a target of it now.
  package func retry(run id: Int, now: Milliseconds) throws -> Run {
    try write { connection in
      let run = try connection.run(id)
      guard run.isEnded else { throw StoreError.wrongState(run, "retried") }
      let over = "state IN ('discarded', 'cancelled')"
      let tables = try connection.taskCounts(run: id, where: over)
      guard !tables.isEmpty else {
        throw StoreError(.wrongRunState, "run \(id) is \(run.state.rawValue): it has nothing to do again")
      }
      try connection.checkNothingCameLater(than: run)
      for row in tables { try connection.count(run: id, table: row.table, [("open_tasks", row.tasks)]) }
      try connection.execute(
        "UPDATE run_tables SET failed_parts = 0, discarded_tasks = 0 WHERE run = ?", [SQLValue(id)])
      try connection.execute(
        """
        UPDATE tasks SET state = CASE WHEN waiting > 0 THEN 'pending' ELSE 'available' END, failures = 0,
        scheduled_at = 0, owner = NULL, lease_until = NULL, progress_rows = 0, progress_bytes = 0
        WHERE run = ? AND \(over)
        """, [SQLValue(id)])
      let state: RunState = run.started == nil ? .pending : .executing
      let idle = run.started == nil ? 0 : max(0, now &- (run.ended ?? now))
      try connection.execute(
        """
        UPDATE runs SET state = ?, ended = NULL, paused_total = paused_total + ?, stop_at = NULL, failed_parts = 0,
        discarded_tasks = 0 WHERE id = ?
        """, [.text(state.rawValue), SQLValue(idle), SQLValue(id)])
      try connection.bumpSerial(of: run.workflow, now: now)
      return try connection.run(id)
    }
  }

  /// Ends a run whose tasks are all at an end.
  ///
  /// - Returns: the run as it ended; nil when tasks are open, or the run had ended before.
  package func finishRunIfDone(_ id: Int, now: Milliseconds) throws -> Run? {
    let isDone = { (run: Run) in !run.isEnded && run.counts.openTasks <= 0 }
    guard isDone(try run(id)) else { return nil }
    try FaultPoint.reach(.runBeforeEnd)
    let ended: Run? = try write { connection in
      let run = try connection.run(id)
      guard isDone(run) else { return nil }
      try connection.end(run: run, now: now)
      return try connection.run(id)
    }
    try FaultPoint.reach(.runAfterEnd)
    if let ended { try prune(workflow: ended.workflow) }
    return ended
  }

  /// Ends every run whose tasks are all at an end, also those that an engine left behind when it died.
  package func finishDoneRuns(now: Milliseconds) throws -> [Run] {
    let ids = try read { connection in
      try connection.query("SELECT id FROM runs WHERE ended IS NULL AND open_tasks <= 0 ORDER BY id")
        .map { try $0.int("id") }
    }
    return try ids.compactMap { try finishRunIfDone($0, now: now) }
  }
}

extension StoreError {
  fileprivate static func wrongState(_ run: Run, _ wish: String) -> StoreError {
    let state = run.isEnded || run.state == .cancelled ? run.state.rawValue : "not at its end"
    return StoreError(.wrongRunState, "run \(run.id) is \(state) and cannot be \(wish)")
  }
}

extension SQLConnection {
  fileprivate func taskCounts(run: Int, where condition: String) throws -> [(table: Int, tasks: Int)] {
    try query(
      "SELECT table_index, COUNT(*) AS tasks FROM tasks WHERE run = ? AND \(condition) GROUP BY table_index",
      [SQLValue(run)]
    ).map { (try $0.int("table_index"), try $0.int("tasks")) }
  }

  fileprivate func checkNothingCameLater(than run: Run) throws {
    let tables = try query(
      """
      SELECT run_tables.target_name AS target_name, table_states.run AS latest FROM run_tables
      LEFT JOIN table_states ON table_states.id = run_tables.table_state
      WHERE run_tables.run = ? AND action <> 'forget'
      """, [SQLValue(run.id)])
    var targets: [ObjectName] = []
    for row in tables {
      let target = try StoredName.read(try row.text("target_name"))
      let latest = try row.optionalInt("latest")
      guard latest == run.id else {
        let change = latest.map { "run \($0) worked on \(target) since" } ?? "\(target) is no longer in the state"
        throw StoreError(
          .laterRun, "run \(run.id) cannot be retried: \(change)", advice: "Make a new plan: scmplan plan")
      }
      targets.append(target)
    }
    let server = try first("SELECT target_server FROM runs WHERE id = ?", [SQLValue(run.id)])?.text("target_server")
    try checkTargets(targets, server: server ?? "")
  }

  /// Gives a run its end state; the workflow's serial grows, and the rates learn from it.
  func end(run: Run, now: Milliseconds) throws {
    var state = run.state
    if state != .cancelled {
      let finished = try first(
        "SELECT COUNT(*) AS tables FROM run_tables WHERE run = ? AND finished = 1", [SQLValue(run.id)])?.int("tables")
      let achieved = run.counts.loadedParts > 0 || (finished ?? 0) > 0
      state = run.counts.discardedTasks == 0 ? .completed : achieved ? .completedWithErrors : .failed
    }
    let pause = run.pausedSince.map { max(0, now &- $0) } ?? 0
    try execute(
      "UPDATE runs SET state = ?, ended = ?, paused_since = NULL, paused_total = paused_total + ? WHERE id = ?",
      [.text(state.rawValue), SQLValue(now), SQLValue(pause), SQLValue(run.id)])
    try bumpSerial(of: run.workflow, now: now)
    try learnRate(of: try self.run(run.id), now: now)
  }
}
