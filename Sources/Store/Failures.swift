import Plans
import SQL

extension Store {
  /// Ends an attempt with an error; the error is kept whatever becomes of the task.
  ///
  /// A transient error is tried again until the task's attempts are used up, or for as long as it costs none. A task that
  /// fails for good takes along only what depends on it.
  ///
  /// - Parameters:
  ///   - retryAt: not to be tried again before this moment.
  package func fail(
    task: Int, attempt: Int, owner: String, failure: TaskFailure, retryAt: Milliseconds, now: Milliseconds
  ) throws -> TaskFate {
    try write(.normal) { connection in
      guard let row = try connection.held(task: task, attempt: attempt, owner: owner) else { return .lost }
      try connection.end(task: task, attempt: attempt, .failed, now: now, failure: failure)
      return try connection.settle(row, failure: failure, retryAt: retryAt)
    }
  }

  /// Gives a task back unfinished, which costs it no attempt: the run is paused or cancelled, or the engine stops.
  package func release(task: Int, attempt: Int, owner: String, now: Milliseconds) throws -> TaskFate {
    try write(.normal) { connection in
      guard let row = try connection.held(task: task, attempt: attempt, owner: owner) else { return .lost }
      try connection.end(task: task, attempt: attempt, .released, now: now)
      return try connection.putBack(row, now: now)
    }
  }

  /// Takes back tasks whose lease ran out or whose owner is known to be gone; they cost no attempt, so that a machine
  /// that is killed again and again loses no part.
  ///
  /// - Returns: the tasks, each with the owner that had it.
  package func rescue(now: Milliseconds, deadOwners: Set<String> = []) throws -> [RescuedTask] {
    let find = { (connection: any SQLConnection) in
      try connection.query(
        """
        SELECT \(TaskRow.columns), attempt, owner, lease_until FROM tasks
        WHERE state = 'running' AND run IN (SELECT id FROM runs WHERE ended IS NULL)
        """
      ).filter { row in
        guard let until = try row.optionalInt("lease_until"), let owner = try row.optionalText("owner") else {
          return true
        }
        return until <= now || deadOwners.contains(owner)
      }
    }
    guard try !read({ try find($0) }).isEmpty else { return [] }
    return try write(.normal) { connection in
      try find(connection).map { found in
        let row = try TaskRow(found)
        let attempt = try found.int("attempt")
        try connection.end(task: row.id, attempt: attempt, .rescued, now: now)
        _ = try connection.putBack(row, now: now)
        return RescuedTask(
          task: row.id, run: row.run, kind: row.kind, attempt: attempt, owner: try found.optionalText("owner") ?? "")
      }
    }
  }

  /// Sends a load back to its part's extraction, because the staged files are gone or damaged; counts as a failed
  /// attempt.
  package func restage(
    task: Int, attempt: Int, owner: String, failure: TaskFailure, now: Milliseconds
  ) throws -> TaskFate {
    try write(.normal) { connection in
      guard let row = try connection.held(task: task, attempt: attempt, owner: owner) else { return .lost }
      guard row.kind == .load || row.kind == .remove else {
        throw StoreError(.invalid, "task \(task) is no load")
      }
      try connection.end(task: task, attempt: attempt, .failed, now: now, failure: failure)
      let state = try connection.run(row.run).state
      guard state != .cancelled, row.failures &+ 1 < row.maxAttempts else {
        let final = TaskFailure(code: failure.code, message: failure.message, isTransient: false)
        return try connection.settle(row, failure: final, retryAt: now)
      }
      try connection.reopenExtract(of: row, failure: failure)
      return .retry(at: now)
    }
  }
}

/// A task that was taken back from its owner.
package struct RescuedTask: Hashable, Sendable {
  package var task: Int
  package var run: Int
  package var kind: TaskKind
  package var attempt: Int
  package var owner: String
}

extension SQLConnection {
  /// Decides what becomes of a task whose attempt failed.
  fileprivate func settle(_ task: TaskRow, failure: TaskFailure, retryAt: Milliseconds) throws -> TaskFate {
    let isCancelled = try run(task.run).state == .cancelled
    let failures = task.failures &+ (failure.costsAttempt ? 1 : 0)
    let isOver = !failure.isTransient || failures >= task.maxAttempts
    let state: TaskState = isCancelled ? .cancelled : isOver ? .discarded : .retryable
    try execute(
      """
      UPDATE tasks SET state = ?, failures = ?, scheduled_at = ?, lease_until = NULL, error_code = ?,
      error_message = ?, progress_rows = 0, progress_bytes = 0 WHERE id = ?
      """,
      [
        .text(state.rawValue), SQLValue(failures), SQLValue(retryAt), .text(failure.code), .text(failure.message),
        SQLValue(task.id),
      ])
    switch state {
    case .cancelled:
      try count(run: task.run, table: task.table, [("open_tasks", -1)])
      return .cancelled
    case .discarded:
      let cancelled = try TaskGraph.discarded(task, self)
      var changes: [(counter: String, by: Int)] = [("open_tasks", -1 - cancelled), ("discarded_tasks", 1)]
      if task.part != nil { changes.append(("failed_parts", 1)) }
      try count(run: task.run, table: task.table, changes)
      return .discarded
    default:
      return .retry(at: retryAt)
    }
  }

  /// Makes a running task available again, or cancels it when its run is.
  @discardableResult
  func putBack(_ task: TaskRow, now: Milliseconds) throws -> TaskFate {
    let isCancelled = try run(task.run).state == .cancelled
    let state: TaskState = isCancelled ? .cancelled : .available
    try execute(
      """
      UPDATE tasks SET state = ?, scheduled_at = 0, owner = NULL, lease_until = NULL, progress_rows = 0,
      progress_bytes = 0 WHERE id = ?
      """, [.text(state.rawValue), SQLValue(task.id)])
    guard isCancelled else { return .retry(at: now) }
    try count(run: task.run, table: task.table, [("open_tasks", -1)])
    return .cancelled
  }

  fileprivate func reopenExtract(of load: TaskRow, failure: TaskFailure) throws {
    let extract = TaskGraph.extract(ofLoad: load.id)
    guard
      let row = try first(
        "SELECT result FROM tasks WHERE id = ? AND next_task = ? AND state = 'completed'",
        [SQLValue(extract), SQLValue(load.id)]),
      let staged = try JSONText.decodeIfPresent(StagedPart.self, try row.optionalText("result"))
    else { throw StoreError.damaged("task \(load.id) has no extraction") }
    try reopen(extract: extract)
    try execute(
      """
      UPDATE tasks SET state = 'pending', waiting = 1, failures = failures + 1, owner = NULL, lease_until = NULL,
      input = NULL, error_code = ?, error_message = ? WHERE id = ?
      """, [.text(failure.code), .text(failure.message), SQLValue(load.id)])
    try uncount(staged, run: load.run, table: load.table)
  }

  /// Makes a completed extraction available again.
  func reopen(extract: Int) throws {
    try execute(
      """
      UPDATE tasks SET state = 'available', scheduled_at = 0, owner = NULL, result = NULL, snapshot = NULL,
      progress_rows = 0, progress_bytes = 0 WHERE id = ?
      """, [SQLValue(extract)])
  }

  /// Takes an extraction that is to be made again out of the counters.
  func uncount(_ staged: StagedPart, run: Int, table: Int) throws {
    try count(
      run: run, table: table,
      [
        ("open_tasks", 1), ("extracted_parts", -1), ("extracted_rows", -staged.movedRows),
        ("extracted_bytes", -staged.bytes),
      ])
  }
}
