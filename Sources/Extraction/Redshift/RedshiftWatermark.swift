import Catalogs
package import Plans
import Postgres

extension RedshiftSourceSession {
  /// Bound, ties, new rows and NULLs in one transaction: what is committed later has no part in any of them.
  package func watermark(_ request: WatermarkRequest) throws -> WatermarkFacts {
    let table = request.table
    let place = "table \(table.name), column \(request.column)"
    let column = try table.column(request.column, as: RedshiftKeyColumn.self)
    return try reading(at: place) {
      let bound = try largest(column, request, at: place)
      return WatermarkFacts(
        bound: bound,
        nullRows: try count(table, request.filter, SQLPredicate(sql: "\(column.sql) IS NULL")),
        ties: try request.after.map { try ties(column, $0, request) },
        boundTies: try bound.map { try ties(column, $0, request) },
        newRows: try bound.map { bound in
          let window = Window(column: request.column, after: request.after, through: bound)
          return try count(table, request.filter, .window(window, column))
        } ?? 0,
        guarantee: Guarantee(
          .bestEffort,
          "rows committed late with a lower \(request.column) are missed; set synchronization.watermarkLag to bound it")
      )
    }
  }

  private func largest(
    _ column: RedshiftKeyColumn, _ request: WatermarkRequest, at place: String
  ) throws -> KeyValue? {
    guard column.type.isOrdered, column.type.form != .bool else {
      throw ExtractionError(
        .queryFailed, at: place, "a \(column.type.declared) is no watermark; name a number, a date or a timestamp")
    }
    let predicate = SQLPredicate.filter(request.filter)
    let found = try connection.ask(
      "SELECT \(column.selected("m")) FROM (SELECT MAX(\(column.sql)) AS m FROM \(request.table.postgresName)\(predicate.clause)) AS a"
    )
    guard let text = found.text(0, 0) else { return nil }
    guard let bound = column.value(text) else {
      throw ExtractionError(
        .valueDoesNotFit, at: place,
        "its largest value is NaN, and nothing comes after it; leave such rows out with whereClauseCriteria, or use another "
          + "column")
    }
    return bound
  }

  private func ties(_ column: RedshiftKeyColumn, _ value: KeyValue, _ request: WatermarkRequest) throws -> RowDigest {
    let equal = SQLPredicate(sql: "\(column.sql) = \(column.literal(value))")
    return try digest(request.digestColumns, of: request.table, .all([.filter(request.filter), equal]))
  }

  /// Rows of the table under both conditions.
  func count(_ table: Table, _ filter: String?, _ condition: SQLPredicate) throws -> Int {
    try count(table, .all([.filter(filter), condition]))
  }

  func count(_ table: Table, _ predicate: SQLPredicate, wait: PostgresConnection.Wait = {}) throws -> Int {
    try connection.ask("SELECT COUNT(*) FROM \(table.postgresName)\(predicate.clause)", wait: wait).integer(0, 0) ?? 0
  }
}
