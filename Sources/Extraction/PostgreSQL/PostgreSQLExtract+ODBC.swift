import Catalogs
import ODBC
import Plans

extension PostgreSQLSourceSession {
  /// Reads the rows of a part through a driver, within a transaction that is already open.
  ///
  /// - Returns: the rows read; nil when a value was too long for its buffer, and the table is to be read in pieces.
  func readRows(
    through link: PostgresODBCLink, _ request: ExtractRequest, of table: Table, _ predicate: SQLPredicate,
    into writer: StageWriter, batchBytes: Int, isStreaming: Bool, _ pacer: ProgressPacer
  ) throws -> Int? {
    let columns = zip(request.columns, Self.selected(request.columns, of: table)).map {
      Self.selection($0, $1.sql, $1.wire)
    }
    let list = ODBCSelection.wireOrder(columns).map { columns[$0].sql }.joined(separator: ", ")
    let statement = try link.open(
      "SELECT \(list) FROM \(table.postgresName)\(predicate.clause)", wait: pacer.tick)
    defer { statement.close() }
    let place = "table \(table.name)"
    let reader = ODBCRowReader(statement, columns, isStreaming: isStreaming, at: place, key: table.primaryKey) {
      .postgres(PostgresODBCLink.failure($0), at: place)
    }
    switch try reader.read(into: writer, batchBytes: batchBytes, pacer) {
    case .rows(let rows): return rows
    case .needsStreaming: return nil
    }
  }

  /// How a value travels: numbers as themselves; what drivers would put in structures of their own, which end at the year
  /// 32767 and know no infinity, as the server's own text.
  private static func selection(_ plan: ColumnPlan, _ sql: String, _ wire: PostgreSQLType.Wire) -> ODBCSelection {
    func number(_ cast: String, _ layout: ODBCLayout) -> ODBCSelection {
      ODBCSelection(plan: plan, sql: "(\(sql))\(cast)", layout: layout, stream: nil)
    }
    switch wire {
    case .bool: return number("::int::int2", .int16)
    case .int16: return number("", .int16)
    case .int32: return number("", .int32)
    case .int64: return number("", .int64)
    case .oid: return number("::int8", .int64)
    case .float32: return number("", .float)
    case .float64: return number("", .double)
    case .numeric:
      // A number without a limit has up to 131,072 digits before the point.
      if case .decimal = plan.type { return number("::text", .narrow(bytes: 140)) }
      return ODBCSelection(plan: plan, sql: "(\(sql))::text", layout: .narrow(bytes: 140), stream: .text)
    case .date: return number("::text", .narrow(bytes: 16))
    case .time: return number("::text", .narrow(bytes: 24))
    case .timestamp: return number("::text", .narrow(bytes: 40))
    case .instant: return number(" AT TIME ZONE 'UTC')::text", .narrow(bytes: 40)).openingTwice
    case .uuid: return number("::text", .narrow(bytes: 36))
    case .bytes: return ODBCSelection(plan: plan, sql: sql, layout: .binary(bytes: 1024), stream: .binary)
    case .text:
      let units = if case .text(let length?) = plan.type, length <= 512 { length * 2 } else { 512 }
      return ODBCSelection(plan: plan, sql: sql, layout: .wide(units: units), stream: .text)
    }
  }
}

extension ODBCSelection {
  /// With one more parenthesis in front, for a cast that closes two.
  fileprivate var openingTwice: ODBCSelection {
    var selection = self
    selection.sql = "(" + sql
    return selection
  }
}
