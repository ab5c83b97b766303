package import Catalogs
package import Plans
import SQL

/// Where a run stands, from counters and the few tasks that are under way: cheap at any number of parts.
package struct RunProgress: Hashable, Sendable {
  package var run: Run
  /// In the order of the plan; tables with nothing to do are not in it.
  package var tables: [TableProgressSummary]
  package var running: [RunningTask]
  /// Those due soonest, a hundred at most.
  package var retrying: [RetryingTask]
}

/// One table of a run.
package struct TableProgressSummary: Hashable, Sendable {
  /// The table's place in the plan.
  package var index: Int
  package var source: ObjectName
  package var target: ObjectName
  package var action: Action
  package var isPrepared: Bool
  /// Every part is in and the target table is complete.
  package var isFinished: Bool
  package var counts: RunCounts
}

/// A task in somebody's hands.
package struct RunningTask: Hashable, Sendable {
  package var task: Int
  package var table: Int
  package var kind: TaskKind
  package var part: Int?
  package var attempt: Int
  package var failures: Int
  package var owner: String
  package var started: Milliseconds
  /// Rows and bytes so far, as of the owner's last heartbeat.
  package var rows: Int
  package var bytes: Int
}

/// A task that failed, to be tried again or not.
package struct RetryingTask: Hashable, Sendable {
  package var task: Int
  package var table: Int
  package var kind: TaskKind
  package var part: Int?
  package var failures: Int
  package var maxAttempts: Int
  /// Not before this moment; meaningless for a discarded task.
  package var next: Milliseconds
  package var errorCode: String
  package var error: String
}

/// One attempt at a task.
package struct AttemptRecord: Hashable, Codable, Sendable {
  package var attempt: Int
  package var owner: String
  package var started: Milliseconds
  package var ended: Milliseconds?
  /// Nil while it runs.
  package var outcome: AttemptOutcome?
  package var rows: Int?
  package var bytes: Int?
  package var errorCode: String?
  package var error: String?
}

extension Store {
  /// - Throws: ``StoreError`` with code `unknownRun`.
  package func run(_ id: Int) throws -> Run {
    try read { try $0.run(id) }
  }

  /// Newest first.
  package func runs(workflow: String? = nil, limit: Int = 100) throws -> [Run] {
    try read { connection in
      let condition = workflow == nil ? "" : "WHERE workflow = ?"
      let arguments = workflow.map { [SQLValue.text($0)] } ?? []
      return try connection.query(
        "SELECT * FROM runs \(condition) ORDER BY id DESC LIMIT ?", arguments + [SQLValue(limit)]
      ).map(Run.init)
    }
  }

  /// Runs of a workflow that ended before all was done: given up, or with parts that failed.
  package func unfinishedRuns(workflow: String) throws -> Set<Int> {
    try read { connection in
      Set(
        try connection.query(
          "SELECT id FROM runs WHERE workflow = ? AND ended IS NOT NULL AND state <> ?",
          [.text(workflow), .text(RunState.completed.rawValue)]
        ).map { try $0.int("id") })
    }
  }

  /// The plan of each run of a workflow, by its identity.
  package func runPlans(workflow: String) throws -> [Int: String] {
    try read { connection in
      let rows = try connection.query("SELECT id, plan FROM runs WHERE workflow = ?", [.text(workflow)])
      return Dictionary(try rows.map { (try $0.int("id"), try $0.text("plan")) }) { first, _ in first }
    }
  }

  /// Runs that are not at their end, oldest first.
  package func openRuns() throws -> [Run] {
    try read { try $0.query("SELECT * FROM runs WHERE ended IS NULL ORDER BY id").map(Run.init) }
  }

  package func progress(run id: Int) throws -> RunProgress {
    try read { connection in
      let run = try connection.run(id)
      let tables = try connection.query(
        "SELECT * FROM run_tables WHERE run = ? ORDER BY table_index", [SQLValue(id)]
      ).map(TableProgressSummary.init)
      guard !run.isEnded else { return RunProgress(run: run, tables: tables, running: [], retrying: []) }
      let running = try connection.query(
        """
        SELECT tasks.id AS id, table_index, kind, part, tasks.attempt AS attempt, failures, tasks.owner AS owner,
        started, progress_rows, progress_bytes FROM tasks
        JOIN attempts ON attempts.task = tasks.id AND attempts.attempt = tasks.attempt
        WHERE run = ? AND state = 'running' ORDER BY tasks.id
        """, [SQLValue(id)]
      ).map(RunningTask.init)
      let retrying = try connection.failed(run: id, state: .retryable, order: "scheduled_at", limit: 100)
      return RunProgress(run: run, tables: tables, running: running, retrying: retrying)
    }
  }

  /// Tasks of a run that failed for good, with their last error, in the order of the plan.
  package func failures(run id: Int, limit: Int = 1000) throws -> [RetryingTask] {
    try read { connection in
      _ = try connection.run(id)
      return try connection.failed(run: id, state: .discarded, order: "id", limit: limit)
    }
  }

  /// Every attempt at a task, first to last.
  package func attempts(task: Int) throws -> [AttemptRecord] {
    try read { connection in
      try connection.query("SELECT * FROM attempts WHERE task = ? ORDER BY attempt", [SQLValue(task)])
        .map(AttemptRecord.init)
    }
  }
}

extension SQLConnection {
  fileprivate func failed(run: Int, state: TaskState, order: String, limit: Int) throws -> [RetryingTask] {
    try query(
      """
      SELECT id, table_index, kind, part, failures, max_attempts, scheduled_at, error_code, error_message FROM tasks
      WHERE run = ? AND state = ? ORDER BY \(order) LIMIT ?
      """, [SQLValue(run), .text(state.rawValue), SQLValue(limit)]
    ).map(RetryingTask.init)
  }
}

extension TaskKind {
  fileprivate init(_ row: SQLRow) throws {
    let text = try row.text("kind")
    guard let kind = TaskKind(rawValue: text) else { throw StoreError.damaged("no task kind is called \(text)") }
    self = kind
  }
}

extension TableProgressSummary {
  fileprivate init(_ row: SQLRow) throws {
    let text = try row.text("action")
    guard let action = Action(rawValue: text) else { throw StoreError.damaged("no action is called \(text)") }
    self.init(
      index: try row.int("table_index"), source: try StoredName.read(try row.text("source_name")),
      target: try StoredName.read(try row.text("target_name")), action: action,
      isPrepared: try row.bool("prepared"), isFinished: try row.bool("finished"), counts: try RunCounts(row))
  }
}

extension RunningTask {
  fileprivate init(_ row: SQLRow) throws {
    self.init(
      task: try row.int("id"), table: try row.int("table_index"), kind: try TaskKind(row),
      part: try row.optionalInt("part"), attempt: try row.int("attempt"), failures: try row.int("failures"),
      owner: try row.text("owner"), started: try row.int("started"), rows: try row.int("progress_rows"),
      bytes: try row.int("progress_bytes"))
  }
}

extension RetryingTask {
  fileprivate init(_ row: SQLRow) throws {
    self.init(
      task: try row.int("id"), table: try row.int("table_index"), kind: try TaskKind(row),
      part: try row.optionalInt("part"), failures: try row.int("failures"), maxAttempts: try row.int("max_attempts"),
      next: try row.int("scheduled_at"), errorCode: try row.optionalText("error_code") ?? "",
      error: try row.optionalText("error_message") ?? "")
  }
}

extension AttemptRecord {
  fileprivate init(_ row: SQLRow) throws {
    let outcome = try row.optionalText("outcome")
    self.init(
      attempt: try row.int("attempt"), owner: try row.text("owner"), started: try row.int("started"),
      ended: try row.optionalInt("ended"), outcome: outcome.flatMap(AttemptOutcome.init),
      rows: try row.optionalInt("row_count"), bytes: try row.optionalInt("byte_count"),
      errorCode: try row.optionalText("error_code"), error: try row.optionalText("error_message"))
  }
}
