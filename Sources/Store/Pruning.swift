import SQL

extension Store {
  /// How many runs of a workflow keep their tasks, attempts and plans.
  package static let keptRuns = 100

  /// Drops tasks, attempts, tables and plans of a workflow's older ended runs; the runs themselves stay listed.
  ///
  /// A workflow that is refreshed every few minutes would else fill the disk with what nobody asks for again.
  package func prune(workflow: String, keeping kept: Int = Store.keptRuns) throws {
    let old = { (connection: any SQLConnection) in
      try connection.prunable(workflow: workflow, keeping: kept)
    }
    guard try !read(old).isEmpty else { return }
    try write(.normal) { connection in
      for run in try old(connection) {
        try connection.execute(
          "DELETE FROM attempts WHERE task IN (SELECT id FROM tasks WHERE run = ?)", [SQLValue(run)])
        try connection.execute("DELETE FROM tasks WHERE run = ?", [SQLValue(run)])
        try connection.execute("DELETE FROM run_tables WHERE run = ?", [SQLValue(run)])
        try connection.execute("DELETE FROM snapshots WHERE run = ?", [SQLValue(run)])
      }
      // A plan is kept as long as a run that has its tables refers to it.
      try connection.execute(
        """
        DELETE FROM plans WHERE workflow = ? AND id NOT IN
        (SELECT plan FROM runs WHERE workflow = ? AND id IN (SELECT run FROM run_tables))
        """, [.text(workflow), .text(workflow)])
    }
  }
}

extension SQLConnection {
  /// Ended runs beyond the newest `kept` that still have tables.
  fileprivate func prunable(workflow: String, keeping kept: Int) throws -> [Int] {
    let oldest = try first(
      "SELECT id FROM runs WHERE workflow = ? ORDER BY id DESC LIMIT 1 OFFSET ?",
      [.text(workflow), SQLValue(max(0, kept - 1))])?.int("id")
    guard let oldest else { return [] }
    return try query(
      """
      SELECT id FROM runs WHERE workflow = ? AND id < ? AND ended IS NOT NULL
      AND EXISTS (SELECT run FROM run_tables WHERE run_tables.run = runs.id)
      """, [.text(workflow), SQLValue(oldest)]
    ).map { try $0.int("id") }
  }
}
