import CODBC

/// One statement of a connection and the cursor over its rows.
package final class ODBCStatement {
  /// For ``cancel()``, which ODBC allows from another thread.
  nonisolated(unsafe) private let raw: SQLHSTMT
  private let handle: ODBCHandle
  private let connection: ODBCConnection
  /// Kept while the driver may write into it.
  private var block: ODBCBlock?
  private var buffer: UnsafeMutableRawBufferPointer?

  /// Bytes that one call of `SQLGetData` gives at the most.
  static let pieceBytes = 1 << 16

  /// - Parameter timeout: seconds that the server may take until it answers; nil for no limit.
  package init(_ connection: ODBCConnection, timeout: Int? = nil) throws(ODBCError) {
    self.connection = connection
    handle = try ODBCHandle(.statement, under: connection.raw, ofKind: .connection)
    raw = handle.raw
    if let timeout {
      try handle.check(
        codbc_set_statement(raw, SQLINTEGER(SQL_ATTR_QUERY_TIMEOUT), SQLULEN(timeout)), "SQLSetStmtAttr")
    }
  }

  deinit { buffer?.deallocate() }

  /// Sends a statement.
  ///
  /// Wide characters: a driver that exports only the wide functions gets narrow text through a conversion that ruins it.
  package func execute(_ sql: String) throws(ODBCError) {
    var text = WideText.units(sql)
    try handle.check(SQLExecDirectW(raw, &text, SQLINTEGER(SQL_NTS)), "SQLExecDirect")
  }

  /// Ends what the statement does; from any thread. Nothing is sure until the call that it interrupts has returned.
  package func cancel() { SQLCancel(raw) }

  package func columnCount() throws(ODBCError) -> Int {
    var count: SQLSMALLINT = 0
    try handle.check(SQLNumResultCols(raw, &count), "SQLNumResultCols")
    return Int(count)
  }

  package func columns() throws(ODBCError) -> [ODBCColumn] {
    var columns: [ODBCColumn] = []
    for number in 1...max(1, try columnCount()) {
      var name = [SQLWCHAR](repeating: 0, count: 512)
      var (length, type, digits, nullable): (SQLSMALLINT, SQLSMALLINT, SQLSMALLINT, SQLSMALLINT) = (0, 0, 0, 0)
      var size: SQLULEN = 0
      try handle.check(
        SQLDescribeColW(
          raw, SQLUSMALLINT(number), &name, SQLSMALLINT(name.count), &length, &type, &size, &digits, &nullable),
        "SQLDescribeCol")
      columns.append(
        ODBCColumn(
          name: WideText.string(name.prefix { $0 != 0 }), type: Int(type), size: Int(clamping: size),
          decimalDigits: Int(digits), isNullable: Int32(nullable) != SQL_NO_NULLS))
    }
    return columns
  }

  /// Goes to the next result of a batch; false behind the last.
  package func moreResults() throws(ODBCError) -> Bool {
    try handle.check(SQLMoreResults(raw), "SQLMoreResults") != .noData
  }

  /// Binds the columns of `block`, the statement's first ones, for ``fetch()``.
  ///
  /// To be called after ``execute(_:)``: a row array that is set before makes Microsoft's driver open a server cursor,
  /// which costs nearly twice the time.
  package func bind(_ block: ODBCBlock) throws(ODBCError) {
    self.block = block
    try set(SQL_ATTR_ROW_BIND_TYPE, SQLULEN(SQL_BIND_BY_COLUMN))
    try set(SQL_ATTR_ROW_ARRAY_SIZE, SQLULEN(block.capacity))
    try handle.check(
      codbc_set_statement_pointer(raw, SQLINTEGER(SQL_ATTR_ROWS_FETCHED_PTR), block.fetched), "SQLSetStmtAttr")
    try handle.check(
      codbc_set_statement_pointer(raw, SQLINTEGER(SQL_ATTR_ROW_STATUS_PTR), block.status), "SQLSetStmtAttr")
    for (index, buffer) in block.buffers.enumerated() {
      try handle.check(
        SQLBindCol(
          raw, SQLUSMALLINT(index + 1), buffer.layout.cType, buffer.values, SQLLEN(buffer.layout.stride),
          buffer.indicators),
        "SQLBindCol")
    }
  }

  private func set(_ attribute: Int32, _ value: SQLULEN) throws(ODBCError) {
    try handle.check(codbc_set_statement(raw, SQLINTEGER(attribute), value), "SQLSetStmtAttr")
  }

  /// Fills the bound block with the next rows.
  ///
  /// A row with a value that did not fit is no error here, though FreeTDS 1.3.17 calls it one in the row's status: whoever reads
  /// the block asks ``ODBCBuffer/isTruncated(_:)`` of each value.
  ///
  /// - Returns: how many rows; 0 behind the last.
  /// - Throws: ``ODBCError``; an error of the server comes here after rows were delivered, and only the answer "no data"
  ///   means the end.
  package func fetch() throws(ODBCError) -> Int {
    guard let block else { preconditionFailure("fetch() needs a bound block") }
    block.fetched.pointee = 0
    let status = try handle.check(SQLFetch(raw), "SQLFetch")
    guard status != .noData else { return 0 }
    if status == .successWithInfo {
      let diagnostics = ODBCDiagnostic.all(of: raw, .statement)
      if diagnostics.contains(where: \.isFailure) { throw ODBCError("SQLFetch", diagnostics) }
    }
    let rows = Int(block.fetched.pointee)
    for row in 0..<rows {
      // FreeTDS 1.3.17 goes on with that status for all rows behind it, whatever becomes of them.
      if block.buffers.contains(where: { $0.isTruncated(row) }) { break }
      if Int32(block.status[row]) == SQL_ROW_ERROR {
        throw ODBCError("SQLFetch", ODBCDiagnostic.all(of: raw, .statement))
      }
    }
    // A fetch that succeeds with no row would be taken for the end.
    guard rows > 0 else { throw ODBCError("SQLFetch", ODBCDiagnostic.all(of: raw, .statement)) }
    return rows
  }

  /// Goes to the next row, whose unbound columns ``stream(_:_:_:)`` reads; false behind the last.
  package func fetchOne() throws(ODBCError) -> Bool {
    guard block == nil else { return try fetch() == 1 }
    return try handle.check(SQLFetch(raw), "SQLFetch") != .noData
  }

  /// Reads one value of the current row piece by piece, whatever its length.
  ///
  /// Columns are read from left to right, behind all bound ones, with a row array of 1: the order every driver allows.
  /// Pieces come until the driver says that there are no more: a piece that was cut may be reported as a success.
  ///
  /// - Parameters:
  ///   - column: counted from 0.
  ///   - consume: gets UTF-8 or the bytes.
  /// - Returns: false for NULL.
  package func stream(
    _ column: Int, _ kind: ODBCStreamKind, _ consume: (UnsafeRawBufferPointer) -> Void
  ) throws(ODBCError) -> Bool {
    let buffer = self.buffer ?? .allocate(byteCount: Self.pieceBytes, alignment: 8)
    self.buffer = buffer
    let terminator = kind == .text ? MemoryLayout<SQLWCHAR>.stride : 0
    var wide = WideStream()
    while true {
      var indicator: SQLLEN = 0
      let status = try handle.check(
        SQLGetData(
          raw, SQLUSMALLINT(column + 1), kind.cType, buffer.baseAddress, SQLLEN(buffer.count), &indicator),
        "SQLGetData")
      if status == .noData { break }
      if indicator == SQLLEN(SQL_NULL_DATA) { return false }
      let room = buffer.count - terminator
      let count = indicator == SQLLEN(SQL_NO_TOTAL) || indicator > room ? room : Int(indicator)
      let piece = UnsafeRawBufferPointer(rebasing: buffer[0..<count])
      switch kind {
      case .binary: consume(piece)
      case .text: try wide.add(piece, consume)
      }
      // FreeTDS gives a sql_variant whole, and again whenever it is asked.
      if status == .successWithInfo, indicator != SQLLEN(SQL_NO_TOTAL), indicator <= room { break }
      // Values of a fixed length and a whole value in one piece need no second call, but drivers differ: all are asked.
    }
    try wide.end()
    return true
  }

  /// Forgets the rows that are left.
  package func close() {
    SQLFreeStmt(raw, SQLUSMALLINT(SQL_CLOSE))
    SQLFreeStmt(raw, SQLUSMALLINT(SQL_UNBIND))
    block = nil
  }
}
