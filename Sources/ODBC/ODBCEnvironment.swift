import CODBC

/// unixODBC itself: one environment serves all connections of the process.
package final class ODBCEnvironment: Sendable {
  /// unixODBC guards its handles with locks of its own.
  nonisolated(unsafe) let raw: SQLHENV
  private let handle: Held

  /// Keeps the handle where a class may be `Sendable`.
  private final class Held: @unchecked Sendable {
    let handle: ODBCHandle
    init(_ handle: consuming ODBCHandle) { self.handle = handle }
  }

  private init() throws(ODBCError) {
    let handle = try ODBCHandle(.environment, under: nil)
    raw = handle.raw
    try handle.check(
      codbc_set_environment(handle.raw, SQLINTEGER(SQL_ATTR_ODBC_VERSION), SQLULEN(SQL_OV_ODBC3)), "SQLSetEnvAttr")
    self.handle = Held(handle)
  }

  private static let made = Result { () throws(ODBCError) in try ODBCEnvironment() }

  /// The process's one environment.
  package static func shared() throws(ODBCError) -> ODBCEnvironment { try made.get() }

  /// The drivers that `odbcinst.ini` names, in its order: what may stand behind `Driver=` beside a path.
  package func drivers() -> [String] {
    var names: [String] = []
    var direction = SQLUSMALLINT(SQL_FETCH_FIRST)
    var name = [SQLWCHAR](repeating: 0, count: 512)
    while true {
      var length: SQLSMALLINT = 0
      let status = SQLDriversW(raw, direction, &name, SQLSMALLINT(name.count), &length, nil, 0, nil)
      guard ODBCReturn(status).isSuccess else { return names }
      names.append(WideText.string(name.prefix(min(max(Int(length), 0), name.count - 1))))
      direction = SQLUSMALLINT(SQL_FETCH_NEXT)
    }
  }
}
