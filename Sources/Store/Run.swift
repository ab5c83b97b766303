import SQL

/// One execution of a plan.
package struct Run: Hashable, Codable, Sendable {
  package var id: Int
  package var workflow: String
  /// The identity of the run's plan.
  package var plan: String
  package var state: RunState
  package var affinity: String?
  package var created: Milliseconds
  /// When the first task was claimed.
  package var started: Milliseconds?
  /// Nil while any task may still run; a cancelled run ends when its last running task has stopped.
  package var ended: Milliseconds?
  /// Set while the run is paused.
  package var pausedSince: Milliseconds?
  /// Milliseconds that the run was paused for before.
  package var pausedTotal: Int
  /// No further part is begun from this moment on; kept by a run that it paused, and nil without a limit.
  package var stopAt: Milliseconds?
  package var counts: RunCounts

  package var isEnded: Bool { ended != nil }

  /// Milliseconds that the run has been at work, pauses left out.
  package func worked(now: Milliseconds) -> Int {
    guard let started else { return 0 }
    let end = ended ?? pausedSince ?? now
    // A damaged state may hold any number, and must not end the process.
    return max(0, end &- started &- pausedTotal)
  }
}

/// Counts of a run, or of one table of a run.
package struct RunCounts: Hashable, Codable, Sendable {
  package var parts = 0
  package var extractedParts = 0
  package var loadedParts = 0
  /// Parts whose extraction or load was discarded.
  package var failedParts = 0
  /// Rows by the plan, where it knows them.
  package var plannedRows = 0
  package var plannedBytes = 0
  package var extractedRows = 0
  /// Bytes of staged files.
  package var extractedBytes = 0
  package var loadedRows = 0
  package var deletedRows = 0
  /// Rows that left the target because they left the source.
  package var removedRows = 0
  /// Tasks that are not at an end.
  package var openTasks = 0
  package var discardedTasks = 0

  package init() {}
}

extension RunCounts {
  init(_ row: SQLRow) throws {
    parts = try row.int("parts")
    extractedParts = try row.int("extracted_parts")
    loadedParts = try row.int("loaded_parts")
    failedParts = try row.int("failed_parts")
    plannedRows = try row.int("planned_rows")
    plannedBytes = try row.int("planned_bytes")
    extractedRows = try row.int("extracted_rows")
    extractedBytes = try row.int("extracted_bytes")
    loadedRows = try row.int("loaded_rows")
    deletedRows = try row.int("deleted_rows")
    removedRows = try row.int("removed_rows")
    openTasks = try row.int("open_tasks")
    discardedTasks = try row.int("discarded_tasks")
  }

  /// In the order of ``Schema/counters``.
  var values: [SQLValue] {
    [
      parts, extractedParts, loadedParts, failedParts, plannedRows, plannedBytes, extractedRows, extractedBytes,
      loadedRows, deletedRows, removedRows, openTasks, discardedTasks,
    ].map { SQLValue($0) }
  }
}

extension Run {
  init(_ row: SQLRow) throws {
    let text = try row.text("state")
    guard let state = RunState(rawValue: text) else { throw StoreError.damaged("no run state is called \(text)") }
    self.init(
      id: try row.int("id"), workflow: try row.text("workflow"), plan: try row.text("plan"), state: state,
      affinity: try row.optionalText("affinity"), created: try row.int("created"),
      started: try row.optionalInt("started"), ended: try row.optionalInt("ended"),
      pausedSince: try row.optionalInt("paused_since"), pausedTotal: try row.int("paused_total"),
      stopAt: try row.optionalInt("stop_at"), counts: try RunCounts(row))
  }
}

extension SQLConnection {
  /// - Throws: ``StoreError`` with code `unknownRun`.
  func run(_ id: Int) throws -> Run {
    guard let row = try first("SELECT * FROM runs WHERE id = ?", [SQLValue(id)]) else {
      throw StoreError.unknownRun(id)
    }
    return try Run(row)
  }

  /// Adds to counters of a run's table and of the run as a whole.
  func count(run: Int, table: Int, _ changes: [(counter: String, by: Int)]) throws {
    let assignments = changes.map { "\($0.counter) = \($0.counter) + ?" }.joined(separator: ", ")
    let values = changes.map { SQLValue($0.by) }
    try execute(
      "UPDATE run_tables SET \(assignments) WHERE run = ? AND table_index = ?",
      values + [SQLValue(run), SQLValue(table)])
    try execute("UPDATE runs SET \(assignments) WHERE id = ?", values + [SQLValue(run)])
  }
}
