package import Catalogs
import ODBC
package import Plans

/// A SQL Server database as a source of tables.
///
/// Everything is read, nothing written. Where the database allows SNAPSHOT isolation, every question is answered as of one moment;
/// NOLOCK, which loses and doubles rows, is never used.
package final class SQLServerSourceSession: SourceSession {
  package var platform: SourcePlatform { .sqlserver }

  let link: SQLServerLink
  let database: SQLServerDatabase
  /// Server and database, for messages.
  let place: String
  /// Tables with up to so many rows are cut exactly: a sample would not be cheaper.
  let smallTable: Int
  /// What keeps the login from reading tables that were found.
  private var refusals: [ObjectName: String] = [:]
  /// Tables with values that are too long for a driver's buffers.
  var streamed: Set<ObjectName> = []

  /// - Parameters:
  ///   - smallTable: rows up to which boundaries are counted out.
  ///   - version: takes the server for another than it says it is.
  /// - Throws: ``ExtractionError`` `cannotOpen`, transient where trying again may help.
  package init(
    _ settings: SQLServerSettings, smallTable: Int = 200_000, version: Int? = nil
  ) throws {
    let place = settings.place
    self.place = place
    self.smallTable = smallTable
    link = try SQLServerLink(settings, at: place)
    let link = link
    database = try reachingSQLServer(at: place) {
      try link.execute(Self.setUp(lockTimeout: settings.lockTimeout))
      var database = try SQLServerDatabase.read(link, at: place)
      database.version = version ?? database.version
      return database
    }
    guard database.version >= SQLServerDatabase.oldestVersion else {
      throw ExtractionError(
        .cannotOpen, at: place,
        "the server's version is \(database.version), and 13 (SQL Server 2016) is the oldest that can be read")
    }
  }

  /// Forms of text that do not depend on anybody's settings; values of any length; whoever waits for the same lock wins.
  private static func setUp(lockTimeout: Int) -> String {
    """
    SET NOCOUNT ON; SET ANSI_NULLS ON; SET ANSI_PADDING ON; SET ANSI_WARNINGS ON; SET ARITHABORT ON; \
    SET CONCAT_NULL_YIELDS_NULL ON; SET QUOTED_IDENTIFIER ON; SET XACT_ABORT ON; SET IMPLICIT_TRANSACTIONS OFF; \
    SET DATEFORMAT ymd; SET LANGUAGE us_english; SET TEXTSIZE 2147483647; SET DEADLOCK_PRIORITY LOW; \
    SET LOCK_TIMEOUT \(lockTimeout * 1000)
    """
  }

  package func tables(_ names: [ObjectName]) throws -> [ObjectName: Table] {
    let here = names.filter(isHere)
    let found = try reachingSQLServer(at: place) { try catalog().entries(here) }
    var tables: [ObjectName: Table] = [:]
    for (index, entry) in found {
      tables[here[index]] = entry.table
      refusals[entry.table.name] = refusal(entry)
    }
    return tables
  }

  package func allTables() throws -> [Table] {
    try reachingSQLServer(at: place) { try catalog().readable() }
  }

  package func checkAccess(to table: Table) throws {
    guard let refusal = refusals[table.name] else { return }
    throw ExtractionError(.notAllowed, at: "table \(table.name)", refusal)
  }

  private func refusal(_ entry: SQLServerCatalog.Entry) -> String? {
    let name = entry.table.sqlServerName
    if !entry.isReadable { return "the login may not read it; GRANT SELECT ON \(name) TO the login's user" }
    if let column = entry.encrypted.first {
      return
        "\(column) is encrypted with a key of its clients (Always Encrypted), which the server cannot read either; make a "
        + "view without it and name that"
    }
    if let column = entry.masked.first {
      return "\(column) is masked, and the login would read masks for values; GRANT UNMASK TO the login's user"
    }
    return nil
  }

  package func check(filter: String, of table: Table) throws {
    let place = "table \(table.name)"
    if let problem = SQLServerFilter.problem(in: filter) {
      throw ExtractionError(.badFilter, at: place, "the filter (\(filter)) is not one condition: \(problem)")
    }
    do {
      let clause = SQLPredicate.filter(filter).clause
      _ = try link.query("SELECT TOP (0) 1 AS x FROM \(table.sqlServerName)\(clause)")
    } catch let error as ODBCError {
      let told = ExtractionError.sqlServer(error, at: place)
      guard !told.isTransient, told.code != .notAllowed else { throw told }
      throw ExtractionError(.badFilter, at: place, "the filter (\(filter)) does not work: \(told.message)")
    }
  }

  package func remarks(on table: Table) -> [String] {
    var remarks: [String] = []
    let traits = Set(table.traits)
    if traits.contains(SQLServerCatalog.filtered) {
      remarks.append(
        "a security policy filters its rows: the login may see fewer than there are, and only those move and are counted"
      )
    }
    if traits.contains(SQLServerCatalog.temporal) {
      remarks.append(
        "a system-versioned table: its rows of the past are in its history table, which is a table of its own")
    }
    if traits.contains(SQLServerCatalog.ledger) {
      remarks.append("a ledger table: its rows move, what proves them does not")
    }
    if traits.contains(SQLServerCatalog.graph) {
      remarks.append(
        "a table of a graph: $node_id, $edge_id and their like travel as the JSON text that SQL Server writes")
    }
    if traits.contains(SQLServerCatalog.external) {
      remarks.append("an external table: what is behind it may change while it is read, whatever the transaction")
    }
    return remarks
      + table.columns.compactMap { column in SQLServerType(column.declaredType).remark.map { "\(column.name): \($0)" } }
  }

  package func snapshotGuarantee(for table: Table, parts: Int) -> Guarantee {
    if database.isUnchanging {
      return Guarantee(.exact, "nothing can change in the database: it is a database snapshot, or read-only")
    }
    guard isOneMoment(table) else {
      return Guarantee(
        .bestEffort,
        "the database does not allow SNAPSHOT isolation: rows that other programs change while a part is read may be missed or "
          + "come twice; stop them, or ALTER DATABASE … SET ALLOW_SNAPSHOT_ISOLATION ON, or read a database snapshot")
    }
    return parts <= 1
      ? Guarantee(.exact, "the table is read in one transaction, which sees one snapshot")
      : Guarantee(
        .bestEffort,
        "each part is read in a transaction of its own, which sees one snapshot: rows that other programs change meanwhile may be "
          + "seen in one part and not in the next; stop them, or let the next refresh bring the change")
  }

  package func obstacle(to key: PartitionKey, of table: Table) -> String? {
    for name in key.columns {
      guard let column = table.column(name) else { return "\(table.name) has no column \(name)" }
      guard SQLServerType(column.declaredType).isOrdered else {
        return "\(name) cannot split the table: SQL Server has no order of the type \(column.declaredType) to rely on"
      }
    }
    return nil
  }

  package func extractionQuery(table: ObjectName, columns: [ColumnPlan], filter: String?) -> String {
    let selections = columns.map { SQLServerSelection.of($0, SQLServerType($0.sourceType)) }
    let list = ODBCSelection.wireOrder(selections).map { selections[$0].sql }.joined(separator: ", ")
    let condition = filter.map { SQLPredicate.filter($0).sql + " AND " } ?? ""
    return "SELECT \(list) FROM \(table.sqlServerName) WHERE \(condition)/* the part's range */\(link.option)"
  }

  /// The table of that name as it is now, without statistics; nil when there is none.
  func current(_ name: ObjectName, _ wait: @escaping SQLServerLink.Wait) throws -> Table? {
    guard isHere(name) else { return nil }
    var catalog = catalog()
    catalog.wait = wait
    guard let entry = try catalog.entries([name], statistics: false)[0] else { return nil }
    if let refusal = refusal(entry) { throw ExtractionError(.notAllowed, at: "table \(name)", refusal) }
    return entry.table
  }

  private func catalog() -> SQLServerCatalog { SQLServerCatalog(link: link, database: database) }

  /// A connection reads one database: a name of another is not found. Most servers compare names without case.
  private func isHere(_ name: ObjectName) -> Bool {
    name.database.map { $0.lowercased() == database.name.lowercased() } ?? true
  }
}
