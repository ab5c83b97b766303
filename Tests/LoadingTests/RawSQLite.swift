import GRDBSQLite
import Testing

/// A value as SQLite stores it, class and all; reals by their bits, so that -0.0 is not 0.0.
enum Cell: Hashable, CustomStringConvertible {
  case null
  case integer(Int64)
  case real(UInt64)
  case text(String)
  /// Text that is not UTF-8, by its bytes.
  case brokenText([UInt8])
  case blob([UInt8])

  static func double(_ value: Double) -> Cell { .real(value.bitPattern) }

  var description: String {
    switch self {
    case .null: "NULL"
    case .integer(let value): "integer \(value)"
    case .real(let bits): "real \(Double(bitPattern: bits))"
    case .text(let value): "text '\(value)'"
    case .brokenText(let bytes): "text \(bytes)"
    case .blob(let bytes): "blob \(bytes)"
    }
  }
}

/// A SQLite file seen through SQLite's own functions, sharing no code with what is tested.
final class RawSQLite {
  private var handle: OpaquePointer?

  init(_ path: String) throws {
    try #require(sqlite3_open(path, &handle) == SQLITE_OK)
  }

  deinit {
    sqlite3_close(handle)
  }

  func run(_ sql: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    var message: UnsafeMutablePointer<CChar>?
    let code = sqlite3_exec(handle, sql, nil, nil, &message)
    let text = message.map { String(cString: $0) } ?? ""
    sqlite3_free(message)
    try #require(code == SQLITE_OK, "\(text)", sourceLocation: sourceLocation)
  }

  func rows(_ sql: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> [[Cell]] {
    var statement: OpaquePointer?
    let code = sqlite3_prepare_v2(handle, sql, -1, &statement, nil)
    try #require(code == SQLITE_OK, "\(String(cString: sqlite3_errmsg(handle)))", sourceLocation: sourceLocation)
    defer { sqlite3_finalize(statement) }
    var rows: [[Cell]] = []
    while sqlite3_step(statement) == SQLITE_ROW {
      rows.append((0..<sqlite3_column_count(statement)).map { Self.cell(statement, $0) })
    }
    return rows
  }

  func column(_ sql: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> [Cell] {
    try rows(sql, sourceLocation: sourceLocation).map { $0[0] }
  }

  func integer(_ sql: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> Int64? {
    guard case .integer(let value)? = try column(sql, sourceLocation: sourceLocation).first else { return nil }
    return value
  }

  private static func cell(_ statement: OpaquePointer?, _ index: CInt) -> Cell {
    switch sqlite3_column_type(statement, index) {
    case SQLITE_INTEGER: return .integer(sqlite3_column_int64(statement, index))
    case SQLITE_FLOAT: return .double(sqlite3_column_double(statement, index))
    case SQLITE_TEXT:
      let bytes = Self.bytes(UnsafeRawPointer(sqlite3_column_text(statement, index)), statement, index)
      return String(validating: bytes, as: UTF8.self).map(Cell.text) ?? .brokenText(bytes)
    case SQLITE_BLOB: return .blob(Self.bytes(sqlite3_column_blob(statement, index), statement, index))
    default: return .null
    }
  }

  private static func bytes(_ start: UnsafeRawPointer?, _ statement: OpaquePointer?, _ index: CInt) -> [UInt8] {
    Array(UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : Int(sqlite3_column_bytes(statement, index))))
  }
}
