import Catalogs
import ODBC

/// Rows and bytes of tables by what the server keeps for itself: no pass over any row.
struct SQLServerStatistics {
  let link: SQLServerLink
  var wait: SQLServerLink.Wait = {}

  /// Errors that say that the login may not see the counters.
  private static let denied: Set<Int> = [229, 262, 297, 300, 371]

  /// Fills in `estimatedRows` and `estimatedBytes`. Views keep none, and tables in memory none that can be read here.
  ///
  /// - Parameter sees: the login has VIEW DATABASE STATE; without it the catalog's own counts serve, which are as good for
  ///   tables that are not just being written.
  func estimate(_ entries: inout [String: SQLServerCatalog.Entry], sees: Bool) throws {
    let counters = """
      SELECT p.object_id, SUM(p.row_count), SUM(p.used_page_count) * 8192
      FROM sys.dm_db_partition_stats AS p
      WHERE p.index_id IN (0, 1) AND \(SQLServerCatalog.condition("p.object_id", entries)) GROUP BY p.object_id
      """
    let counts = """
      SELECT p.object_id, SUM(CASE WHEN a.type = 1 THEN p.rows ELSE 0 END), SUM(a.used_pages) * 8192
      FROM sys.partitions AS p JOIN sys.allocation_units AS a ON a.container_id = p.partition_id
      WHERE p.index_id IN (0, 1) AND \(SQLServerCatalog.condition("p.object_id", entries)) GROUP BY p.object_id
      """
    let found: SQLServerLink.Rows
    do {
      found = try link.query(sees ? counters : counts, wait: wait)
    } catch let error as ODBCError where sees && error.diagnostics.contains(where: { Self.denied.contains($0.native) })
    {
      found = try link.query(counts, wait: wait)
    }
    for row in 0..<found.count {
      guard let id = found.text(row, 0), entries[id]?.table.traits.contains(SQLServerCatalog.inMemory) == false else {
        continue
      }
      entries[id]?.table.estimatedRows = found.integer(row, 1)
      entries[id]?.table.estimatedBytes = found.integer(row, 2)
    }
  }
}
