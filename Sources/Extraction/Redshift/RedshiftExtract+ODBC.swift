import Catalogs
import ODBC
import Plans

extension RedshiftSourceSession {
  /// Reads rows through a driver, page by page, within a transaction that is already open.
  ///
  /// - Returns: the rows read; nil when a value was too long for its buffer, and the table is to be read in pieces.
  func readRows(
    through link: PostgresODBCLink, _ columns: [ODBCSelection], of table: Table, _ predicate: SQLPredicate,
    into writer: StageWriter, batchBytes: Int, _ pacer: ProgressPacer
  ) throws -> Int? {
    let list = ODBCSelection.wireOrder(columns).map { columns[$0].sql }.joined(separator: ", ")
    let statement = try link.openPages(
      "SELECT \(list) FROM \(table.postgresName)\(predicate.clause)", wait: pacer.tick)
    let place = "table \(table.name)"
    let reader = ODBCRowReader(
      statement, columns, isStreaming: streamed.contains(table.name), at: place, key: table.primaryKey,
      nextPage: { try link.nextPage($0, wait: pacer.tick) },
      failure: { .postgres(PostgresODBCLink.failure($0), at: place) })
    let outcome = try reader.read(into: writer, batchBytes: batchBytes, pacer)
    try link.closePages(statement)
    switch outcome {
    case .rows(let rows): return rows
    case .needsStreaming: return nil
    }
  }
}

/// How values travel through a driver.
enum RedshiftODBC {
  /// Numbers travel as themselves; decimals, dates and times as Redshift's own text, since drivers differ in the digits and years they
  /// keep.
  static func selection(_ plan: ColumnPlan, _ sql: String, _ form: RedshiftType.Form) -> ODBCSelection {
    func text(_ bytes: Int) -> ODBCSelection {
      ODBCSelection(plan: plan, sql: "CAST(\(sql) AS VARCHAR)", layout: .narrow(bytes: bytes), stream: nil)
    }
    switch form {
    case .bool:
      return ODBCSelection(
        plan: plan, sql: "CASE WHEN \(sql) THEN 1 WHEN NOT \(sql) THEN 0 END", layout: .int32, stream: nil)
    case .integer:
      return ODBCSelection(plan: plan, sql: "CAST(\(sql) AS BIGINT)", layout: .int64, stream: nil)
    case .numeric: return text(64)
    case .float: return ODBCSelection(plan: plan, sql: sql, layout: .double, stream: nil)
    case .date: return text(24)
    case .time: return text(24)
    case .timestamp, .instant: return text(40)
    case .bytes: return ODBCSelection(plan: plan, sql: sql, layout: .narrow(bytes: 1024), stream: .text)
    case .text:
      let units = if case .text(let length?) = plan.type, length <= 512 { length * 2 } else { 512 }
      return ODBCSelection(plan: plan, sql: sql, layout: .wide(units: units), stream: .text)
    }
  }
}
