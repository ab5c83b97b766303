import GRDBSQLite
import Plans

/// A prepared statement; finalized when dropped.
///
/// The hot loops take ``handle`` and call SQLite themselves; everything else uses the typed look-ups.
final class SQLiteStatement {
  let handle: OpaquePointer
  private let connection: SQLiteConnection
  private let place: String

  init(_ sql: String, on connection: SQLiteConnection, at place: String) throws {
    var prepared: OpaquePointer?
    let code = sqlite3_prepare_v2(connection.handle, sql, -1, &prepared, nil)
    guard code == SQLITE_OK, let prepared else { throw connection.failure(code, at: place) }
    handle = prepared
    self.connection = connection
    self.place = place
  }

  deinit {
    sqlite3_finalize(handle)
  }

  /// Binds values to the parameters in order.
  func bind(_ values: [KeyValue]) throws {
    for (index, value) in values.enumerated() {
      let position = Int32(index + 1)
      let code =
        switch value {
        case .integer(let value): sqlite3_bind_int64(handle, position, value)
        case .real(let value): sqlite3_bind_double(handle, position, value)
        case .text(let value): bind(text: value, position)
        case .bytes(let value): bind(bytes: value, position)
        }
      guard code == SQLITE_OK else { throw connection.failure(code, at: place) }
    }
  }

  /// Moves to the next row; false after the last, and the statement may be run again.
  func step() throws -> Bool {
    switch sqlite3_step(handle) {
    case SQLITE_ROW: return true
    case SQLITE_DONE:
      sqlite3_reset(handle)
      return false
    case let code:
      let failure = connection.failure(code, at: place)
      sqlite3_reset(handle)
      throw failure
    }
  }

  /// Ends the run, so that other values can be bound.
  func reset() {
    sqlite3_reset(handle)
  }

  var parameterCount: Int { Int(sqlite3_bind_parameter_count(handle)) }

  func isNull(_ column: Int) -> Bool {
    sqlite3_column_type(handle, Int32(column)) == SQLITE_NULL
  }

  func integer(_ column: Int) -> Int {
    Int(sqlite3_column_int64(handle, Int32(column)))
  }

  func bool(_ column: Int) -> Bool {
    integer(column) != 0
  }

  /// Text as Swift has it: what is not UTF-8 is repaired, so only for names and the like.
  func text(_ column: Int) -> String? {
    guard let bytes = sqlite3_column_text(handle, Int32(column)) else { return nil }
    let count = Int(sqlite3_column_bytes(handle, Int32(column)))
    return String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
  }

  /// The value as a key has it.
  ///
  /// - Returns: nil for NULL, and for text that is not UTF-8 and therefore cannot travel in a plan.
  func key(_ column: Int) -> KeyValue? {
    let column = Int32(column)
    switch sqlite3_column_type(handle, column) {
    case SQLITE_INTEGER: return .integer(sqlite3_column_int64(handle, column))
    case SQLITE_FLOAT: return .real(sqlite3_column_double(handle, column))
    case SQLITE_TEXT:
      guard let bytes = sqlite3_column_text(handle, column) else { return nil }
      let buffer = UnsafeBufferPointer(start: bytes, count: Int(sqlite3_column_bytes(handle, column)))
      return String(validating: buffer, as: UTF8.self).map { .text($0) }
    case SQLITE_BLOB:
      let bytes = sqlite3_column_blob(handle, column)
      return .bytes(Array(UnsafeRawBufferPointer(start: bytes, count: Int(sqlite3_column_bytes(handle, column)))))
    default: return nil
    }
  }

  private func bind(text: String, _ position: Int32) -> Int32 {
    var text = text
    return text.withUTF8 { utf8 in
      utf8.withMemoryRebound(to: CChar.self) {
        // A null pointer would bind NULL: empty text needs an address.
        guard let start = $0.baseAddress, !$0.isEmpty else {
          return sqlite3_bind_text64(handle, position, "", 0, Self.copied, UInt8(SQLITE_UTF8))
        }
        return sqlite3_bind_text64(handle, position, start, UInt64($0.count), Self.copied, UInt8(SQLITE_UTF8))
      }
    }
  }

  private func bind(bytes: [UInt8], _ position: Int32) -> Int32 {
    guard !bytes.isEmpty else { return sqlite3_bind_zeroblob(handle, position, 0) }
    return bytes.withUnsafeBytes {
      sqlite3_bind_blob64(handle, position, $0.baseAddress, UInt64($0.count), Self.copied)
    }
  }

  /// `SQLITE_TRANSIENT`, a macro that Swift does not see: SQLite makes its own copy.
  private static let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
}
