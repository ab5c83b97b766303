import CODBC

/// One connection through a driver. Blocks; belongs to one thread at a time.
///
/// A connection carries one stream of rows: without MARS a second statement is refused while rows are unread.
package final class ODBCConnection {
  let raw: SQLHDBC
  private let handle: ODBCHandle
  private let environment: ODBCEnvironment
  private var isOpen = false

  /// - Parameters:
  ///   - loginTimeout: seconds that signing in may take; drivers count them in their own way, some twice.
  ///   - connectionTimeout: seconds that any other call may wait for the server; nil for the driver's own.
  /// - Throws: ``ODBCError``, without the connection string, which holds secrets.
  package init(
    _ string: ODBCConnectionString, loginTimeout: Int = 30, connectionTimeout: Int? = nil
  ) throws(ODBCError) {
    environment = try ODBCEnvironment.shared()
    handle = try ODBCHandle(.connection, under: environment.raw)
    raw = handle.raw
    // A driver that does not know a time-out says so, and connects without.
    _ = codbc_set_connection(raw, SQLINTEGER(SQL_ATTR_LOGIN_TIMEOUT), SQLULEN(loginTimeout))
    if let connectionTimeout {
      _ = codbc_set_connection(raw, SQLINTEGER(SQL_ATTR_CONNECTION_TIMEOUT), SQLULEN(connectionTimeout))
    }
    var text = WideText.units(string.text)
    // SQL_NTS: drivers that convert the string themselves differ in what a length counts.
    try handle.check(
      SQLDriverConnectW(raw, nil, &text, SQLSMALLINT(SQL_NTS), nil, 0, nil, SQLUSMALLINT(SQL_DRIVER_NOPROMPT)),
      "SQLDriverConnect")
    isOpen = true
  }

  deinit {
    guard isOpen else { return }
    SQLEndTran(SQLSMALLINT(SQL_HANDLE_DBC), raw, SQLSMALLINT(SQL_ROLLBACK))
    SQLDisconnect(raw)
  }

  /// Whether every statement commits by itself, as it does at first.
  package func setAutocommit(_ isOn: Bool) throws(ODBCError) {
    try handle.check(
      codbc_set_connection(
        raw, SQLINTEGER(SQL_ATTR_AUTOCOMMIT), SQLULEN(isOn ? SQL_AUTOCOMMIT_ON : SQL_AUTOCOMMIT_OFF)),
      "SQLSetConnectAttr")
  }

  package func commit() throws(ODBCError) { try end(SQL_COMMIT) }

  package func rollback() throws(ODBCError) { try end(SQL_ROLLBACK) }

  private func end(_ how: Int32) throws(ODBCError) {
    try handle.check(SQLEndTran(SQLSMALLINT(SQL_HANDLE_DBC), raw, SQLSMALLINT(how)), "SQLEndTran")
  }

  /// The driver's file, such as `libtdsodbc.so`.
  package func driverName() throws(ODBCError) -> String { try info(SQL_DRIVER_NAME) }

  /// The driver's version as it writes it, such as `01.03.0017`.
  package func driverVersion() throws(ODBCError) -> String { try info(SQL_DRIVER_VER) }

  /// The server's product, such as `Microsoft SQL Server`.
  package func serverName() throws(ODBCError) -> String { try info(SQL_DBMS_NAME) }

  /// The server's version as the driver writes it.
  package func serverVersion() throws(ODBCError) -> String { try info(SQL_DBMS_VER) }

  private func info(_ what: Int32) throws(ODBCError) -> String {
    var text = [SQLWCHAR](repeating: 0, count: 256)
    var bytes: SQLSMALLINT = 0
    try handle.check(
      SQLGetInfoW(raw, SQLUSMALLINT(what), &text, SQLSMALLINT(text.count * MemoryLayout<SQLWCHAR>.stride), &bytes),
      "SQLGetInfo")
    return WideText.string(text.prefix { $0 != 0 })
  }

  /// Runs a statement whose rows nobody wants.
  package func execute(_ sql: String) throws(ODBCError) {
    let statement = try ODBCStatement(self)
    try statement.execute(sql)
    while try statement.moreResults() {}
  }

  /// All rows of a small result as text, nil for NULL; for catalogs, not for user data.
  package func rows(_ sql: String) throws(ODBCError) -> [[String?]] {
    let statement = try ODBCStatement(self)
    try statement.execute(sql)
    let count = try statement.columnCount()
    var rows: [[String?]] = []
    while try statement.fetchOne() {
      var row: [String?] = []
      for column in 0..<count {
        var bytes: [UInt8] = []
        let isThere = try statement.stream(column, .text) { bytes.append(contentsOf: $0) }
        row.append(isThere ? String(decoding: bytes, as: UTF8.self) : nil)
      }
      rows.append(row)
    }
    return rows
  }
}
