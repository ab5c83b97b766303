import Faults
import Plans
import SQL

extension Store {
  /// Ends a task well, makes what waits for it available, and brings the state up to date, in one transaction.
  ///
  /// - Returns: whether the caller still held the task and its result is of use; when not, the result does not count.
  package func complete(_ completion: TaskCompletion, owner: String, now: Milliseconds) throws -> Bool {
    try complete([completion], owner: owner, now: now).isEmpty
  }

  /// Completes several tasks in one transaction.
  ///
  /// - Returns: the tasks that the caller no longer held, or whose result is of no use.
  package func complete(_ completions: [TaskCompletion], owner: String, now: Milliseconds) throws -> Set<Int> {
    try write(.normal) { connection in
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
    var snapshot: Int?
    if case .extracted(let part) = completion.result {
      guard try agrees(part, with: task) else {
        // Of another moment than the rest: the run got a new snapshot meanwhile.
        try end(task: task.id, attempt: completion.attempt, .released, now: now)
        try putBack(task, now: now)
        return false
      }
      staged = try JSONText.encode(part)
      snapshot = part.snapshot
    }
    let changed = try execute(
      """
      UPDATE tasks SET state = 'completed', lease_until = NULL, result = ?, snapshot = ?, error_code = NULL,
      error_message = NULL WHERE id = ? AND owner = ? AND attempt = ? AND state = 'running'
      """, [SQLValue(staged), SQLValue(snapshot), SQLValue(task.id), .text(owner), SQLValue(completion.attempt)])
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
      changes += [("extracted_parts", 1), ("extracted_rows", part.movedRows), ("extracted_bytes", part.bytes)]
      if let digest = part.digest { try remembered(task)?.expect(digest, part: task.part, self) }
    case .loaded(let loaded, let deleted, let wasLoaded):
      rows = loaded
      changes += [("loaded_parts", 1), ("loaded_rows", loaded), ("deleted_rows", deleted)]
      if let table = try remembered(task) {
        if wasLoaded, try !wasStaged(forLoad: task.id, attempt: completion.attempt - 1) {
          try table.expect(nil, part: task.part, self)
        }
        try table.keep(part: task.part, rows: loaded, deleted: deleted, self)
      }
    case .removed(let removed, let from):
      rows = removed
      changes += [("loaded_parts", 1), ("removed_rows", removed)]
      try remembered(task)?.take(removed, from: from, self)
    case .finished:
      try execute(
        "UPDATE run_tables SET finished = 1 WHERE run = ? AND table_index = ?",
        [SQLValue(task.run), SQLValue(task.table)])
      try remembered(task)?.finish(self)
    }
    try end(task: task.id, attempt: completion.attempt, .completed, now: now, rows: rows, bytes: bytes)
    try TaskGraph.completed(task, input: staged, self)
    try count(run: task.run, table: task.table, changes)
    if task.kind == .extract { try gather(task, snapshot: snapshot) }
    return true
  }
}
