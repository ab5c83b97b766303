import CPostgres

/// The rows of a query, values as the text the server writes for them; freed when dropped.
package final class PostgresResult {
  let handle: OpaquePointer

  init(_ handle: OpaquePointer) {
    self.handle = handle
  }

  deinit {
    PQclear(handle)
  }

  package var rows: Int { Int(PQntuples(handle)) }
  package var columns: Int { Int(PQnfields(handle)) }

  /// The name of a column.
  package func name(_ column: Int) -> String { PQfname(handle, Int32(column)).map { String(cString: $0) } ?? "" }

  /// The number of a column's type in `pg_type`.
  package func type(_ column: Int) -> UInt32 { PQftype(handle, Int32(column)) }

  /// The value as text; nil for NULL.
  package func text(_ row: Int, _ column: Int) -> String? {
    guard PQgetisnull(handle, Int32(row), Int32(column)) == 0, let bytes = PQgetvalue(handle, Int32(row), Int32(column))
    else { return nil }
    return String(
      decoding: UnsafeRawBufferPointer(start: bytes, count: Int(PQgetlength(handle, Int32(row), Int32(column)))),
      as: UTF8.self)
  }

  /// The value's bytes as the server sent them, good as long as the result; nil for NULL.
  @inline(__always)
  package func bytes(_ row: Int, _ column: Int) -> UnsafeRawBufferPointer? {
    guard PQgetisnull(handle, Int32(row), Int32(column)) == 0, let bytes = PQgetvalue(handle, Int32(row), Int32(column))
    else { return nil }
    return UnsafeRawBufferPointer(start: bytes, count: Int(PQgetlength(handle, Int32(row), Int32(column))))
  }

  /// The value as a whole number; nil for NULL and for what is none.
  package func integer(_ row: Int, _ column: Int) -> Int? { text(row, column).flatMap { Int($0) } }

  /// Whether the value is true.
  package func flag(_ row: Int, _ column: Int) -> Bool { text(row, column) == "t" }

  var status: ExecStatusType { PQresultStatus(handle) }

  /// Rows that a command says it moved.
  package var affected: Int? { PQcmdTuples(handle).flatMap { Int(String(cString: $0)) } }

  /// What the server has against the statement; nil when it has nothing.
  var failure: PostgresError? {
    guard status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE || status == PGRES_NONFATAL_ERROR else {
      return nil
    }
    let sqlState = field(CChar(UInt8(ascii: "C")))
    let message = field(CChar(UInt8(ascii: "M"))) ?? PQresultErrorMessage(handle).map { String(cString: $0) } ?? ""
    // libpq itself speaks when the connection is gone, without a code.
    return PostgresError(sqlState == nil ? .lost : .server, sqlState: sqlState, firstLine(message))
  }

  /// `C` is the SQLSTATE and `M` the primary message: the letters of the protocol, which libpq.h has as macros.
  private func field(_ letter: CChar) -> String? {
    PQresultErrorField(handle, Int32(letter)).map { String(cString: $0) }
  }
}

func firstLine(_ text: String) -> String {
  text.split(separator: "\n").first.map(String.init) ?? "the server gave no reason"
}
