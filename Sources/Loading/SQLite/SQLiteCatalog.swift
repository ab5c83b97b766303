import Catalogs
import Foundation
import GRDB
import GRDBSQLite

/// Reads a SQLite file's own description of its tables, with three queries however many there are.
struct SQLiteCatalog {
  var database: Database

  /// The table of this name; nil when there is none.
  func table(_ name: ObjectName) throws -> SQLiteTable? {
    try tables([name])[name]
  }

  /// The tables and views that exist among `names`, by the names asked for.
  func tables(_ names: [ObjectName]) throws -> [ObjectName: SQLiteTable] {
    let wanted = Dictionary(grouping: names) { SQLiteName.folded(SQLiteName.table($0)) }
    let list = String(decoding: try JSONEncoder().encode(names.map(SQLiteName.table)), as: UTF8.self)
    var found: [[UInt8]: SQLiteTable] = [:]
    for row in try Row.fetchAll(database, sql: Self.tablesQuery, arguments: [list]) {
      let stored: String = row["name"]
      var table = SQLiteTable(
        stored: stored,
        description: Catalogs.Table(name: ObjectName(table: stored), kind: kind(row["kind"]), columns: []),
        isStrict: row["strict"], hasRowID: !(row["wr"] as Bool), mayDivertRows: row["diverts"])
      if !table.hasRowID { table.description.traits.append("WITHOUT ROWID") }
      if table.isStrict { table.description.traits.append("STRICT") }
      found[SQLiteName.folded(stored)] = table
    }
    let indexes = try Row.fetchAll(database, sql: Self.indexesQuery, arguments: [list])
    let keyed = Set(indexes.filter { $0["origin"] == "pk" }.map { $0["tbl"] as String })
    for row in try Row.fetchAll(database, sql: Self.columnsQuery, arguments: [list]) {
      read(column: row, into: &found[SQLiteName.folded(row["tbl"])]!, hasKeyIndex: keyed.contains(row["tbl"]))
    }
    for row in indexes where row["origin"] != "pk" {
      read(index: row, into: &found[SQLiteName.folded(row["tbl"])]!)
    }
    var result: [ObjectName: SQLiteTable] = [:]
    for (folded, table) in found {
      for name in wanted[folded] ?? [] {
        result[name] = table
        result[name]?.description.name = name
      }
    }
    return result
  }

  private func kind(_ text: String) -> Catalogs.Table.Kind {
    switch text {
    case "view": .view
    case "table": .table
    default: .virtual
    }
  }

  private func read(column row: Row, into table: inout SQLiteTable, hasKeyIndex: Bool) {
    let declared: String = row["type"]
    let place: Int = row["pk"]
    let isGenerated = (row["hidden"] as Int) > 1
    // A lone INTEGER primary key without an index of its own is the row's number, which is never NULL.
    let isRowNumber = place > 0 && table.hasRowID && !hasKeyIndex
    let column = Catalogs.Column(
      name: row["name"], declaredType: declared, type: SQLiteDialect().logicalType(of: declared),
      isNullable: !(row["notnull"] as Bool) && !isRowNumber && !(place > 0 && !table.hasRowID),
      collation: collation(of: row["name"], in: table), isGenerated: isGenerated, defaultValue: row["dflt_value"])
    table.description.columns.append(column)
    guard place > 0 else { return }
    // Key columns may come in another order than the table's.
    while table.description.primaryKey.count < place { table.description.primaryKey.append("") }
    table.description.primaryKey[place - 1] = column.name
  }

  /// The rows of one index follow each other; the last one says whether all of its columns are plain.
  private func read(index row: Row, into table: inout SQLiteTable) {
    let columns: String? = row["columns"]
    guard let columns, let names = try? JSONDecoder().decode([String?].self, from: Data(columns.utf8)) else { return }
    let plain = names.compactMap { $0 }
    if plain.count == names.count { table.description.uniqueKeys.append(plain) }
  }

  /// Nil for `BINARY`: no pragma tells a column's collation.
  private func collation(of column: String, in table: SQLiteTable) -> String? {
    guard table.description.kind == .table else { return nil }
    var name: UnsafePointer<CChar>?
    let code = sqlite3_table_column_metadata(
      database.sqliteConnection, "main", table.stored, column, nil, &name, nil, nil, nil)
    guard code == SQLITE_OK, let name else { return nil }
    let collation = String(cString: name)
    return collation.uppercased() == "BINARY" ? nil : collation
  }

  private static let wanted =
    "m.type IN ('table', 'view') AND m.name COLLATE NOCASE IN (SELECT value FROM json_each(?))"

  private static let tablesQuery = """
    WITH l AS MATERIALIZED (SELECT name, type, wr, strict FROM pragma_table_list WHERE schema = 'main')
    SELECT m.name, l.type AS kind, l.wr, l.strict,
      m.name COLLATE NOCASE IN (SELECT tbl_name FROM main.sqlite_schema WHERE type = 'trigger')
        OR coalesce(m.sql, '') LIKE '%on%conflict%' AS diverts
    FROM main.sqlite_schema m JOIN l ON l.name = m.name
    WHERE \(wanted)
    """

  private static let columnsQuery = """
    SELECT m.name AS tbl, x.name, x.type, x."notnull", x.dflt_value, x.pk, x.hidden
    FROM main.sqlite_schema m JOIN pragma_table_xinfo(m.name, 'main') x
    WHERE \(wanted) AND x.hidden <> 1
    ORDER BY m.name, x.cid
    """

  private static let indexesQuery = """
    SELECT m.name AS tbl, i.seq, i.name, i.origin,
      (SELECT json_group_array(name) FROM (
        SELECT x.name FROM pragma_index_xinfo(i.name, 'main') x WHERE x.key ORDER BY x.seqno)) AS columns
    FROM main.sqlite_schema m JOIN pragma_index_list(m.name, 'main') i
    WHERE \(wanted) AND m.type = 'table' AND i."unique" AND NOT i.partial
    ORDER BY m.name, i.seq DESC
    """
}
