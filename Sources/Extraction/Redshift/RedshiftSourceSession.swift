package import Catalogs
package import Plans
package import Postgres

/// An Amazon Redshift database as a source of tables.
///
/// Redshift speaks PostgreSQL's protocol and an old dialect of its SQL: simple queries, whose rows come one by one as text, or page
/// by page through an ODBC driver.
/// Everything is read, nothing written, in one transaction for each question.
package final class RedshiftSourceSession: SourceSession {
  package var platform: SourcePlatform { .redshift }

  let connection: any PostgresLink
  /// Server and database, for messages.
  let place: String
  private let database: String
  /// Tables with up to so many rows are cut exactly: a sample would not be cheaper.
  let smallTable: Int
  /// Where UNLOAD writes; nil where the connection does not say.
  let unload: RedshiftUnload?
  /// Tables that were found and that the login may not read.
  private var unreadable: Set<ObjectName> = []

  /// Tables with values that are too long for a driver's buffers.
  var streamed: Set<ObjectName> = []

  /// Over libpq.
  ///
  /// - Parameters:
  ///   - statementTimeout: seconds after which the server ends a statement; 0 for never, as large tables take long.
  ///   - smallTable: rows up to which boundaries are counted out.
  /// - Throws: ``ExtractionError`` `cannotOpen`, transient where trying again may help.
  package convenience init(
    _ settings: PostgresSettings, unload: RedshiftUnload? = nil, statementTimeout: Int = 0, smallTable: Int = 200_000
  ) throws {
    var limited = settings.limited(by: statementTimeout)
    // What Redshift's lists of sessions say of one that waits for its client has never been seen.
    limited.silence = nil
    let connection = try reachingPostgres(at: Self.place(settings)) { [limited] in try PostgresConnection(limited) }
    try self.init(connection, settings, unload, statementTimeout: statementTimeout, smallTable: smallTable)
  }

  /// Through an ODBC driver.
  ///
  /// - Parameters:
  ///   - driver: a name of `odbcinst.ini` or a path.
  ///   - raw: a connection string of the user's own, whose keys win over those of the settings.
  package convenience init(
    _ settings: PostgresSettings, driver: String, raw: String = "", unload: RedshiftUnload? = nil,
    statementTimeout: Int = 0, smallTable: Int = 200_000
  ) throws {
    let place = Self.place(settings)
    let connection = try reachingPostgres(at: place) {
      try PostgresODBCLink(settings, driver: driver, raw: raw, to: .redshift, place: place)
    }
    try self.init(connection, settings, unload, statementTimeout: statementTimeout, smallTable: smallTable)
  }

  private static func place(_ settings: PostgresSettings) -> String {
    "\(settings.host):\(settings.port)/\(settings.database)"
  }

  private init(
    _ connection: any PostgresLink, _ settings: PostgresSettings, _ unload: RedshiftUnload?, statementTimeout: Int,
    smallTable: Int
  ) throws {
    place = Self.place(settings)
    database = settings.database
    self.smallTable = smallTable
    self.unload = unload
    self.connection = connection
    try reachingPostgres(at: place) {
      let version = try connection.ask("SELECT version()").text(0, 0) ?? ""
      guard version.contains("Redshift") else {
        throw ExtractionError(
          .cannotOpen, at: place, "the server is not Amazon Redshift; for PostgreSQL set platform = \"postgresql\"")
      }
      for statement in Self.setUp(statementTimeout: statementTimeout) { try connection.execute(statement) }
    }
  }

  /// Forms of text that do not depend on anybody's settings, all digits of a number, and names as they are stored. Each alone: a
  /// driver may take one statement at a time.
  private static func setUp(statementTimeout: Int) -> [String] {
    [
      "SET enable_case_sensitive_identifier TO true", "SET TimeZone TO 'UTC'", "SET DateStyle TO 'ISO, YMD'",
      "SET extra_float_digits TO 2", "SET statement_timeout TO \(statementTimeout * 1000)",
    ]
  }

  package func tables(_ names: [ObjectName]) throws -> [ObjectName: Table] {
    let found = try reachingPostgres(at: place) { try RedshiftCatalog(connection: connection).entries(names) }
    var tables: [ObjectName: Table] = [:]
    for (index, entry) in found where isHere(names[index]) {
      tables[names[index]] = entry.table
      if !entry.isReadable { unreadable.insert(entry.table.name) }
    }
    return tables
  }

  package func allTables() throws -> [Table] {
    try reachingPostgres(at: place) { try RedshiftCatalog(connection: connection).readable() }
  }

  package func checkAccess(to table: Table) throws {
    if unreadable.contains(table.name) { throw ExtractionError.unreadable(table) }
  }

  package func check(filter: String, of table: Table) throws {
    try PostgreSQLFilter.judge(filter, of: table, escapes: true) { try connection.execute($0) }
  }

  package func remarks(on table: Table) -> [String] {
    var remarks: [String] = []
    if table.traits.contains(RedshiftCatalog.notEnforced) {
      remarks.append(
        "Redshift does not enforce its primary and unique keys: rows may repeat a key, and a target that checks it refuses them"
      )
    }
    if table.traits.contains(RedshiftCatalog.external) {
      remarks.append("an external table: its files may change while it is read, whatever the transaction")
    }
    return remarks
      + table.columns.compactMap { column in RedshiftType(column.declaredType).remark.map { "\(column.name): \($0)" } }
  }

  package func snapshotGuarantee(for table: Table, parts: Int) -> Guarantee {
    if table.traits.contains(RedshiftCatalog.external) {
      return Guarantee(.bestEffort, "external files have no snapshot: let nothing write them during the run")
    }
    return parts <= 1
      ? Guarantee(.exact, "the table is read in one transaction, which sees one snapshot")
      : Guarantee(
        .bestEffort,
        "each part is read in a transaction of its own, which sees one snapshot: rows that other programs change meanwhile "
          + "may be seen in one part and not in the next; stop them, or let the next refresh bring the change")
  }

  package func obstacle(to key: PartitionKey, of table: Table) -> String? {
    for name in key.columns {
      guard let column = table.column(name) else { return "\(table.name) has no column \(name)" }
      guard RedshiftType(column.declaredType).isOrdered else {
        return "\(name) cannot split the table: Redshift's order of the type \(column.declaredType) is not relied on"
      }
    }
    return nil
  }

  package func extractionQuery(table: ObjectName, columns: [ColumnPlan], filter: String?) -> String {
    let described = Table(name: table, columns: [])
    let list = Self.selected(columns, of: described).map(\.sql).joined(separator: ", ")
    return "SELECT \(list) FROM \(described.postgresName) WHERE \(Self.shown(filter))"
  }

  package func unloadQuery(table: ObjectName, columns: [ColumnPlan], filter: String?) throws -> String {
    let described = Table(name: table, columns: [])
    let unload = try unloading()
    let query = RedshiftUnload.query(columns, of: described, clause: " WHERE \(Self.shown(filter))")
    return unload.statement(query, to: unload.url("(state)/(run)/(table)/(part)/(attempt)"))
  }

  package var unloadPlace: String? { unload.map { "s3://\($0.bucket)/\($0.folder)" } }

  /// - Throws: ``ExtractionError`` where the connection does not say where to unload, and as whom.
  func unloading() throws -> RedshiftUnload {
    if let unload { return unload }
    throw ExtractionError(
      .notAllowed, at: place,
      "extraction.strategy unload needs unload_s3_bucket, unload_iam_role_arn and region in the source connection")
  }

  /// The table of that name as it is now, without statistics; nil when there is none.
  func current(_ name: ObjectName, _ wait: @escaping PostgresConnection.Wait) throws -> Table? {
    guard isHere(name) else { return nil }
    return try RedshiftCatalog(connection: connection, wait: wait).entries([name], statistics: false)[0]?.table
  }

  private static func shown(_ filter: String?) -> String {
    (filter.map { SQLPredicate.filter($0).sql + " AND " } ?? "") + "/* the part's range */"
  }

  /// A connection reaches one database: a name of another is not found.
  private func isHere(_ name: ObjectName) -> Bool {
    name.database.map { $0 == database } ?? true
  }
}

extension RedshiftSourceSession {
  /// Redshift gives every transaction one snapshot, whichever of its isolation levels the database has.
  static let begin = "BEGIN READ ONLY"

  /// Runs `body` in one transaction.
  func reading<Result>(
    at place: String, begin: String = RedshiftSourceSession.begin, _ wait: PostgresConnection.Wait = {},
    _ body: () throws -> Result
  ) throws -> Result {
    try connection.transaction(begin, at: place, wait, body)
  }
}
