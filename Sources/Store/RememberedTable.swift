import Plans
import SQL

/// The state's memory of the table that a task works on, as far as the task's run still has a say in it.
struct RememberedTable {
  var id: SQLValue
  var run: SQLValue
  /// The target is built beside the old table: no part is in the target before the new table takes the old one's place.
  var isRebuilt: Bool

  /// Sets the digest that a part will have once it is in the target, in place of its plan's; nil when it is not known.
  func expect(_ digest: RowDigest?, part: Int?, _ connection: any SQLConnection) throws {
    try connection.execute(
      "UPDATE part_states SET next_digest = ? WHERE table_state = ? AND part = ? AND run = ?",
      [SQLValue(digest?.description), id, SQLValue(part), run])
  }

  /// Remembers that a part is in the target, unless another run has taken it on since.
  func keep(part: Int?, rows: Int, deleted: Int, _ connection: any SQLConnection) throws {
    try connection.execute(
      """
      UPDATE part_states SET \(isRebuilt ? "" : "digest = next_digest, next_digest = NULL, loaded_by = run,")
      row_count = CASE WHEN appended = 1 THEN CAST(? AS BIGINT) ELSE CAST(? AS BIGINT) END
      WHERE table_state = ? AND part = ? AND run = ?
      """, [SQLValue(rows - deleted), SQLValue(rows), id, SQLValue(part), run])
  }

  /// Counts rows off that left the target: off the part that had them, and off others where that one does not have so many,
  /// as when a window's rows were counted elsewhere. The sum over the parts is right.
  func take(_ rows: Int, from part: Int?, _ connection: any SQLConnection) throws {
    var rest = rows
    let parts = try connection.query(
      "SELECT part, run, row_count FROM part_states WHERE table_state = ? AND row_count > 0 ORDER BY row_count DESC, part",
      [id]
    ).map { (part: try $0.int("part"), run: try $0.int("run"), rows: try $0.int("row_count")) }
    for held in parts.filter({ $0.part == part }) + parts.filter({ $0.part != part }) where rest > 0 {
      let taken = min(held.rows, rest)
      rest -= taken
      try connection.execute(
        "UPDATE part_states SET row_count = row_count - ? WHERE table_state = ? AND part = ? AND run = ?",
        [SQLValue(taken), id, SQLValue(held.part), SQLValue(held.run)])
    }
  }

  /// Remembers that the table is complete: all parts of a rebuilt one, and where the watermark stands.
  func finish(_ connection: any SQLConnection) throws {
    if isRebuilt {
      try connection.execute(
        """
        UPDATE part_states SET digest = next_digest, next_digest = NULL, loaded_by = run
        WHERE table_state = ? AND run = ? AND loaded_by IS NULL
        """, [id, run])
    }
    try mergeWindows(connection)
  }

  /// Moves the watermark to where the plan said, once every window is in; their rows then belong to the parts they
  /// fell into. While one window is missing, all stay as they are: the next plan moves the missing ones alone.
  private func mergeWindows(_ connection: any SQLConnection) throws {
    let missing = try connection.first(
      """
      SELECT COUNT(*) AS missing FROM part_states WHERE table_state = ? AND window_bounds IS NOT NULL
      AND loaded_by IS NULL
      """, [id])?.int("missing")
    guard missing == 0 else { return }
    try fold(connection)
    try connection.execute(
      "UPDATE part_states SET window_bounds = NULL WHERE table_state = ? AND window_bounds IS NOT NULL", [id])
    try connection.execute(
      "UPDATE table_states SET watermark = next_watermark, next_watermark = NULL WHERE id = ?", [id])
  }

  /// Adds appended rows to the part of the same range, or to the part with the highest id where there is none.
  private func fold(_ connection: any SQLConnection) throws {
    let windows = try connection.query(
      """
      SELECT bounds, CAST(SUM(row_count) AS BIGINT) AS added FROM part_states
      WHERE table_state = ? AND appended = 1 GROUP BY bounds
      """, [id])
    guard !windows.isEmpty else { return }
    for window in windows {
      let add = "UPDATE part_states SET row_count = row_count + ?, digest = NULL WHERE table_state = ? AND appended = 0"
      let added = try window.value("added")
      let matched = try connection.execute(add + " AND bounds = ?", [added, id, try window.value("bounds")])
      guard matched == 0 else { continue }
      try connection.execute(
        add + " AND part = (SELECT MAX(part) FROM part_states WHERE table_state = ? AND appended = 0)",
        [added, id, id])
    }
    try connection.execute("DELETE FROM part_states WHERE table_state = ? AND appended = 1", [id])
  }
}

extension SQLConnection {
  /// Nil when the table was forgotten, or a later run has taken it on.
  func remembered(_ task: TaskRow) throws -> RememberedTable? {
    let row = try first(
      """
      SELECT table_states.id AS id, addressing FROM run_tables
      JOIN table_states ON table_states.id = run_tables.table_state AND table_states.run = run_tables.run
      WHERE run_tables.run = ? AND table_index = ?
      """, [SQLValue(task.run), SQLValue(task.table)])
    guard let row else { return nil }
    return RememberedTable(
      id: try row.value("id"), run: SQLValue(task.run),
      isRebuilt: try row.text("addressing") == Addressing.rebuild.rawValue)
  }

  /// Whether this attempt at a load, or one before it, had the files that the part's digest tells of.
  ///
  /// None had when the part was extracted again since, or when a loss of power took back what the state knew of the
  /// attempts. The rows in the target may then be older than the digest, and only a missing one makes the next plan
  /// look
  /// at them.
  func wasStaged(forLoad load: Int, attempt: Int) throws -> Bool {
    try first(
      "SELECT id FROM tasks WHERE id = ? AND staged_attempt < ?", [SQLValue(load), SQLValue(attempt)]) != nil
  }
}
