import Catalogs
package import Plans

extension SQLServerSourceSession {
  /// Bound, ties, new rows and NULLs in one transaction: what is committed later has no part in any of them.
  package func watermark(_ request: WatermarkRequest) throws -> WatermarkFacts {
    let table = request.table
    let place = "table \(table.name), column \(request.column)"
    let column = try table.column(request.column, as: SQLServerKeyColumn.self)
    guard column.type.isWatermark else {
      throw ExtractionError(
        .queryFailed, at: place,
        "a \(column.type.declared) is no watermark; name a rowversion, a number, a date or a timestamp")
    }
    return try reachingSQLServer(at: place) {
      // Asked before the snapshot is taken: all below it is committed, and so is in the snapshot.
      let ceiling = column.type.form == .rowversion ? try lowestActive(at: place) : nil
      return try reading(at: place, of: table) {
        let bound = try largest(column, request, below: ceiling, at: place)
        return WatermarkFacts(
          bound: bound,
          nullRows: try count(table, request.filter, SQLPredicate(sql: "\(column.sql) IS NULL")),
          ties: try request.after.map { try ties(column, $0, request) },
          boundTies: try bound.map { try ties(column, $0, request) },
          newRows: try bound.map { bound in
            let window = Window(column: request.column, after: request.after, through: bound)
            return try count(table, request.filter, .window(window, column))
          } ?? 0,
          guarantee: guarantee(column, request.column))
      }
    }
  }

  private func guarantee(_ column: SQLServerKeyColumn, _ name: String) -> Guarantee {
    column.type.form == .rowversion
      ? Guarantee(
        .exact, "\(name) is a rowversion, read below MIN_ACTIVE_ROWVERSION(): no later commit can go below it")
      : Guarantee(
        .bestEffort, "rows committed late with a lower \(name) are missed; set synchronization.watermarkLag to bound it"
      )
  }

  /// The lowest rowversion that a transaction still open may write.
  private func lowestActive(at place: String) throws -> KeyValue {
    let found = try link.query("SELECT CONVERT(varchar(16), MIN_ACTIVE_ROWVERSION(), 2)")
    guard let bytes = found.text(0, 0).flatMap({ Hex.bytes($0) }) else {
      throw ExtractionError(.queryFailed, at: place, "the server does not tell MIN_ACTIVE_ROWVERSION()")
    }
    return .bytes(bytes)
  }

  private func largest(
    _ column: SQLServerKeyColumn, _ request: WatermarkRequest, below ceiling: KeyValue?, at place: String
  ) throws -> KeyValue? {
    let below = ceiling.map { "\(column.sql) < \(column.literal($0))" } ?? ""
    let predicate = SQLPredicate.all([.filter(request.filter), SQLPredicate(sql: below)])
    let found = try link.query(
      """
      SELECT \(column.selected("m")) FROM (SELECT MAX(\(column.sql)) AS m FROM \(request.table.sqlServerSource)\(predicate.clause)) AS a\
      \(link.option)
      """)
    return found.count == 1 ? column.value(found.text(0, 0)) : nil
  }

  private func ties(_ column: SQLServerKeyColumn, _ value: KeyValue, _ request: WatermarkRequest) throws -> RowDigest {
    let equal = SQLPredicate(sql: "\(column.sql) = \(column.literal(value))")
    return try digest(request.digestColumns, of: request.table, .all([.filter(request.filter), equal]))
  }

  private func count(_ table: Table, _ filter: String?, _ condition: SQLPredicate) throws -> Int {
    try count(table, .all([.filter(filter), condition]))
  }

  /// Rows of the table under a condition.
  func count(_ table: Table, _ predicate: SQLPredicate, wait: SQLServerLink.Wait = {}) throws -> Int {
    try link.query("SELECT COUNT_BIG(*) FROM \(table.sqlServerSource)\(predicate.clause)\(link.option)", wait: wait)
      .integer(0, 0) ?? 0
  }
}

extension SQLServerType {
  /// Values that grow with time: numbers, moments, versions.
  fileprivate var isWatermark: Bool {
    switch form {
    case .integer, .decimal, .money, .real, .float, .date, .time, .datetime, .smalldatetime, .datetime2,
      .datetimeoffset, .rowversion:
      true
    default: false
    }
  }
}
