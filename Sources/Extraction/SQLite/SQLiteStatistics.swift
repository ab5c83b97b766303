import Catalogs

/// Estimates of a table's rows and bytes that cost no pass over its rows.
///
/// A small file is asked page by page (`dbstat`), which gives rows and bytes as they are. In a large one, and where
/// SQLite was built without `dbstat`, rows come from `ANALYZE` (`sqlite_stat1`) or else from the span of the rowids,
/// and bytes from the first rows.
struct SQLiteStatistics {
  /// Rows looked at for the bytes of a row.
  static let sampleRows = 100

  private struct Pages {
    var leafCells: Int
    var cells: Int
    var bytes: Int
  }

  private let connection: SQLiteConnection
  private let pages: [String: Pages]
  /// Rows by table, from the first number of each line of `sqlite_stat1`.
  private let analyzed: [String: Int]
  private let fileBytes: Int

  /// - Parameter smallFile: files up to so many bytes are looked at page by page.
  init(_ connection: SQLiteConnection, smallFile: Int) throws {
    self.connection = connection
    let place = connection.path
    let pageCount = try connection.integer("PRAGMA page_count", at: place) ?? 0
    fileBytes = try pageCount * (connection.integer("PRAGMA page_size", at: place) ?? 0)
    pages = fileBytes <= smallFile ? Self.pages(connection) : [:]
    analyzed = try Self.analyzed(connection)
  }

  /// Fills in `estimatedRows` and `estimatedBytes` where something is known; a view keeps none.
  func estimate(_ table: inout Table) throws {
    guard table.kind == .table else { return }
    if let pages = pages[table.name.table] {
      // Leaf cells are rows; a WITHOUT ROWID table is an index and has rows in its inner pages too.
      table.estimatedRows = table.rowid == nil ? pages.cells : pages.leafCells
      table.estimatedBytes = pages.bytes
      return
    }
    table.estimatedRows = try analyzed[table.name.table] ?? rowidSpan(table)
    guard let rows = table.estimatedRows else { return }
    table.estimatedBytes = try min(rows * sampledRowBytes(table), fileBytes)
  }

  private static func pages(_ connection: SQLiteConnection) -> [String: Pages] {
    let sql = """
      SELECT name, sum(CASE WHEN pagetype = 'leaf' THEN ncell ELSE 0 END), sum(ncell), sum(pgsize)
      FROM dbstat GROUP BY name
      """
    // Not every build of SQLite has dbstat; without it the other estimates serve.
    guard let statement = try? connection.prepare(sql, at: connection.path) else { return [:] }
    var pages: [String: Pages] = [:]
    while (try? statement.step()) == true {
      guard let name = statement.text(0) else { continue }
      pages[name] = Pages(
        leafCells: statement.integer(1), cells: statement.integer(2), bytes: statement.integer(3))
    }
    return pages
  }

  private static func analyzed(_ connection: SQLiteConnection) throws -> [String: Int] {
    let place = connection.path
    let known = try connection.integer("SELECT count(*) FROM sqlite_schema WHERE name = 'sqlite_stat1'", at: place)
    guard known == 1 else { return [:] }
    let statement = try connection.prepare("SELECT tbl, stat FROM sqlite_stat1", at: place)
    var rows: [String: Int] = [:]
    while try statement.step() {
      guard let table = statement.text(0), let first = statement.text(1)?.split(separator: " ").first,
        let count = Int(first)
      else { continue }
      rows[table] = max(rows[table] ?? 0, count)
    }
    return rows
  }

  /// An upper bound of the rows from two look-ups; the file's size bounds it again, as a row takes at least two bytes.
  private func rowidSpan(_ table: Table) throws -> Int? {
    guard let rowid = table.rowid else { return nil }
    let name = Identifier.quoted(table.name.table)
    let statement = try connection.prepare(
      "SELECT (SELECT min(\(rowid)) FROM \(name)), (SELECT max(\(rowid)) FROM \(name))", at: "table \(table.name)")
    guard try statement.step(), !statement.isNull(0) else { return 0 }
    let (span, overflow) = statement.integer(1).subtractingReportingOverflow(statement.integer(0))
    return overflow ? fileBytes / 2 : min(span, fileBytes / 2) + 1
  }

  /// Bytes of a row on the average of the first ones.
  private func sampledRowBytes(_ table: Table) throws -> Int {
    let name = Identifier.quoted(table.name.table)
    let lengths = table.columns.map { "coalesce(length(CAST(\(Identifier.quoted($0.name)) AS BLOB)), 0)" }
    let sample = "SELECT \(lengths.joined(separator: " + ")) AS bytes FROM \(name) LIMIT \(Self.sampleRows)"
    return try connection.integer("SELECT avg(bytes) FROM (\(sample))", at: "table \(table.name)") ?? 0
  }
}

extension Table {
  /// A name of SQLite's own row number that no column hides; nil where there is none.
  var rowid: String? {
    guard kind == .table, !traits.contains(SQLiteCatalog.withoutRowid) else { return nil }
    let names = Set(columns.map { $0.name.lowercased() })
    return ["_rowid_", "rowid", "oid"].first { !names.contains($0) }
  }
}
