import Catalogs
package import Plans
import Postgres

extension PostgreSQLSourceSession {
  /// Bound, ties, new rows and NULLs in one transaction: what is committed later has no part in any of them.
  package func watermark(_ request: WatermarkRequest) throws -> WatermarkFacts {
    let table = request.table
    let place = "table \(table.name), column \(request.column)"
    let column = try table.column(request.column, as: PostgreSQLKeyColumn.self)
    return try reading(at: place, locking: table) {
      let bound = try largest(column, request, at: place)
      return WatermarkFacts(
        bound: bound,
        nullRows: try count(request, SQLPredicate(sql: "\(column.sql) IS NULL")),
        ties: try request.after.map { try ties(column, $0, request) },
        boundTies: try bound.map { try ties(column, $0, request) },
        newRows: try bound.map { bound in
          let window = Window(column: request.column, after: request.after, through: bound)
          return try count(request, table.rows(in: window, as: PostgreSQLKeyColumn.self))
        } ?? 0,
        guarantee: Guarantee(
          .bestEffort,
          "rows committed late with a lower \(request.column) are missed; set synchronization.watermarkLag to bound it")
      )
    }
  }

  /// By the index, where there is one; a type without `max` has an order all the same.
  private func largest(
    _ column: PostgreSQLKeyColumn, _ request: WatermarkRequest, at place: String
  ) throws -> KeyValue? {
    let predicate = SQLPredicate.all([
      .filter(request.filter), SQLPredicate(sql: "\(column.sql) IS NOT NULL"),
    ])
    let found = try connection.query(
      "SELECT \(column.selected) AS \"scmplan key\" FROM \(request.table.postgresName)\(predicate.clause) ORDER BY \(column.sql) DESC LIMIT 1"
    )
    guard found.rows > 0 else { return nil }
    guard let bound = column.value(found.text(0, 0)) else {
      throw ExtractionError(
        .valueDoesNotFit, at: place,
        "its largest value is infinite or NaN, and nothing comes after it; leave such rows out with whereClauseCriteria, or use "
          + "another column")
    }
    return bound
  }

  private func ties(_ column: PostgreSQLKeyColumn, _ value: KeyValue, _ request: WatermarkRequest) throws -> RowDigest {
    let equal = SQLPredicate(sql: "\(column.sql) = \(PostgreSQLLiteral.value(value, as: column.type))")
    return try digest(request.digestColumns, of: request.table, .all([.filter(request.filter), equal]))
  }

  private func count(_ request: WatermarkRequest, _ condition: SQLPredicate) throws -> Int {
    let predicate = SQLPredicate.all([.filter(request.filter), condition])
    return try connection.query("SELECT count(*) FROM \(request.table.postgresName)\(predicate.clause)").integer(0, 0)
      ?? 0
  }
}
