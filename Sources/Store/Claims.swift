import Faults
import Plans
import SQL

extension Store {
  /// Takes up to `limit` tasks that can run now; an empty answer means there is nothing to do for this owner.
  ///
  /// Older runs come first, and within a run the kinds in the order given. A run without affinity is for anyone, an
  /// owner without affinity takes any, else both must be equal. Paused and ended runs give nothing, and one whose time is
  /// over gives what brings parts under way to their end.
  ///
  /// - Parameters:
  ///   - owner: the engine's id.
  ///   - lease: milliseconds until the tasks may be taken away, unless a heartbeat comes before.
  package func claim(
    owner: String, kinds: [TaskKind], affinity: String?, limit: Int, now: Milliseconds, lease: Int
  ) throws -> [ClaimedTask] {
    // Looking first keeps an idle engine from holding up those who write.
    let isIdle = try read { connection in
      try connection.candidates(kinds: kinds, affinity: affinity, limit: 1, now: now).isEmpty
    }
    guard !isIdle, limit > 0 else { return [] }
    let tasks = try write(.normal) { connection in
      try connection.candidates(kinds: kinds, affinity: affinity, limit: limit, now: now).compactMap {
        try connection.claim($0, owner: owner, now: now, lease: lease)
      }
    }
    if !tasks.isEmpty { try FaultPoint.reach(.claimAfter) }
    return tasks
  }

  /// Extends the leases of an owner's tasks and tells it which of them it should no longer work on.
  package func heartbeat(
    owner: String, tasks: [TaskProgress], now: Milliseconds, lease: Int
  ) throws -> HeartbeatReply {
    guard !tasks.isEmpty else { return HeartbeatReply() }
    return try write(.normal) { connection in
      var reply = HeartbeatReply()
      for task in tasks {
        let changed = try connection.execute(
          """
          UPDATE tasks SET lease_until = ?, progress_rows = ?, progress_bytes = ?
          WHERE id = ? AND owner = ? AND attempt = ? AND state = 'running'
          """,
          [
            SQLValue(now + lease), SQLValue(task.rows), SQLValue(task.bytes), SQLValue(task.task), .text(owner),
            SQLValue(task.attempt),
          ])
        guard changed == 1 else {
          reply.lost.insert(task.task)
          continue
        }
        let state = try connection.first(
          "SELECT runs.state AS state FROM tasks JOIN runs ON runs.id = tasks.run WHERE tasks.id = ?",
          [SQLValue(task.task)])?.text("state")
        if state == RunState.paused.rawValue { reply.paused.insert(task.task) }
        if state == RunState.cancelled.rawValue { reply.cancelled.insert(task.task) }
      }
      return reply
    }
  }
}

/// A task that could be claimed, and the run it belongs to.
private struct Candidate {
  var run: Run
  var kind: TaskKind
  var row: SQLRow
}

extension SQLConnection {
  fileprivate func candidates(
    kinds: [TaskKind], affinity: String?, limit: Int, now: Milliseconds
  ) throws -> [Candidate] {
    var condition = "ended IS NULL AND state IN ('pending', 'executing')"
    var arguments: [SQLValue] = []
    if let affinity {
      condition += " AND (affinity IS NULL OR affinity = ?)"
      arguments.append(.text(affinity))
    }
    var found: [Candidate] = []
    for row in try query("SELECT * FROM runs WHERE \(condition) ORDER BY id", arguments) {
      let run = try Run(row)
      let isLate = run.stopAt.map { $0 <= now } ?? false
      // Fresh tasks before repeated ones: a part that keeps failing must not hold up the rest.
      let states: [TaskState] = isLate ? [.available] : [.available, .scheduled, .retryable]
      for kind in kinds where !isLate || TimeLimit.kinds.contains(kind) {
        for state in states {
          guard found.count < limit else { return found }
          found += try query(
            """
            SELECT id, table_index, part, attempt, failures, max_attempts, state, input FROM tasks
            WHERE run = ? AND state = ? AND kind = ? AND scheduled_at <= ?
            ORDER BY priority, scheduled_at, id LIMIT ?
            """,
            [
              SQLValue(run.id), .text(state.rawValue), .text(kind.rawValue), SQLValue(now),
              SQLValue(limit - found.count),
            ]
          ).map { Candidate(run: run, kind: kind, row: $0) }
        }
      }
    }
    return found
  }

  /// Nil when somebody else was faster.
  fileprivate func claim(
    _ candidate: Candidate, owner: String, now: Milliseconds, lease: Int
  ) throws -> ClaimedTask? {
    let row = candidate.row
    let id = try row.int("id")
    let attempt = try row.int("attempt") &+ 1
    let changed = try execute(
      """
      UPDATE tasks SET state = 'running', owner = ?, attempt = ?, lease_until = ?, progress_rows = 0,
      progress_bytes = 0 WHERE id = ? AND state = ? AND attempt = ?
      """,
      [
        .text(owner), SQLValue(attempt), SQLValue(now + lease), SQLValue(id), try row.value("state"),
        SQLValue(attempt &- 1),
      ])
    guard changed == 1 else { return nil }
    try insert(
      into: "attempts", columns: ["task", "attempt", "owner", "started"],
      rows: [[SQLValue(id), SQLValue(attempt), .text(owner), SQLValue(now)]])
    if candidate.run.state == .pending {
      try execute(
        "UPDATE runs SET state = 'executing', started = ? WHERE id = ? AND state = 'pending'",
        [SQLValue(now), SQLValue(candidate.run.id)])
    }
    return ClaimedTask(
      id: id, attempt: attempt, kind: candidate.kind, run: candidate.run.id, workflow: candidate.run.workflow,
      plan: candidate.run.plan, table: try row.int("table_index"), part: try row.optionalInt("part"),
      failures: try row.int("failures"), maxAttempts: try row.int("max_attempts"), leaseUntil: now + lease,
      staged: try JSONText.decodeIfPresent(StagedPart.self, try row.optionalText("input")))
  }
}
