import Catalogs
import GRDBSQLite
import Plans

/// Reads what a SQLite file says about its tables.
///
/// Three statements, prepared once and bound to one name after the other: columns, keys of unique indexes, and, through
/// the C interface, collations. Internal tables and the shadow tables of virtual ones are left out.
/// Source: https://www.sqlite.org/pragma.html (`table_list`, `table_xinfo`, `index_list`, `index_xinfo`).
struct SQLiteCatalog {
  /// The primary key is the rowid itself: a whole number, never NULL, in the order of the table.
  static let rowidKey = "INTEGER PRIMARY KEY"
  static let withoutRowid = "WITHOUT ROWID"
  static let strict = "STRICT"
  static let autoincrement = "AUTOINCREMENT"

  private let connection: SQLiteConnection
  private let columns: SQLiteStatement
  private let uniqueKeys: SQLiteStatement

  init(_ connection: SQLiteConnection) throws {
    self.connection = connection
    columns = try connection.prepare(
      """
      SELECT name, type, "notnull", dflt_value, pk, hidden FROM pragma_table_xinfo(?1, 'main')
      WHERE hidden <> 1 ORDER BY cid
      """, at: connection.path)
    uniqueKeys = try connection.prepare(
      """
      SELECT i.name, i.origin, i.partial, x.cid, x.name
      FROM pragma_index_list(?1, 'main') AS i, pragma_index_xinfo(i.name, 'main') AS x
      WHERE i."unique" AND x.key ORDER BY i.seq DESC, x.seqno
      """, at: connection.path)
  }

  /// A table's entry in the list of tables.
  struct Entry {
    var name: String
    var kind: Table.Kind
    var isWithoutRowid: Bool
    var isStrict: Bool
  }

  /// Tables, views and virtual tables in name order.
  func entries() throws -> [Entry] {
    let statement = try connection.prepare(
      """
      SELECT name, type, wr, strict FROM pragma_table_list
      WHERE schema = 'main' AND type IN ('table', 'view', 'virtual') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
      ORDER BY name
      """, at: connection.path)
    var entries: [Entry] = []
    while try statement.step() {
      guard let name = statement.text(0), let kind = statement.text(1).flatMap(Table.Kind.init) else { continue }
      entries.append(
        Entry(name: name, kind: kind, isWithoutRowid: statement.bool(2), isStrict: statement.bool(3)))
    }
    return entries
  }

  /// The table without statistics.
  ///
  /// - Throws: ``ExtractionError`` when a view refers to what is gone, or a virtual table's module is not there.
  func table(_ entry: Entry) throws -> Table {
    let place = "table \(entry.name)"
    connection.allowsQuotedStrings = entry.kind == .view
    var table = Table(name: ObjectName(table: entry.name), kind: entry.kind, columns: [])
    var key: [(position: Int, name: String)] = []
    defer { columns.reset() }
    columns.reset()
    try columns.bind([.text(entry.name)])
    do {
      while try columns.step() {
        let column = try column(of: entry, at: place)
        if columns.integer(4) > 0 { key.append((columns.integer(4), column.name)) }
        table.columns.append(column)
      }
    } catch let error as ExtractionError {
      throw ExtractionError(error.code, at: place, error.message, isTransient: error.isTransient)
    }
    guard !table.columns.isEmpty else {
      throw ExtractionError(.queryFailed, at: place, "its columns cannot be read; repair or drop it")
    }
    table.primaryKey = key.sorted { $0.position < $1.position }.map(\.name)
    let hasKeyIndex = try readUniqueKeys(of: entry, into: &table)
    try addTraits(of: entry, hasKeyIndex: hasKeyIndex, to: &table)
    return table
  }

  /// The table without statistics, or nil for a view or virtual table that SQLite itself cannot read.
  func readableTable(_ entry: Entry) throws -> Table? {
    do {
      return try table(entry)
    } catch let error as ExtractionError where entry.kind != .table && error.code == .queryFailed {
      return nil
    }
  }

  /// The column that the columns statement stands on.
  private func column(of entry: Entry, at place: String) throws -> Column {
    let name = columns.text(0) ?? ""
    let declared = columns.text(1) ?? ""
    return Column(
      name: name, declaredType: declared,
      type: SQLiteDeclaredType(declared, isStrict: entry.isStrict).expected,
      isNullable: !columns.bool(2),
      collation: entry.kind == .table ? try details(of: name, in: entry.name, at: place).collation : nil,
      isGenerated: columns.integer(5) >= 2, defaultValue: columns.text(3))
  }

  /// Reads unique indexes that cover every row by columns alone; tells whether one of them serves the primary key.
  private func readUniqueKeys(of entry: Entry, into table: inout Table) throws -> Bool {
    guard entry.kind == .table else { return false }
    var hasKeyIndex = false
    var current: String?
    var usable = false
    defer { uniqueKeys.reset() }
    uniqueKeys.reset()
    try uniqueKeys.bind([.text(entry.name)])
    while try uniqueKeys.step() {
      let isKey = uniqueKeys.text(1) == "pk"
      hasKeyIndex = hasKeyIndex || isKey
      let index = uniqueKeys.text(0)
      if index != current {
        current = index
        usable = !isKey && !uniqueKeys.bool(2)
        if usable { table.uniqueKeys.append([]) }
      }
      guard usable else { continue }
      if uniqueKeys.integer(3) >= 0, let column = uniqueKeys.text(4) {
        table.uniqueKeys[table.uniqueKeys.count - 1].append(column)
      } else {
        table.uniqueKeys.removeLast()
        usable = false
      }
    }
    return hasKeyIndex
  }

  /// A single `INTEGER` key without an index of its own is the rowid; with one (`… PRIMARY KEY DESC`) it is a column
  /// like any other, and may even be NULL. Source: https://www.sqlite.org/lang_createtable.html section 5.
  private func addTraits(of entry: Entry, hasKeyIndex: Bool, to table: inout Table) throws {
    if entry.isWithoutRowid { table.traits.append(Self.withoutRowid) }
    if entry.isStrict { table.traits.append(Self.strict) }
    guard entry.kind == .table, !entry.isWithoutRowid, !hasKeyIndex, table.primaryKey.count == 1,
      let index = table.columns.firstIndex(where: { $0.name == table.primaryKey[0] }),
      table.columns[index].declaredType.lowercased() == "integer"
    else { return }
    table.columns[index].isNullable = false
    table.traits.append(Self.rowidKey)
    if try details(of: table.columns[index].name, in: entry.name, at: "table \(entry.name)").isAutoincrement {
      table.traits.append(Self.autoincrement)
    }
  }

  /// What no pragma tells: the collation (nil for `BINARY`) and whether ids are never given twice.
  private func details(
    of column: String, in table: String, at place: String
  ) throws -> (collation: String?, isAutoincrement: Bool) {
    var collation: UnsafePointer<CChar>?
    var autoincrement: Int32 = 0
    let code = sqlite3_table_column_metadata(
      connection.handle, "main", table, column, nil, &collation, nil, nil, &autoincrement)
    guard code == SQLITE_OK else { throw connection.failure(code, at: place) }
    let name = collation.map { String(cString: $0) }
    return (name?.uppercased() == "BINARY" ? nil : name, autoincrement != 0)
  }
}
