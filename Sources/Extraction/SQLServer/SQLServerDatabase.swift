import Catalogs

/// What server and database are, as far as reading depends on it.
struct SQLServerDatabase: Equatable {
  /// As the server spells it.
  var name: String
  /// 15 for SQL Server 2019; clouds count as the newest.
  var version: Int
  /// `ALLOW_SNAPSHOT_ISOLATION` is on.
  var allowsSnapshot: Bool
  /// `READ_COMMITTED_SNAPSHOT` is on: one statement sees one moment.
  var hasStatementSnapshot: Bool
  /// Nothing can change: a database snapshot, or a database that is set read-only.
  var isUnchanging: Bool
  /// The login may read `sys.dm_db_partition_stats`.
  var seesState: Bool
  /// The login sees what stands behind masks.
  var seesUnmasked: Bool

  /// The oldest version whose catalog and functions are relied on: SQL Server 2016.
  static let oldestVersion = 13

  /// UTF-8 came with 2019, ledger tables with 2022, graph tables with 2017.
  var hasUTF8: Bool { version >= 15 }
  var hasLedger: Bool { version >= 16 }
  var hasGraph: Bool { version >= 14 }

  static func read(_ link: SQLServerLink, at place: String) throws -> SQLServerDatabase {
    let found = try link.query(
      """
      SELECT d.name, CAST(SERVERPROPERTY('ProductVersion') AS nvarchar(128)), CAST(SERVERPROPERTY('EngineEdition') AS int),
        CAST(d.snapshot_isolation_state AS int), CAST(d.is_read_committed_snapshot_on AS int),
        CAST(d.is_read_only AS int), d.source_database_id,
        HAS_PERMS_BY_NAME(DB_NAME(), 'DATABASE', 'VIEW DATABASE STATE'), HAS_PERMS_BY_NAME(DB_NAME(), 'DATABASE', 'UNMASK')
      FROM sys.databases AS d WHERE d.database_id = DB_ID()
      """)
    guard found.count == 1, let name = found.text(0, 0) else {
      throw ExtractionError(.cannotOpen, at: place, "the server does not say what database the session is in")
    }
    let version = found.text(0, 1).flatMap { $0.split(separator: ".").first }.flatMap { Int($0) } ?? 0
    // Azure SQL Database, Managed Instance and Fabric keep an old number and are newer than any.
    let isCloud = [5, 8, 11, 12].contains(found.integer(0, 2))
    return SQLServerDatabase(
      name: name, version: isCloud ? 99 : version, allowsSnapshot: found.integer(0, 3) == 1,
      hasStatementSnapshot: found.integer(0, 4) == 1,
      isUnchanging: found.integer(0, 5) == 1 || found.integer(0, 6) != nil, seesState: found.integer(0, 7) == 1,
      seesUnmasked: found.integer(0, 8) == 1)
  }
}
