import SQL

/// What a run still does when its time is over: it brings parts under way to their end and begins none, so that what was
/// extracted is loaded, and a table whose parts are all in is finished. What failed meanwhile is left for later.
enum TimeLimit {
  static let kinds: [TaskKind] = [.load, .finish]
}

extension Store {
  /// Pauses every run whose time is over, once nothing of it is under way any more.
  ///
  /// It keeps its time limit, so that a run that stopped by itself can be told from one that somebody paused.
  ///
  /// - Returns: the runs as they were paused.
  package func pauseRunsOutOfTime(now: Milliseconds) throws -> [Run] {
    let find = { (connection: any SQLConnection) in
      try connection.query(
        "SELECT * FROM runs WHERE ended IS NULL AND state IN ('pending', 'executing') AND open_tasks > 0 AND stop_at <= ?",
        [SQLValue(now)]
      ).map(Run.init).filter { try !connection.isUnderWay($0.id) }
    }
    guard try !read({ try find($0) }).isEmpty else { return [] }
    return try write { connection in
      try find(connection).map { run in
        try connection.execute(
          "UPDATE runs SET state = 'paused', paused_since = ? WHERE id = ?", [SQLValue(now), SQLValue(run.id)])
        return try connection.run(run.id)
      }
    }
  }
}

extension SQLConnection {
  /// A task of the run is in somebody's hands, or is one that a run out of time still gives out.
  fileprivate func isUnderWay(_ run: Int) throws -> Bool {
    let kinds = TimeLimit.kinds.map { "'\($0.rawValue)'" }.joined(separator: ", ")
    return try first(
      """
      SELECT id FROM tasks WHERE run = ? AND (state = 'running' OR (state = 'available' AND kind IN (\(kinds)))) LIMIT 1
      """, [SQLValue(run)]) != nil
  }
}
