package import Catalogs
import GRDB
import GRDBSQLite
package import Plans

extension SQLiteTargetSession {
  package func rowCount(of name: ObjectName) throws -> Int {
    try reading(else: 0) { database in
      guard let table = try SQLiteCatalog(database: database).table(name) else { return 0 }
      return try Int.fetchOne(database, sql: "SELECT count(*) FROM \(Identifier.quoted(table.stored))")!
    }
  }

  package func scan(
    _ name: ObjectName, columns: [ColumnPlan], _ row: ComparedRow, _ body: (RowMark) throws -> Void
  ) throws {
    let place = "\(name)"
    try withoutActuallyEscaping(body) { body in
      try reading(else: ()) { database in
        guard let table = try SQLiteCatalog(database: database).table(name) else { return }
        try database.scan(table.stored, where: nil, columns: columns, place: place, row, body)
      }
    }
  }

  package func scan(
    _ name: ObjectName, columns: [ColumnPlan], in parts: PartedScan, _ row: ComparedRow,
    _ body: (RowMark, Int) throws -> Void
  ) throws {
    let place = "\(name)"
    try withoutActuallyEscaping(body) { body in
      try reading(else: ()) { database in
        guard let table = try SQLiteCatalog(database: database).table(name) else { return }
        let locator = try SQLitePredicate.locator(parts, place: place)
        let list = SQLiteName.list(columns.map(\.target))
        let forms = columns.map { SQLiteStoredForm($0.type) }
        try database.each(
          "SELECT \(list), \(locator.sql) FROM main.\(Identifier.quoted(table.stored))", locator.arguments, place: place
        ) { raw in
          let part = Int(sqlite3_column_int64(raw, CInt(truncatingIfNeeded: forms.count)))
          if let wanted = parts.wanted, !wanted.contains(part) { return }
          forms.append(raw, to: row)
          try body(row.finish(), part)
        }
      }
    }
  }
}

extension Database {
  /// Hands over the mark of every row of a table that the predicate means, or of all.
  func scan(
    _ table: String, where predicate: SQLitePredicate?, columns: [ColumnPlan], place: String, _ row: ComparedRow,
    _ body: (RowMark) throws -> Void
  ) throws {
    let condition = predicate.map { " WHERE \($0.sql)" } ?? ""
    let sql = "SELECT \(SQLiteName.list(columns.map(\.target))) FROM main.\(Identifier.quoted(table))" + condition
    let forms = columns.map { SQLiteStoredForm($0.type) }
    try each(sql, predicate?.arguments ?? [], place: place) { raw in
      forms.append(raw, to: row)
      try body(row.finish())
    }
  }

  /// Steps through the rows of a query.
  fileprivate func each(
    _ sql: String, _ arguments: [DatabaseValue], place: String, _ body: (OpaquePointer) throws -> Void
  ) throws {
    let statement = try makeStatement(sql: sql)
    statement.arguments = StatementArguments(arguments)
    let raw = statement.sqliteStatement
    defer { sqlite3_reset(raw) }
    while true {
      switch sqlite3_step(raw) {
      case SQLITE_ROW: try body(raw)
      case SQLITE_DONE: return
      case let code:
        throw LoadingError(sqlite: code, String(cString: sqlite3_errmsg(sqliteConnection)), at: place)
      }
    }
  }
}

extension [SQLiteStoredForm] {
  /// Appends the first values of the statement's row.
  fileprivate func append(_ statement: OpaquePointer, to row: ComparedRow) {
    for (index, form) in enumerated() {
      form.append(sqlite3_column_value(statement, CInt(truncatingIfNeeded: index)), to: row)
    }
  }
}

/// How values that SQLite stores become canonical text of the type that the plan gave their column.
///
/// A value that is none of the type goes by its own storage class, in letters that no value of the type has: it differs
/// from whatever the source has.
private struct SQLiteStoredForm {
  let type: LogicalType

  init(_ type: LogicalType) {
    self.type = type
  }

  func append(_ value: OpaquePointer?, to row: ComparedRow) {
    switch sqlite3_value_type(value) {
    case SQLITE_INTEGER: append(integer: sqlite3_value_int64(value), to: row)
    case SQLITE_FLOAT: append(real: sqlite3_value_double(value), to: row)
    case SQLITE_TEXT: append(text: bytes(sqlite3_value_text(value), value), to: row)
    case SQLITE_BLOB:
      let blob = bytes(sqlite3_value_blob(value), value)
      switch type {
      case .binary, .variant: row.append(blob: blob)
      default: row.append("X", blob)
      }
    default: row.appendNull()
    }
  }

  private func append(integer value: Int64, to row: ComparedRow) {
    switch type {
    case .boolean where value == 0 || value == 1: row.append(boolean: value == 1)
    case .integer, .variant: row.append(integer: value)
    case .decimal(_, let scale):
      let (unscaled, isOver) = Int128(value).multipliedReportingOverflow(by: DecimalText.power(scale))
      isOver ? raw("I", "\(value)", row) : row.append(DecimalText(unscaled: unscaled, scale: scale))
    case .float where Int64(exactly: Double(value)) == value: row.append(real: Double(value))
    default: raw("I", "\(value)", row)
    }
  }

  private func append(real value: Double, to row: ComparedRow) {
    switch type {
    case .float, .variant: row.append(real: value)
    case .boolean where value == 0 || value == 1: row.append(boolean: value == 1)
    case .integer:
      if let whole = Int64(exactly: value) { row.append(integer: whole) } else { raw("F", "\(value)", row) }
    case .decimal(_, let scale):
      if let decimal = DecimalText(nearest: value, scale: scale) {
        row.append(decimal)
      } else {
        raw("F", "\(value)", row)
      }
    default: raw("F", "\(value)", row)
    }
  }

  private func append(text: UnsafeRawBufferPointer, to row: ComparedRow) {
    switch type {
    case .text, .variant: row.append("s", text)
    case .uuid: row.append("u", text)
    case .date: row.append("d", text)
    case .time: row.append("h", text)
    case .timestamp: row.append("p", text)
    case .instant:
      let isUTC = text.last == UInt8(ascii: "Z")
      row.append(isUTC ? "z" : "S", isUTC ? UnsafeRawBufferPointer(rebasing: text.dropLast()) : text)
    case .float:
      let word = String(decoding: text, as: UTF8.self)
      if let value = Double(word), word == "NaN" || !value.isNaN {
        row.append(real: value)
      } else {
        row.append("S", text)
      }
    case .integer, .boolean:
      // What a column of text made of a number.
      guard let value = Int64(String(decoding: text, as: UTF8.self)) else { return row.append("S", text) }
      append(integer: value, to: row)
    case .decimal(_, let scale):
      guard let decimal = DecimalText(String(decoding: text, as: UTF8.self), scale: scale) else {
        return row.append("S", text)
      }
      row.append(decimal)
    case .binary: row.append("S", text)
    }
  }

  private func raw(_ letter: Unicode.Scalar, _ text: String, _ row: ComparedRow) {
    var text = text
    text.withUTF8 { row.append(letter, UnsafeRawBufferPointer($0)) }
  }

  private func bytes(_ start: UnsafeRawPointer?, _ value: OpaquePointer?) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: start, count: Int(sqlite3_value_bytes(value)))
  }

  private func bytes(_ start: UnsafePointer<UInt8>?, _ value: OpaquePointer?) -> UnsafeRawBufferPointer {
    bytes(UnsafeRawPointer(start), value)
  }
}
