import Catalogs
import GRDBSQLite
import Parquet
import Plans

/// Steps through a query and fills batches with its rows.
struct SQLiteRowReader {
  private let statement: SQLiteStatement
  private let connection: SQLiteConnection
  private let columns: [ColumnPlan]
  private let table: Table
  /// A last column of the query tells the row number, for messages.
  private let hasRowid: Bool

  init(
    _ columns: [ColumnPlan], of table: Table, _ predicate: SQLitePredicate, on connection: SQLiteConnection
  ) throws {
    let list = columns.map { Identifier.quoted($0.source) } + [table.rowid].compactMap { $0 }
    statement = try connection.prepare(
      "SELECT \(list.joined(separator: ", ")) FROM \(Identifier.quoted(table.name.table))\(predicate.clause)",
      predicate.bindings, at: "table \(table.name)")
    self.connection = connection
    self.columns = columns
    self.table = table
    hasRowid = table.rowid != nil
  }

  /// Reads all rows; returns how many.
  func read(into writer: StageWriter, batchBytes: Int, _ pacer: ProgressPacer) throws -> Int {
    let fills = columns.map { SQLiteColumnFill($0.type, isNullable: $0.isNullable) }
    let rowBytes = fills.reduce(0) { $0 + $1.fixedBytes }
    var rows = 0
    var isOver = false
    while !isOver {
      let batch = try writer.empty(pacer.tick)
      do {
        isOver = try fills.withUnsafeBufferPointer {
          try fill(batch, $0, rowBytes: rowBytes, batchBytes: batchBytes, rowsBefore: rows)
        }
      } catch let error as ParquetError {
        throw ExtractionError(
          .valueDoesNotFit, at: "table \(table.name)", "a value is too long to be staged: \(error.message)")
      }
      rows += batch.rows
      pacer.rows = rows
      if batch.rows > 0 { writer.submit(batch) }
      try pacer.tick()
    }
    return rows
  }

  /// Fills one batch; true when the query has no more rows.
  private func fill(
    _ batch: RecordBatch, _ fills: UnsafeBufferPointer<SQLiteColumnFill>, rowBytes: Int, batchBytes: Int,
    rowsBefore: Int
  ) throws -> Bool {
    let handle = statement.handle
    let buffers = batch.columns.map(\.appender)
    var bytes = 0
    return try buffers.withUnsafeBufferPointer { buffers in
      while bytes < batchBytes {
        let code = sqlite3_step(handle)
        if code != SQLITE_ROW {
          if code == SQLITE_DONE { return true }
          throw connection.failure(code, at: "table \(table.name)")
        }
        for index in 0..<fills.count {
          let used = try fills[index].append(
            sqlite3_column_value(handle, Int32(truncatingIfNeeded: index)), to: buffers[index])
          guard used >= 0 else { throw refusal(of: index, row: rowsBefore + batch.columns[index].count + 1) }
          bytes &+= used
        }
        bytes &+= rowBytes
      }
      return false
    }
  }

  /// What to say of a value that the plan's type cannot hold: everything but the value.
  private func refusal(of index: Int, row: Int) -> ExtractionError {
    let column = columns[index]
    let value: OpaquePointer = sqlite3_column_value(statement.handle, Int32(index))
    let type = sqlite3_value_type(value)
    let place = "table \(table.name), column \(column.source)"
    let name = Self.name(of: type)
    let line = hasRowid ? "rowid \(statement.integer(columns.count))" : "row \(row) of the part"
    let key = table.primaryKey.isEmpty ? "" : ", key \(table.primaryKey.joined(separator: ", "))"
    let planned = "\(column.type)\(column.isNullable ? "" : " NOT NULL")"
    let advice =
      type == SQLITE_NULL
      ? "make a new plan" : "make a new plan without --no-scan, or map the column to VARIANT with columnTypeMappings"
    return ExtractionError(
      .valueDoesNotFit, at: place,
      "\(name) (\(line)\(key)) does not fit the planned \(planned); \(advice)"
    )
  }

  /// A storage class in a sentence.
  private static func name(of type: Int32) -> String {
    switch type {
    case SQLITE_INTEGER: "an integer"
    case SQLITE_FLOAT: "a real"
    case SQLITE_TEXT: "a text"
    case SQLITE_BLOB: "a blob"
    default: "a NULL"
    }
  }
}
