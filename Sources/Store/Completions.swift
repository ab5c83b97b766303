import Faults
import Plans
import SQL

extension Store {
  /// Ends a task well, makes what waits for it available, and brings the state up to date, in one transaction.
  ///
  /// - Returns: whether the caller still held the task; when not, nothing was changed.
  package func complete(_ completion: TaskCompletion, owner: String, now: Milliseconds) throws -> Bool {
    try complete([completion], owner: owner, now: now).isEmpty
  }

  /// Completes several tasks in one transaction.
  ///
  /// - Returns: the tasks that the caller no longer held.
  package func complete(_ completions: [TaskCompletion], owner: String, now: Milliseconds) throws -> Set<Int> {
    try write { connection in
      var lost: Set<Int> = []
      for completion in completions {
        if try !connection.complete(completion, owner: owner, now: now) { lost.insert(completion.task) }
      }
      return lost
    }
  }
}

extension SQLConnection {
  fileprivate func complete(_ completion: TaskCompletion, owner: String, now: Milliseconds) throws -> Bool {
    guard let task = try held(task: completion.task, attempt: completion.attempt, owner: owner) else { return false }
    guard task.kind == completion.result.kind else {
      throw StoreError(
        .invalid, "task \(task.id) is to \(task.kind.rawValue), not to \(completion.result.kind.rawValue)")
    }
    var staged: String?
    if case .extracted(let part) = completion.result { staged = try JSONText.encode(part) }
    let changed = try execute(
      """
      UPDATE tasks SET state = 'completed', lease_until = NULL, result = ?, error_code = NULL, error_message = NULL
      WHERE id = ? AND owner = ? AND attempt = ? AND state = 'running'
      """, [SQLValue(staged), SQLValue(task.id), .text(owner), SQLValue(completion.attempt)])
    guard changed == 1 else { return false }

    var rows: Int?
    var bytes: Int?
    var changes: [(counter: String, by: Int)] = [("open_tasks", -1)]
    switch completion.result {
    case .prepared:
      try execute(
        "UPDATE run_tables SET prepared = 1 WHERE run = ? AND table_index = ?",
        [SQLValue(task.run), SQLValue(task.table)])
    case .extracted(let part):
      (rows, bytes) = (part.rows, part.bytes)
      changes += [("extracted_parts", 1), ("extracted_rows", part.rows), ("extracted_bytes", part.bytes)]
      if let digest = part.digest { try expect(digest, of: task) }
    case .loaded(let loaded, let deleted):
      rows = loaded
      changes += [("loaded_parts", 1), ("loaded_rows", loaded), ("deleted_rows", deleted)]
      try keep(task, rows: loaded, deleted: deleted)
    case .finished:
      try execute(
        "UPDATE run_tables SET finished = 1 WHERE run = ? AND table_index = ?",
        [SQLValue(task.run), SQLValue(task.table)])
      try keepRebuilt(task)
      try mergeWindows(run: task.run, table: task.table)
    }
    try end(task: task.id, attempt: completion.attempt, .completed, now: now, rows: rows, bytes: bytes)
    try TaskGraph.completed(task, input: staged, self)
    try count(run: task.run, table: task.table, changes)
    return true
  }

  /// Sets the digest that a part will have once it is in the target, where its plan was made without one.
  private func expect(_ digest: RowDigest, of task: TaskRow) throws {
    try execute(
      """
      UPDATE part_states SET next_digest = ?
      WHERE table_state = (SELECT table_state FROM run_tables WHERE run = ? AND table_index = ?)
      AND part = ? AND run = ?
      """,
      [
        .text(digest.description), SQLValue(task.run), SQLValue(task.table), SQLValue(task.part), SQLValue(task.run),
      ])
  }

  /// Remembers a part that is in the target, unless another run has taken it on since. A part of a table that is built
  /// anew is not in the target before the table takes the old one's place: until then only its rows are kept.
  private func keep(_ task: TaskRow, rows: Int, deleted: Int) throws {
    let isRebuilt = try isRebuilt(task)
    try execute(
      """
      UPDATE part_states SET \(isRebuilt ? "" : "digest = next_digest, next_digest = NULL, loaded_by = run,")
      row_count = CASE WHEN appended = 1 THEN CAST(? AS BIGINT) ELSE CAST(? AS BIGINT) END
      WHERE table_state = (SELECT table_state FROM run_tables WHERE run = ? AND table_index = ?)
      AND part = ? AND run = ?
      """,
      [
        SQLValue(rows - deleted), SQLValue(rows), SQLValue(task.run), SQLValue(task.table), SQLValue(task.part),
        SQLValue(task.run),
      ])
  }

  /// Remembers all parts of a table that was built anew and has taken the old one's place.
  private func keepRebuilt(_ task: TaskRow) throws {
    guard try isRebuilt(task) else { return }
    try execute(
      """
      UPDATE part_states SET digest = next_digest, next_digest = NULL, loaded_by = run
      WHERE table_state = (SELECT table_state FROM run_tables WHERE run = ? AND table_index = ?)
      AND run = ? AND loaded_by IS NULL
      """, [SQLValue(task.run), SQLValue(task.table), SQLValue(task.run)])
  }

  private func isRebuilt(_ task: TaskRow) throws -> Bool {
    try first(
      """
      SELECT addressing FROM run_tables JOIN table_states ON table_states.id = run_tables.table_state
      WHERE run_tables.run = ? AND table_index = ?
      """, [SQLValue(task.run), SQLValue(task.table)])?.text("addressing") == Addressing.rebuild.rawValue
  }

  /// Moves the watermark to where the plan said, once every window is in; their rows then belong to the parts they
  /// fell into. While one window is missing, all stay as they are: the next plan moves the missing ones alone.
  private func mergeWindows(run: Int, table: Int) throws {
    guard
      let row = try first(
        """
        SELECT table_states.id AS id, next_watermark FROM run_tables
        JOIN table_states ON table_states.id = run_tables.table_state AND table_states.run = run_tables.run
        WHERE run_tables.run = ? AND table_index = ?
        """, [SQLValue(run), SQLValue(table)])
    else { return }
    let id = try row.value("id")
    let missing = try first(
      """
      SELECT COUNT(*) AS missing FROM part_states WHERE table_state = ? AND window_bounds IS NOT NULL
      AND loaded_by IS NULL
      """, [id])?.int("missing")
    guard missing == 0 else { return }
    try fold(table: id)
    try execute("UPDATE part_states SET window_bounds = NULL WHERE table_state = ? AND window_bounds IS NOT NULL", [id])
    try execute(
      "UPDATE table_states SET watermark = next_watermark, next_watermark = NULL WHERE id = ?", [id])
  }

  /// Adds appended rows to the part of the same range, or to the last part where there is none.
  private func fold(table: SQLValue) throws {
    let windows = try query(
      "SELECT bounds, CAST(SUM(row_count) AS BIGINT) AS added FROM part_states WHERE table_state = ? AND appended = 1 GROUP BY bounds",
      [table])
    guard !windows.isEmpty else { return }
    let hasParts =
      try first("SELECT part FROM part_states WHERE table_state = ? AND appended = 0 LIMIT 1", [table]) != nil
    if !hasParts {
      // The table was empty when it was first loaded: its first window becomes its first part.
      try execute(
        """
        UPDATE part_states SET appended = 0, row_count = 0 WHERE table_state = ?
        AND part = (SELECT MIN(part) FROM part_states WHERE table_state = ?)
        """, [table, table])
    }
    for window in windows {
      let added = try window.value("added")
      let matched = try execute(
        """
        UPDATE part_states SET row_count = row_count + ?, digest = NULL
        WHERE table_state = ? AND appended = 0 AND bounds = ?
        """, [added, table, try window.value("bounds")])
      guard matched == 0 else { continue }
      try execute(
        """
        UPDATE part_states SET row_count = row_count + ?, digest = NULL WHERE table_state = ? AND appended = 0
        AND part = (SELECT MAX(part) FROM part_states WHERE table_state = ? AND appended = 0)
        """, [added, table, table])
    }
    try execute("DELETE FROM part_states WHERE table_state = ? AND appended = 1", [table])
  }
}
