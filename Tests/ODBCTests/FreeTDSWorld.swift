import Foundation
import ODBC
import Support

/// Connections to a test's own database on the TDS server through FreeTDS.
struct FreeTDSWorld {
  let database: TDSDatabase

  init() async throws { database = try await TDSServer.shared().database() }

  func string(password: String? = nil, database: String? = nil, port: Int? = nil) -> ODBCConnectionString {
    var string = ODBCConnectionString()
    string.add("Driver", "FreeTDS")
    string.add("Server", "127.0.0.1")
    string.add("Port", "\(port ?? self.database.server.facts.port)")
    string.add("Database", database ?? self.database.name)
    string.add("UID", self.database.name)
    string.add("PWD", password ?? self.database.password)
    string.add("TDS_Version", "7.4")
    string.add("ClientCharset", "UTF-8")
    return string
  }

  func connect() throws -> ODBCConnection { try ODBCConnection(string()) }

  /// Runs what waits for a server on a thread that no task needs.
  static func blocking(_ work: @escaping @Sendable () throws -> Void) async throws {
    try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
      DispatchQueue.global().async { done.resume(with: Result { try work() }) }
    }
  }

  /// A table `t` with so many rows: `i` from 1 on, and texts beside.
  func fill(_ rows: Int) async throws {
    let values = (1...rows).map { "(\($0), N'text \($0)')" }.joined(separator: ", ")
    try await database.script("CREATE TABLE t(i int NOT NULL, s nvarchar(50)); INSERT INTO t VALUES \(values)")
  }
}
