package import Catalogs
package import Plans

/// A SQLite file as a source of tables.
///
/// It is opened for reading only. Every question is answered in one read transaction; while one is open, a writer of a
/// file that is not in WAL mode waits.
package final class SQLiteSourceSession: SourceSession {
  package var platform: SourcePlatform { .sqlite }

  let connection: SQLiteConnection
  private let smallFile: Int

  /// Opens the file at `path`.
  ///
  /// - Parameters:
  ///   - busyTimeout: milliseconds to wait for another program that locks the file.
  ///   - smallFile: statistics of files up to so many bytes are taken from every page, of larger ones estimated.
  /// - Throws: ``ExtractionError``: `cannotOpen` for a file that is absent, unreadable, a directory or no file at all,
  ///   `notADatabase`, `corrupt`, and the transient `busy`.
  package init(path: String, busyTimeout: Int32 = 5000, smallFile: Int = 256 << 20) throws {
    self.smallFile = smallFile
    connection = try SQLiteConnection(path: path, busyTimeout: busyTimeout)
  }

  package func tables(_ names: [ObjectName]) throws -> [ObjectName: Table] {
    try connection.reading(at: connection.path) {
      let catalog = try SQLiteCatalog(connection)
      let statistics = try SQLiteStatistics(connection, smallFile: smallFile)
      let entries = Dictionary(try catalog.entries().map { (Self.folded($0.name), $0) }) { first, _ in first }
      var found: [ObjectName: Table] = [:]
      for name in names {
        guard Self.isMain(name), let entry = entries[Self.folded(name.table)] else { continue }
        var table = try catalog.table(entry)
        try statistics.estimate(&table)
        found[name] = table
      }
      return found
    }
  }

  package func allTables() throws -> [Table] {
    try connection.reading(at: connection.path) {
      let catalog = try SQLiteCatalog(connection)
      let statistics = try SQLiteStatistics(connection, smallFile: smallFile)
      var tables: [Table] = []
      for entry in try catalog.entries() {
        // A broken view, or a virtual table of a module that is not here, is no table that can be read.
        guard var table = try catalog.readableTable(entry) else { continue }
        try statistics.estimate(&table)
        tables.append(table)
      }
      return tables
    }
  }

  package func check(filter: String, of table: Table) throws {
    let place = "table \(table.name)"
    if let problem = SQLiteFilter.problem(in: filter) {
      throw ExtractionError(.badFilter, at: place, "the filter (\(filter)) is not one condition: \(problem)")
    }
    connection.allowsQuotedStrings = table.kind == .view
    let sql = "SELECT 1 FROM \(Identifier.quoted(table.name.table))\(SQLitePredicate.filter(filter).clause)"
    do {
      let statement = try connection.prepare(sql, at: place)
      guard statement.parameterCount == 0 else {
        throw ExtractionError(
          .badFilter, at: place, "the filter (\(filter)) has a parameter, which nobody gives a value; write the value")
      }
    } catch let error as ExtractionError where error.code == .queryFailed && !error.isTransient {
      throw ExtractionError(.badFilter, at: place, "the filter (\(filter)) does not work: \(error.message)")
    }
  }

  package func snapshotGuarantee(for table: Table, parts: Int) -> Guarantee {
    parts <= 1
      ? Guarantee(.exact, "the table is read in one transaction")
      : Guarantee(
        .bestEffort,
        "each part is read in a transaction of its own: rows that other programs change meanwhile may be seen in one "
          + "part and not in the next; stop them, or let the next refresh bring the change")
  }

  package func obstacle(to key: PartitionKey, of table: Table) -> String? {
    for name in key.columns {
      guard let column = table.column(name) else { return "\(table.name) has no column \(name)" }
      guard SQLiteCollation(named: column.collation) != nil else {
        return
          "\(name) is ordered by the collation \(column.collation ?? ""), which only the program that made it knows"
      }
    }
    guard let encoding = try? textEncoding(), encoding != "UTF-8", !hasOnlyNumbers(key, table) else { return nil }
    return "the database keeps text in \(encoding), which orders it unlike any target"
  }

  package func extractionQuery(table: ObjectName, columns: [ColumnPlan], filter: String?) -> String {
    let list = columns.map { Identifier.quoted($0.source) }.joined(separator: ", ")
    let condition = filter.map { "(\($0)\($0.contains("--") ? "\n" : "")) AND " } ?? ""
    return "SELECT \(list) FROM \(Identifier.quoted(table.table)) WHERE \(condition)/* the part's range */"
  }

  /// The table as it is now, within a transaction that is already open.
  ///
  /// - Throws: ``ExtractionError`` `tableMissing` when it is gone.
  func current(_ name: ObjectName) throws -> Table {
    let catalog = try SQLiteCatalog(connection)
    guard Self.isMain(name),
      let entry = try catalog.entries().first(where: { Self.folded($0.name) == Self.folded(name.table) })
    else {
      throw ExtractionError(
        .tableMissing, at: "table \(name)", "\(connection.path) has no such table any more; make a new plan")
    }
    return try catalog.table(entry)
  }

  /// Columns of ``obstacle(to:of:)`` that can hold nothing but numbers: the rowid, and those a `STRICT` table vouches
  /// for.
  private func hasOnlyNumbers(_ key: PartitionKey, _ table: Table) -> Bool {
    if table.traits.contains(SQLiteCatalog.rowidKey), key.columns == table.primaryKey { return true }
    guard table.traits.contains(SQLiteCatalog.strict) else { return false }
    return key.columns.allSatisfy { name in
      ["int", "integer", "real"].contains(table.column(name)?.declaredType.lowercased())
    }
  }

  private func textEncoding() throws -> String {
    let statement = try connection.prepare("PRAGMA encoding", at: connection.path)
    return try statement.step() ? statement.text(0) ?? "UTF-8" : "UTF-8"
  }

  /// SQLite calls the file it opened `main`; the database's name in a workflow is the connection's affair.
  private static func isMain(_ name: ObjectName) -> Bool {
    name.schema.map { folded($0) == Array("main".utf8) } ?? true
  }

  /// Names are equal when they differ only in the case of ASCII letters.
  private static func folded(_ name: String) -> [UInt8] {
    name.utf8.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
  }
}
