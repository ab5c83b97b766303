import Foundation
import ODBC
import Support

/// Connections to a test's own PostgreSQL database through psqlODBC.
struct ODBCWorld {
  let database: PostgresDatabase

  init() throws { database = try PostgresServer.shared().database() }

  static let driver = "PostgreSQL Unicode"

  func string(user: String? = nil, password: String? = nil, more: [(String, String)] = []) -> ODBCConnectionString {
    var string = ODBCConnectionString()
    string.add("Driver", Self.driver)
    string.add("Server", database.server.host)
    string.add("Port", "\(database.server.port)")
    string.add("Database", database.name)
    string.add("UID", user ?? database.server.user)
    string.add("PWD", password)
    for (key, value) in more { string.add(key, value) }
    return string
  }

  /// psqlODBC keeps a whole result in memory unless it declares a cursor.
  func connect(fetch rows: Int = 100) throws -> ODBCConnection {
    try ODBCConnection(string(more: [("UseDeclareFetch", "1"), ("Fetch", "\(rows)")]))
  }
}
