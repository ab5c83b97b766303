import Catalogs
import GRDBSQLite
package import Plans

extension SQLiteSourceSession {
  /// Bound, ties, new rows and NULLs in one read transaction: what is committed later has no part in any of them.
  package func watermark(_ request: WatermarkRequest) throws -> WatermarkFacts {
    let table = request.table
    let place = "table \(table.name), column \(request.column)"
    guard let column = table.column(request.column) else {
      throw ExtractionError(.queryFailed, at: "table \(table.name)", "it has no column \(request.column)")
    }
    guard SQLiteCollation(named: column.collation) != nil else {
      throw ExtractionError(
        .queryFailed, at: place,
        "its order (collation \(column.collation ?? "")) is known only to the program that made it; use another column")
    }
    return try connection.reading(at: place) {
      connection.allowsQuotedStrings = table.kind == .view
      let bound = try maximum(request, at: place)
      let ties = try request.after.map { try digest(of: request, equalTo: $0, at: place) }
      return WatermarkFacts(
        bound: bound,
        nullRows: try count(
          request, SQLitePredicate(sql: "\(Identifier.quoted(request.column)) IS NULL", bindings: []), at: place),
        ties: ties,
        boundTies: try bound.map { try digest(of: request, equalTo: $0, at: place) },
        newRows: try bound.map { bound in
          let window = Window(column: request.column, after: request.after, through: bound)
          return try count(request, .window(window, of: table), at: place)
        } ?? 0,
        guarantee: guarantee(request, lastRowIsThere: ties.map { $0.rows > 0 } ?? true))
    }
  }

  private func maximum(_ request: WatermarkRequest, at place: String) throws -> KeyValue? {
    let column = SQLitePredicate.compared(request.column, of: request.table)
    let predicate = SQLitePredicate.filter(request.filter)
    let statement = try connection.prepare(
      "SELECT max(\(column)) FROM \(Identifier.quoted(request.table.name.table))\(predicate.clause)", at: place)
    guard try statement.step(), !statement.isNull(0) else { return nil }
    guard let bound = statement.key(0) else {
      throw ExtractionError(
        .valueDoesNotFit, at: place,
        "its largest value is a text that is not UTF-8, which no plan can hold; repair it, or use another column")
    }
    return bound
  }

  private func count(_ request: WatermarkRequest, _ condition: SQLitePredicate, at place: String) throws -> Int {
    let predicate = SQLitePredicate.all([.filter(request.filter), condition])
    return try connection.integer(
      "SELECT count(*) FROM \(Identifier.quoted(request.table.name.table))\(predicate.clause)", predicate.bindings,
      at: place) ?? 0
  }

  private func digest(of request: WatermarkRequest, equalTo value: KeyValue, at place: String) throws -> RowDigest {
    let column = SQLitePredicate.compared(request.column, of: request.table)
    let predicate = SQLitePredicate.all([
      .filter(request.filter), SQLitePredicate(sql: "\(column) = ?", bindings: [value]),
    ])
    let pass = try SQLiteMeasurePass(
      MeasureRequest(
        table: request.table, key: nil, parts: [Part(id: 0, range: .whole)], digestColumns: request.digestColumns),
      collations: [])
    let statement = try connection.prepare(
      "SELECT \(pass.selected) FROM \(Identifier.quoted(request.table.name.table))\(predicate.clause)",
      predicate.bindings,
      at: place)
    while try statement.step() { pass.take(statement.handle) }
    return pass.parts[0].digest ?? RowDigest()
  }

  /// Rowids grow with every insert while the newest row stays; only `AUTOINCREMENT` keeps them growing when it does
  /// not.
  private func guarantee(_ request: WatermarkRequest, lastRowIsThere: Bool) -> Guarantee {
    let table = request.table
    guard table.traits.contains(SQLiteCatalog.rowidKey), table.primaryKey == [request.column] else {
      return Guarantee(
        .bestEffort,
        "rows committed late with a lower \(request.column) are missed; set synchronization.watermarkLag to bound it")
    }
    if table.traits.contains(SQLiteCatalog.autoincrement) {
      return Guarantee(.exact, "SQLite has one writer at a time and gives ids that only grow (AUTOINCREMENT)")
    }
    if lastRowIsThere {
      return Guarantee(.exact, "SQLite has one writer at a time and gives ids above the largest there is")
    }
    return Guarantee(
      .bestEffort,
      "the newest rows of the last run were deleted, and SQLite may have given their ids to rows that are then missed; "
        + "use AUTOINCREMENT or the strategy checksum")
  }
}
