package import Catalogs
package import Plans
package import Postgres

/// A PostgreSQL database as a source of tables.
///
/// Everything is read, nothing written: the session is read-only. Every question is answered in one transaction of one snapshot.
package final class PostgreSQLSourceSession: SourceSession {
  package var platform: SourcePlatform { .postgresql }

  /// The oldest version whose catalog and functions are relied on.
  static let oldestVersion = 120_000

  let connection: any PostgresLink
  /// Server and database, for messages.
  let place: String
  private let database: String
  /// Tables with up to so many rows are cut exactly: a sample would not be cheaper.
  let smallTable: Int
  /// Tables that were found and that the login may not read.
  private var unreadable: Set<ObjectName> = []

  /// Whether the server lets this login export a snapshot.
  private let canExport: Bool

  /// Tables with values that are too long for a driver's buffers.
  var streamed: Set<ObjectName> = []

  /// Over libpq.
  ///
  /// - Parameters:
  ///   - statementTimeout: seconds after which the server ends a statement; 0 for never, as large tables take long.
  ///   - smallTable: rows up to which boundaries are counted out.
  /// - Throws: ``ExtractionError`` `cannotOpen`, transient where trying again may help.
  package convenience init(
    _ settings: PostgresSettings, statementTimeout: Int = 0, smallTable: Int = 200_000
  ) throws {
    let place = Self.place(settings)
    let connection = try reachingPostgres(at: place) { try PostgresConnection(settings.limited(by: statementTimeout)) }
    try self.init(connection, settings, statementTimeout: statementTimeout, smallTable: smallTable)
  }

  /// Through an ODBC driver.
  ///
  /// - Parameters:
  ///   - driver: a name of `odbcinst.ini` or a path.
  ///   - raw: a connection string of the user's own, whose keys win over those of the settings.
  package convenience init(
    _ settings: PostgresSettings, driver: String, raw: String = "", statementTimeout: Int = 0,
    smallTable: Int = 200_000
  ) throws {
    let place = Self.place(settings)
    let connection = try reachingPostgres(at: place) {
      try PostgresODBCLink(settings, driver: driver, raw: raw, to: .postgresql, place: place)
    }
    try self.init(connection, settings, statementTimeout: statementTimeout, smallTable: smallTable)
  }

  private static func place(_ settings: PostgresSettings) -> String {
    "\(settings.host):\(settings.port)/\(settings.database)"
  }

  private init(
    _ connection: any PostgresLink, _ settings: PostgresSettings, statementTimeout: Int, smallTable: Int
  ) throws {
    place = Self.place(settings)
    database = settings.database
    self.smallTable = smallTable
    self.connection = connection
    guard connection.serverVersion >= Self.oldestVersion else {
      throw ExtractionError(
        .cannotOpen, at: place,
        "the server is PostgreSQL \(connection.serverVersion / 10_000), and 12 is the oldest that can be read")
    }
    canExport = try reachingPostgres(at: place) {
      try connection.execute(Self.setUp(statementTimeout: statementTimeout))
      return try connection.query(Self.exportQuestion).flag(0, 0)
    }
  }

  /// Forms of text that do not depend on anybody's settings; no row hidden by a policy without a word; a server that notices
  /// when this side is gone (from version 14 on).
  private static func setUp(statementTimeout: Int) -> String {
    """
    SET default_transaction_read_only = on; SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'; \
    SET IntervalStyle = 'iso_8601'; SET extra_float_digits = 3; SET bytea_output = 'hex'; \
    SET standard_conforming_strings = on; SET row_security = off; SET jit = off; SET lock_timeout = '60s'; \
    SET idle_in_transaction_session_timeout = 0; SET statement_timeout = \(statementTimeout * 1000); \
    SELECT set_config(name, '10s', false) FROM pg_settings WHERE name = 'client_connection_check_interval'
    """
  }

  package func tables(_ names: [ObjectName]) throws -> [ObjectName: Table] {
    let found = try entries(names)
    var tables: [ObjectName: Table] = [:]
    for (index, entry) in found {
      tables[names[index]] = entry.table
      if !entry.isReadable { unreadable.insert(entry.table.name) }
    }
    return tables
  }

  package func allTables() throws -> [Table] {
    try reading(at: place) { try PostgreSQLCatalog(connection: connection).readable() }
  }

  package func checkAccess(to table: Table) throws {
    if unreadable.contains(table.name) { throw ExtractionError.unreadable(table) }
  }

  package func check(filter: String, of table: Table) throws {
    try PostgreSQLFilter.judge(filter, of: table) { _ = try connection.query($0) }
  }

  package func snapshotGuarantee(for table: Table, parts: Int) -> Guarantee {
    parts <= 1
      ? Guarantee(.exact, "the table is read in one transaction")
      : Guarantee(
        .bestEffort,
        "each part is read in a transaction of its own: rows that other programs change meanwhile may be seen in one "
          + "part and not in the next; stop them, or let the next refresh bring the change")
  }

  /// Others than tables are read in transactions of their own: nothing tells whether what is behind them was rewritten.
  package func sharesSnapshots(of table: Table) -> Bool { canExport && table.kind == .table }

  package func exportSnapshot() throws -> String {
    try reachingPostgres(at: place) {
      try connection.execute(Self.begin)
      guard let name = try connection.query("SELECT pg_export_snapshot()").text(0, 0) else {
        throw ExtractionError(.queryFailed, at: place, "the server exported no snapshot", isTransient: true)
      }
      return name
    }
  }

  package func obstacle(to key: PartitionKey, of table: Table) -> String? {
    for name in key.columns {
      guard let column = table.column(name) else { return "\(table.name) has no column \(name)" }
      guard PostgreSQLType(column.declaredType).isOrdered else {
        return "\(name) cannot split the table: PostgreSQL has no order for the type \(column.declaredType)"
      }
    }
    return nil
  }

  package func extractionQuery(table: ObjectName, columns: [ColumnPlan], filter: String?) -> String {
    let described = Table(name: table, columns: [])
    let list = Self.selected(columns, of: described).map(\.sql).joined(separator: ", ")
    let condition = filter.map { SQLPredicate.filter($0).sql + " AND " } ?? ""
    return "COPY (SELECT \(list) FROM \(described.postgresName) WHERE \(condition)/* the part's range */) "
      + "TO STDOUT (FORMAT binary)"
  }

  /// The table of that name as it is now, within a transaction or without; nil when there is none.
  func current(
    _ name: ObjectName, _ depth: PostgreSQLCatalog.Depth, _ wait: @escaping PostgresConnection.Wait
  ) throws -> Table? {
    guard isHere(name) else { return nil }
    return try PostgreSQLCatalog(connection: connection, wait: wait).entries([name], depth)[0]?.table
  }

  /// What is found, by the position of its name.
  private func entries(_ names: [ObjectName]) throws -> [Int: PostgreSQLCatalog.Entry] {
    try reading(at: place) {
      let found = try PostgreSQLCatalog(connection: connection).entries(names)
      return found.filter { isHere(names[$0.key]) }
    }
  }

  /// A connection reaches one database: a name of another is not found.
  private func isHere(_ name: ObjectName) -> Bool {
    name.database.map { $0 == database } ?? true
  }
}
