import Plans
import SQL

/// Which task waits for which: a table's prepare comes first, each part's extract before its load, and finish last. In a
/// table that gathers, each load waits for all the extracts: it has one more to wait for, the last of them. Where rows that
/// left the source are removed, each load waits for all the removals: their keys must not be older than what is in the
/// target. That is one more to wait for, the last of them.
///
/// The rule is here and nowhere else. A task knows how many it waits for; one that completes counts down those that
/// wait
/// for it, in the same transaction and at a cost that does not grow with the run (a prepare opens all its table's
/// extracts
/// with one statement).
enum TaskGraph {
  static let columns = [
    "id", "run", "table_index", "kind", "part", "state", "waiting", "next_task", "attempt", "failures", "max_attempts",
    "priority", "scheduled_at", "row_count", "byte_count", "progress_rows", "progress_bytes",
  ]

  /// How many tasks a table with this many parts has.
  static func count(parts: Int) -> Int { 2 * parts + 2 }

  /// A part's extract has the number before its load's.
  static func extract(ofLoad load: Int) -> Int { load &- 1 }

  /// Inserts a table's tasks, with ids from `firstID` on.
  static func insert(
    run: Int, table: Int, parts: [PartChange], gathers: Bool, firstID: Int, maxAttempts: Int,
    _ connection: any SQLConnection
  ) throws {
    let finish = firstID &+ 1
    let hasRemovals = parts.contains { $0.method == .remove }
    func row(_ id: Int, _ kind: TaskKind, part: PartChange? = nil, waiting: Int, next: Int?) -> [SQLValue] {
      let state: TaskState = waiting == 0 ? .available : .pending
      return [
        SQLValue(id), SQLValue(run), SQLValue(table), .text(kind.rawValue), SQLValue(part?.part.id),
        .text(state.rawValue), SQLValue(waiting), SQLValue(next), 0, 0, SQLValue(maxAttempts), 0, 0,
        SQLValue(part?.method == .remove ? nil : part?.rows), SQLValue(part?.bytes), 0, 0,
      ]
    }
    // Without parts, finish waits for prepare itself.
    let ends = [
      row(firstID, .prepare, waiting: 0, next: parts.isEmpty ? finish : nil),
      row(finish, .finish, waiting: max(parts.count, 1), next: nil),
    ]
    try connection.insert(into: "tasks", columns: columns, rows: ends)
    for slice in parts.chunks {
      let rows = slice.indices.flatMap { index in
        let extract = finish &+ 1 &+ 2 * index
        let removes = slice[index].method == .remove
        let waiting = 1 + (gathers ? 1 : 0) + (hasRemovals && !removes ? 1 : 0)
        return [
          row(extract, .extract, part: slice[index], waiting: 1, next: extract &+ 1),
          row(extract &+ 1, removes ? .remove : .load, part: slice[index], waiting: waiting, next: finish),
        ]
      }
      try connection.insert(into: "tasks", columns: columns, rows: rows)
    }
  }

  /// Counts down what waits for a task that is complete; what waits for nothing more becomes available.
  static func completed(_ task: TaskRow, input: String?, _ connection: any SQLConnection) throws {
    if task.kind == .prepare {
      try connection.execute(
        "UPDATE tasks SET \(step) WHERE run = ? AND table_index = ? AND kind = 'extract'",
        [SQLValue(task.run), SQLValue(task.table)])
    }
    if task.kind == .remove { try removed(task, connection) }
    guard let next = task.next else { return }
    if let input {
      try connection.execute(
        "UPDATE tasks SET input = ?, staged_attempt = attempt, \(step) WHERE id = ?", [.text(input), SQLValue(next)])
    } else {
      try connection.execute("UPDATE tasks SET \(step) WHERE id = ?", [SQLValue(next)])
    }
  }

  private static let step = """
    waiting = waiting - 1,
    state = CASE WHEN waiting = 1 AND state = 'pending' THEN 'available' ELSE state END
    """

  /// Counts down a table's loads once the last of its removals is complete.
  private static func removed(_ task: TaskRow, _ connection: any SQLConnection) throws {
    let table = [SQLValue(task.run), SQLValue(task.table)]
    let left = try connection.first(
      "SELECT id FROM tasks WHERE run = ? AND table_index = ? AND kind = 'remove' AND state <> 'completed' LIMIT 1",
      table)
    guard left == nil else { return }
    try connection.execute("UPDATE tasks SET \(step) WHERE run = ? AND table_index = ? AND kind = 'load'", table)
  }

  /// Counts down a table's loads and removals: all its parts are extracted.
  static func gathered(run: Int, table: Int, _ connection: any SQLConnection) throws {
    try connection.execute(
      "UPDATE tasks SET \(step) WHERE run = ? AND table_index = ? AND kind IN ('load', 'remove')",
      [SQLValue(run), SQLValue(table)])
  }

  /// Cancels what can never run because a task was discarded.
  ///
  /// - Returns: how many tasks were cancelled.
  static func discarded(_ task: TaskRow, _ connection: any SQLConnection) throws -> Int {
    if task.kind == .prepare {
      return try connection.execute(
        "UPDATE tasks SET state = 'cancelled' WHERE run = ? AND table_index = ? AND state = 'pending'",
        [SQLValue(task.run), SQLValue(task.table)])
    }
    let isAllOrNothing = try task.kind == .extract && connection.gathering(task)?.gathers == true
    if try isAllOrNothing || isRemoval(task, connection) {
      // All of the table or nothing: what was not begun is not begun any more. Nothing comes in after a removal that failed.
      return try connection.execute(
        """
        UPDATE tasks SET state = 'cancelled' WHERE run = ? AND table_index = ?
        AND state IN ('pending', 'available', 'retryable')
        """, [SQLValue(task.run), SQLValue(task.table)])
    }
    var cancelled = 0
    var next = task.next
    // An extract has a load and a finish behind it, a load only the finish.
    for _ in 0..<2 {
      guard let id = next else { break }
      cancelled += try connection.execute(
        "UPDATE tasks SET state = 'cancelled' WHERE id = ? AND state = 'pending'", [SQLValue(id)])
      next = try connection.first("SELECT next_task FROM tasks WHERE id = ?", [SQLValue(id)])?.optionalInt("next_task")
    }
    return cancelled
  }
}

extension TaskGraph {
  /// Whether the task is a removal or extracts the keys for one.
  private static func isRemoval(_ task: TaskRow, _ connection: any SQLConnection) throws -> Bool {
    guard task.kind == .extract, let next = task.next else { return task.kind == .remove }
    return try connection.first("SELECT kind FROM tasks WHERE id = ?", [SQLValue(next)])?.text("kind")
      == TaskKind.remove.rawValue
  }
}

/// What completing, failing or giving back a task needs to know of it.
struct TaskRow {
  var id: Int
  var run: Int
  var table: Int
  var kind: TaskKind
  var part: Int?
  var next: Int?
  var failures: Int
  var maxAttempts: Int
  var rows: Int?

  init(_ row: SQLRow) throws {
    id = try row.int("id")
    run = try row.int("run")
    table = try row.int("table_index")
    let text = try row.text("kind")
    guard let kind = TaskKind(rawValue: text) else { throw StoreError.damaged("no task kind is called \(text)") }
    self.kind = kind
    part = try row.optionalInt("part")
    next = try row.optionalInt("next_task")
    failures = try row.int("failures")
    maxAttempts = try row.int("max_attempts")
    rows = try row.optionalInt("row_count")
  }

  static let columns = "id, run, table_index, kind, part, next_task, failures, max_attempts, row_count"
}

extension SQLConnection {
  /// The task, when this owner still runs this attempt of it.
  func held(task: Int, attempt: Int, owner: String) throws -> TaskRow? {
    try first(
      "SELECT \(TaskRow.columns) FROM tasks WHERE id = ? AND owner = ? AND attempt = ? AND state = 'running'",
      [SQLValue(task), .text(owner), SQLValue(attempt)]
    ).map(TaskRow.init)
  }

  /// Writes down how an attempt ended.
  func end(
    task: Int, attempt: Int, _ outcome: AttemptOutcome, now: Milliseconds, rows: Int? = nil, bytes: Int? = nil,
    failure: TaskFailure? = nil
  ) throws {
    try execute(
      """
      UPDATE attempts SET ended = ?, outcome = ?, row_count = ?, byte_count = ?, error_code = ?, error_message = ?
      WHERE task = ? AND attempt = ?
      """,
      [
        SQLValue(now), .text(outcome.rawValue), SQLValue(rows), SQLValue(bytes), SQLValue(failure?.code),
        SQLValue(failure?.message), SQLValue(task), SQLValue(attempt),
      ])
  }
}
