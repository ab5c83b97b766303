import Catalogs
import Plans
import Postgres

/// Transactions: every question about rows is answered in one, and sees one snapshot.
extension PostgreSQLSourceSession {
  static let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"

  /// Emulations of PostgreSQL may have no such function, and a login may be kept from it.
  static let exportQuestion = """
    SELECT coalesce(has_function_privilege(to_regprocedure('pg_export_snapshot()'), 'EXECUTE'), false)
    """

  /// Runs `body` in one transaction of one snapshot.
  ///
  /// - Parameters:
  ///   - table: is locked against changes of its shape. `LOCK` comes before the snapshot: a table that is rewritten or emptied
  ///     while this waits for it would look empty to an older one. Other relations take no `LOCK`.
  ///   - snapshot: one that another session exported; nil for one of this transaction's own.
  func reading<Result>(
    at place: String, locking table: Table? = nil, in snapshot: String? = nil, _ wait: PostgresConnection.Wait = {},
    _ body: () throws -> Result
  ) throws -> Result {
    try connection.transaction(Self.begin, at: place, wait) {
      if let table { try lock(table, wait) }
      if let snapshot { try join(snapshot, at: place, for: table, wait) }
      return try body()
    }
  }

  func isLockable(_ table: Table) -> Bool {
    table.kind != .virtual && !table.traits.contains(PostgreSQLCatalog.materialized)
  }

  private func lock(_ table: Table, _ wait: PostgresConnection.Wait) throws {
    try connection.execute(
      isLockable(table)
        ? "LOCK TABLE \(table.postgresName) IN ACCESS SHARE MODE" : "SELECT FROM \(table.postgresName) LIMIT 0",
      wait: wait)
  }

  private func join(
    _ snapshot: String, at place: String, for table: Table?, _ wait: PostgresConnection.Wait
  ) throws {
    do {
      try connection.execute("SET TRANSACTION SNAPSHOT \(PostgreSQLLiteral.quoted(snapshot))", wait: wait)
    } catch let error as PostgresError where error.code == .server && !error.isTransient {
      throw ExtractionError(
        .snapshotLost, at: place, "the connection that exported the snapshot is gone (\(error))", isTransient: true)
    }
    guard let table else { return }
    let isWhole = try connection.query(Self.isWhole, [table.postgresName], wait: wait).flag(0, 0)
    guard isWhole else {
      throw ExtractionError(
        .snapshotLost, at: place, "the table was emptied, rewritten or made anew since the snapshot was exported",
        isTransient: true)
    }
  }

  /// Whether a snapshot still sees the table's rows: `TRUNCATE`, and `ALTER TABLE` where it rewrites, take them from older
  /// snapshots without a word. Names and `pg_relation_filenode` are looked up as they are now, rows of `pg_class` as the
  /// snapshot has them; a table, or a part of it, that came or went since is told by its number.
  private static let isWhole = """
    WITH RECURSIVE then_tree AS (
      SELECT CAST($1 AS regclass)::oid AS oid
      UNION SELECT inhrelid FROM pg_inherits JOIN then_tree ON inhparent = then_tree.oid)
    SELECT bool_and(c.oid IS NOT NULL AND (c.relfilenode = 0 OR c.relfilenode = pg_relation_filenode(c.oid)))
      AND (bool_or(c.relkind <> 'p') FILTER (WHERE c.oid = CAST($1 AS regclass))
        OR count(*) = (SELECT count(*) FROM pg_partition_tree(CAST($1 AS regclass))))
    FROM then_tree LEFT JOIN pg_class c ON c.oid = then_tree.oid
    """
}
