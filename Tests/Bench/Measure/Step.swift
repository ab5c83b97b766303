import GRDBSQLite

/// The least that reading a table costs: every row stepped to, every value fetched in its own storage class.
enum Step {
  static func run(database: String, table: String) throws -> Int {
    var handle: OpaquePointer?
    sqlite3_open_v2(database, &handle, SQLITE_OPEN_READONLY, nil)
    defer { sqlite3_close(handle) }
    var statement: OpaquePointer?
    sqlite3_prepare_v2(handle, "SELECT * FROM \"\(table)\"", -1, &statement, nil)
    defer { sqlite3_finalize(statement) }
    let columns = sqlite3_column_count(statement)
    var rows = 0
    var sum = 0
    while sqlite3_step(statement) == SQLITE_ROW {
      rows += 1
      for column in 0..<columns {
        switch sqlite3_column_type(statement, column) {
        case SQLITE_INTEGER: sum &+= Int(sqlite3_column_int64(statement, column))
        case SQLITE_FLOAT: sum &+= Int(truncatingIfNeeded: sqlite3_column_double(statement, column).bitPattern)
        case SQLITE_NULL: sum &+= 1
        default:
          _ = sqlite3_column_blob(statement, column)
          sum &+= Int(sqlite3_column_bytes(statement, column))
        }
      }
    }
    return sum == .min ? 0 : rows
  }
}
