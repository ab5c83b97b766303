import Catalogs
import Plans
import Postgres

/// What PostgreSQL and the servers that resemble it answer in the same way.
extension PostgresLink {
  /// Runs `body` in one transaction.
  func transaction<Result>(
    _ begin: String, at place: String, _ wait: Wait, _ body: () throws -> Result
  ) throws -> Result {
    try reachingPostgres(at: place) {
      try execute(begin, wait: wait)
      do {
        let result = try body()
        try execute("COMMIT")
        return result
      } catch {
        // Where the connection is gone, so is the transaction.
        try? execute("ROLLBACK")
        throw error
      }
    }
  }
}

extension PostgreSQLFilter {
  /// Tries a filter by `explain`, which asks the server for the plan of a query.
  ///
  /// - Parameter escapes: whether a backslash in a text is no character of it.
  /// - Throws: ``ExtractionError`` `badFilter`, or what else the server has against the table.
  static func judge(
    _ filter: String, of table: Table, escapes: Bool = false, explain: (String) throws -> Void
  ) throws {
    let place = "table \(table.name)"
    if let problem = problem(in: filter, escapes: escapes) {
      throw ExtractionError(.badFilter, at: place, "the filter (\(filter)) is not one condition: \(problem)")
    }
    do {
      try explain("EXPLAIN SELECT 1 FROM \(table.postgresName)\(SQLPredicate.filter(filter).clause)")
    } catch let error as PostgresError {
      guard error.code == .server, !error.isTransient, error.sqlState != "42501" else {
        throw ExtractionError.postgres(error, at: place)
      }
      throw ExtractionError(.badFilter, at: place, "the filter (\(filter)) does not work: \(error)")
    }
  }
}

extension ExtractionError {
  /// A table that the catalog shows and the login may not read.
  static func unreadable(_ table: Table) -> ExtractionError {
    let schema = Identifier.quoted(table.name.schema ?? "")
    return ExtractionError(
      .notAllowed, at: "table \(table.name)",
      "the login may not read it; grant SELECT on \(table.postgresName) and USAGE on schema \(schema)")
  }
}

extension ExtractRequest {
  /// The table as the source has it now.
  ///
  /// - Throws: ``ExtractionError`` when there is none any more, or another than the plan was made for.
  func expected(_ table: Table?) throws -> Table {
    guard let table else {
      throw ExtractionError(
        .tableMissing, at: "table \(self.table)", "the source has no such table any more; make a new plan")
    }
    try checkShape(of: table)
    return table
  }
}
