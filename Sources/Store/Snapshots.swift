import Plans
import SQL

/// A snapshot of the source that the extractions of a run share.
///
/// It lives as long as the connection that exported it. When that is gone, the run gets another one of the next generation;
/// rows of two generations are of two moments.
package struct SharedSnapshot: Hashable, Sendable {
  package var run: Int
  /// Counted from 1.
  package var generation: Int
  /// What the source calls it.
  package var name: String
  /// The engine whose connection keeps it.
  package var owner: String
}

/// What an extraction needs to know of its run's snapshots.
package struct SnapshotFacts: Hashable, Sendable {
  /// Nil before the first.
  package var newest: SharedSnapshot?
  /// The generation that all of the table's parts were read in, when some of them may be loaded already and no other will do.
  package var settled: Int?
}

extension Store {
  package func snapshots(run: Int, table: Int) throws -> SnapshotFacts {
    try read { connection in
      SnapshotFacts(
        newest: try connection.newestSnapshot(of: run),
        settled: try connection.gathering(run: run, table: table)?.settled)
    }
  }

  /// Gives a run the snapshot `name`, unless it has got another one than `generation` meanwhile.
  ///
  /// Tables that gather begin anew with it: their parts that were read in an older one are extracted again.
  ///
  /// - Parameter generation: that of the snapshot that is no longer of use; nil for none.
  /// - Returns: the run's newest snapshot, which is this one or the one that somebody else was faster with.
  package func offerSnapshot(
    _ name: String, run: Int, after generation: Int?, owner: String, now: Milliseconds
  ) throws -> SharedSnapshot {
    try write(.normal) { connection in
      if let newest = try connection.newestSnapshot(of: run), newest.generation != generation { return newest }
      let offered = SharedSnapshot(run: run, generation: (generation ?? 0) &+ 1, name: name, owner: owner)
      try connection.insert(
        into: "snapshots", columns: ["run", "generation", "name", "owner", "created"],
        rows: [[SQLValue(run), SQLValue(offered.generation), .text(name), .text(owner), SQLValue(now)]])
      let tables = try connection.query(
        "SELECT table_index FROM run_tables WHERE run = ? AND gathers = 1 AND gathered IS NULL AND discarded_tasks = 0",
        [SQLValue(run)])
      for row in tables {
        try connection.gatherAnew(run: run, table: try row.int("table_index"), generation: offered.generation)
      }
      return offered
    }
  }

  /// Of the runs among `ids`, the newest generation of those in which something is left to extract.
  package func wantedSnapshots(runs ids: [Int]) throws -> [Int: Int] {
    try read { connection in
      var wanted: [Int: Int] = [:]
      for id in ids {
        guard let run = try? connection.run(id), !run.isEnded, run.counts.extractedParts < run.counts.parts else {
          continue
        }
        wanted[id] = try connection.newestSnapshot(of: id)?.generation
      }
      return wanted
    }
  }

  /// How many parts of each table of a run are of each moment, for those tables whose parts are of more than one, by the
  /// table's place in the plan; the parts of the newest moment come last.
  package func mixedSnapshots(run id: Int) throws -> [Int: [Int]] {
    try read { connection in
      let generations = try connection.first(
        "SELECT COUNT(*) AS generations FROM snapshots WHERE run = ?", [SQLValue(id)])?.int("generations")
      guard let generations, generations > 1 else { return [:] }
      let rows = try connection.query(
        """
        SELECT table_index, COUNT(*) AS parts FROM tasks WHERE run = ? AND kind = 'extract' AND state = 'completed'
        AND snapshot IS NOT NULL GROUP BY table_index, snapshot ORDER BY table_index, snapshot
        """, [SQLValue(id)])
      let parts = try rows.map { (table: try $0.int("table_index"), parts: try $0.int("parts")) }
      return Dictionary(grouping: parts, by: \.table).mapValues { $0.map(\.parts) }.filter { $0.value.count > 1 }
    }
  }
}

/// Whether a table's loads wait for all its extractions.
struct Gathering {
  var gathers: Bool
  /// The generation in which all were extracted, 0 for no snapshot; nil while they are not.
  var settled: Int?
}

extension SQLConnection {
  fileprivate func newestSnapshot(of run: Int) throws -> SharedSnapshot? {
    try first(
      "SELECT generation, name, owner FROM snapshots WHERE run = ? ORDER BY generation DESC LIMIT 1", [SQLValue(run)]
    ).map {
      SharedSnapshot(
        run: run, generation: try $0.int("generation"), name: try $0.text("name"), owner: try $0.text("owner"))
    }
  }

  fileprivate func gathering(run: Int, table: Int) throws -> Gathering? {
    try first(
      "SELECT gathers, gathered FROM run_tables WHERE run = ? AND table_index = ?", [SQLValue(run), SQLValue(table)]
    ).map { Gathering(gathers: try $0.bool("gathers"), settled: try $0.optionalInt("gathered")) }
  }

  func gathering(_ task: TaskRow) throws -> Gathering? {
    try gathering(run: task.run, table: task.table)
  }

  /// Whether the rows of an extraction go together with those of the table's other parts, where they must.
  func agrees(_ part: StagedPart, with task: TaskRow) throws -> Bool {
    guard let gathering = try gathering(task), gathering.gathers else { return true }
    return try (part.snapshot ?? 0) == gathering.settled ?? newestSnapshot(of: task.run)?.generation ?? 0
  }

  /// Makes the loads of a table that gathers available once its last part is extracted.
  func gather(_ task: TaskRow, snapshot: Int?) throws {
    guard let gathering = try gathering(task), gathering.gathers, gathering.settled == nil else { return }
    let changed = try execute(
      """
      UPDATE run_tables SET gathered = ? WHERE run = ? AND table_index = ? AND gathered IS NULL
      AND extracted_parts = parts
      """, [SQLValue(snapshot ?? 0), SQLValue(task.run), SQLValue(task.table)])
    if changed == 1 { try TaskGraph.gathered(run: task.run, table: task.table, self) }
  }

  /// Sends a table's parts that were read in another snapshot back to their extraction.
  fileprivate func gatherAnew(run: Int, table: Int, generation: Int) throws {
    let stale = try query(
      """
      SELECT id, next_task, result FROM tasks WHERE run = ? AND table_index = ? AND kind = 'extract'
      AND state = 'completed' AND (snapshot IS NULL OR snapshot <> ?)
      """, [SQLValue(run), SQLValue(table), SQLValue(generation)])
    for row in stale {
      guard let staged = try JSONText.decodeIfPresent(StagedPart.self, try row.optionalText("result")) else {
        throw StoreError.damaged("task \(try row.int("id")) has no extraction")
      }
      try reopen(extract: try row.int("id"))
      try execute(
        "UPDATE tasks SET waiting = waiting + 1, input = NULL WHERE id = ?",
        [SQLValue(try row.optionalInt("next_task"))])
      try uncount(staged, run: run, table: table)
    }
  }
}
