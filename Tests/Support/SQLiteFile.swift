import GRDBSQLite

/// A value as SQLite stores it, compared by storage class and bytes: 1 is not 1.0, and 0.0 is not -0.0.
package enum RawValue: Hashable, Sendable, CustomStringConvertible {
  case null
  case integer(Int64)
  /// The bits of the number.
  case real(UInt64)
  case text([UInt8])
  case blob([UInt8])

  package var description: String {
    switch self {
    case .null: "NULL"
    case .integer(let value): "\(value)"
    case .real(let bits): "real \(Double(bitPattern: bits))"
    case .text(let bytes): "'\(String(decoding: bytes.prefix(40), as: UTF8.self))'"
    case .blob(let bytes):
      "blob of \(bytes.count) [\(bytes.prefix(8).map { String($0, radix: 16) }.joined(separator: " "))]"
    }
  }
}

/// A SQLite file as a test sees it, through libsqlite3 alone: nothing of the program takes part in reading it.
package final class SQLiteFile {
  package struct Failure: Error, CustomStringConvertible {
    package var code: Int32
    package var message: String
    package var sql: String

    package var description: String { "SQLite error \(code): \(message) in: \(sql.prefix(200))" }
  }

  private let path: String
  private let handle: OpaquePointer

  /// Opens the file.
  ///
  /// - Parameter isNew: a missing file is created.
  /// - Parameter busyTimeout: milliseconds to wait for another process's lock.
  package init(_ path: String, isNew: Bool = false, busyTimeout: Int32 = 20_000) throws {
    var opened: OpaquePointer?
    let flags = SQLITE_OPEN_READWRITE | (isNew ? SQLITE_OPEN_CREATE : 0)
    let code = sqlite3_open_v2(path, &opened, flags, nil)
    guard code == SQLITE_OK, let opened else {
      sqlite3_close_v2(opened)
      throw Failure(code: code, message: String(cString: sqlite3_errstr(code)), sql: "open \(path)")
    }
    self.path = path
    handle = opened
    sqlite3_busy_timeout(handle, busyTimeout)
  }

  deinit { sqlite3_close_v2(handle) }

  /// Runs one or more statements without a result.
  package func execute(_ sql: String) throws {
    let code = sqlite3_exec(handle, sql, nil, nil, nil)
    guard code == SQLITE_OK else { throw failure(code, sql) }
  }

  /// The rows of one statement.
  package func rows(_ sql: String) throws -> [[RawValue]] {
    var rows: [[RawValue]] = []
    try each(sql) { rows.append($0) }
    return rows
  }

  /// Hands every row of one statement to `body`.
  package func each(_ sql: String, _ body: ([RawValue]) throws -> Void) throws {
    var statement: OpaquePointer?
    let prepared = sqlite3_prepare_v2(handle, sql, -1, &statement, nil)
    guard prepared == SQLITE_OK, let statement else { throw failure(prepared, sql) }
    defer { sqlite3_finalize(statement) }
    while true {
      switch sqlite3_step(statement) {
      case SQLITE_ROW: try body((0..<sqlite3_column_count(statement)).map { Self.value(statement, $0) })
      case SQLITE_DONE: return
      case let code: throw failure(code, sql)
      }
    }
  }

  /// The first column of the first row as a whole number; nil for NULL or no row.
  package func integer(_ sql: String) throws -> Int? {
    guard case .integer(let value)? = try rows(sql).first?.first else { return nil }
    return Int(value)
  }

  /// The first column of every row as text.
  package func texts(_ sql: String) throws -> [String] {
    try rows(sql).compactMap { row in
      switch row.first {
      case .text(let bytes)?: String(decoding: bytes, as: UTF8.self)
      case .integer(let value)?: "\(value)"
      default: nil
      }
    }
  }

  private func failure(_ code: Int32, _ sql: String) -> Failure {
    Failure(code: code, message: String(cString: sqlite3_errmsg(handle)), sql: sql)
  }

  private static func value(_ statement: OpaquePointer, _ column: Int32) -> RawValue {
    switch sqlite3_column_type(statement, column) {
    case SQLITE_INTEGER: return .integer(sqlite3_column_int64(statement, column))
    case SQLITE_FLOAT: return .real(sqlite3_column_double(statement, column).bitPattern)
    case SQLITE_TEXT:
      let start = UnsafeRawPointer(sqlite3_column_text(statement, column))
      return .text(bytes(start, sqlite3_column_bytes(statement, column)))
    case SQLITE_BLOB:
      let start = sqlite3_column_blob(statement, column)
      return .blob(bytes(start, sqlite3_column_bytes(statement, column)))
    default: return .null
    }
  }

  private static func bytes(_ start: UnsafeRawPointer?, _ count: Int32) -> [UInt8] {
    guard let start, count > 0 else { return [] }
    return Array(UnsafeRawBufferPointer(start: start, count: Int(count)))
  }
}
