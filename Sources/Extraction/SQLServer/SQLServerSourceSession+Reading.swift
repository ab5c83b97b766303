import Catalogs
import ODBC

extension SQLServerSourceSession {
  /// Whether ``reading(at:of:_:_:)`` sees the table as of one moment.
  ///
  /// A table in memory keeps versions of its rows by itself; SNAPSHOT isolation of a session does not reach it, and a hint does.
  func isOneMoment(_ table: Table) -> Bool {
    database.isUnchanging || database.allowsSnapshot || table.traits.contains(SQLServerCatalog.inMemory)
  }

  /// Runs `body` as of one moment where the database allows it, else as each statement finds the rows.
  func reading<Result>(
    at place: String, of table: Table, _ wait: @escaping SQLServerLink.Wait = {}, _ body: () throws -> Result
  ) throws -> Result {
    try reachingSQLServer(at: place) {
      let isInMemory = table.traits.contains(SQLServerCatalog.inMemory)
      let isSnapshot = database.allowsSnapshot && !database.isUnchanging && !isInMemory
      try link.execute("SET TRANSACTION ISOLATION LEVEL \(isSnapshot ? "SNAPSHOT" : "READ COMMITTED")", wait: wait)
      guard isOneMoment(table) else { return try body() }
      try link.execute("BEGIN TRANSACTION", wait: wait)
      do {
        let result = try body()
        try link.execute("COMMIT TRANSACTION", wait: wait)
        return result
      } catch {
        // Where the connection is gone, or the server has undone the transaction, there is none left.
        try? link.execute("IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION")
        throw error
      }
    }
  }
}
