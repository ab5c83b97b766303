import Catalogs
import Postgres

/// Reads what Redshift's catalog says of tables: at most seven statements, however many tables are asked for.
///
/// Tables and plain views are in the leader node's `pg_` tables, late-binding views and external tables behind functions and
/// views of their own. Statements are simple and alone: leader-node functions and compute-node tables do not mix.
/// Source: https://docs.aws.amazon.com/redshift/latest/dg/cm_chap_system-tables.html
struct RedshiftCatalog {
  static let notEnforced = "KEYS NOT ENFORCED"
  static let lateBinding = "LATE BINDING VIEW"
  static let external = "EXTERNAL TABLE"
  /// In front of the column's name.
  static let distribution = "DISTKEY "

  let connection: any PostgresLink
  /// Called while the server is silent.
  var wait: PostgresConnection.Wait = {}

  /// What was found: the table, and whether the login may read it.
  struct Entry {
    var table: Table
    var isReadable = true
  }

  /// Tables, views and external tables by these names; one without a schema is looked for along the session's `search_path`.
  /// The result's indices are those of `names`.
  ///
  /// - Parameter statistics: also tell rows and bytes.
  func entries(_ names: [ObjectName], statistics: Bool = true) throws -> [Int: Entry] {
    guard !names.isEmpty else { return [:] }
    let list = Set(names.map(\.table)).sorted().map(RedshiftLiteral.quoted).joined(separator: ", ")
    let path = try names.contains { $0.schema == nil } ? searchPath() : []
    let found = try entries(where: "c.relname IN (\(list))", external: "tablename IN (\(list))", statistics: statistics)
    var result: [Int: Entry] = [:]
    for (index, name) in names.enumerated() {
      let schemas = name.schema.map { [$0] } ?? path
      result[index] = schemas.lazy.compactMap { found[ObjectName(schema: $0, table: name.table)] }.first
    }
    return result
  }

  /// Everything outside the system's own schemas that the login may read, in name order.
  func readable() throws -> [Table] {
    try entries(
      where: """
        n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_internal', 'pg_automv') AND n.nspname NOT LIKE 'pg_temp%' \
        AND n.nspname NOT LIKE 'pg_toast%' AND c.relname NOT LIKE 'mv_tbl__%'
        """,
      external: "1 = 1", statistics: true
    ).values.filter(\.isReadable).map(\.table).sorted { $0.name < $1.name }
  }

  private func searchPath() throws -> [String] {
    let text = try connection.ask("SELECT current_schemas(false)", wait: wait).text(0, 0) ?? ""
    return text.dropFirst().dropLast().split(separator: ",").map { $0.filter { $0 != "\"" } }
  }

  private func entries(where condition: String, external: String, statistics: Bool) throws -> [ObjectName: Entry] {
    var entries: [ObjectName: Entry] = [:]
    let relations = try connection.ask(
      """
      SELECT n.nspname, c.relname, c.relkind, CAST(c.reltuples AS BIGINT),
        has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')
      FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'v') AND \(condition)
      """, wait: wait)
    for row in 0..<relations.rows {
      guard let name = relations.name(row) else { continue }
      var table = Table(name: name, kind: relations.text(row, 2) == "v" ? .view : .table, columns: [])
      // Zero is also what a table has that nobody analysed.
      table.estimatedRows = relations.integer(row, 3).flatMap { $0 > 0 && table.kind == .table ? $0 : nil }
      entries[name] = Entry(table: table, isReadable: relations.flag(row, 4))
    }
    try readColumns(condition, &entries)
    try readKeys(condition, &entries)
    if entries.values.contains(where: { $0.table.columns.isEmpty }) { try readLateBindingViews(&entries) }
    try readExternalTables(external, &entries)
    if statistics, entries.values.contains(where: { $0.table.kind == .table }) { try readStatistics(&entries) }
    return entries
  }

  private func readColumns(_ condition: String, _ entries: inout [ObjectName: Entry]) throws {
    let found = try connection.ask(
      """
      SELECT n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attisdistkey,
        a.attsortkeyord, pg_get_expr(d.adbin, d.adrelid), col_description(a.attrelid, a.attnum)
      FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace JOIN pg_attribute AS a ON a.attrelid = c.oid
      LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
      WHERE c.relkind IN ('r', 'v') AND a.attnum > 0 AND NOT a.attisdropped AND \(condition)
      ORDER BY 1, 2, a.attnum
      """, wait: wait)
    var sorted: [ObjectName: [(position: Int, column: String)]] = [:]
    for row in 0..<found.rows {
      guard let table = found.name(row), let name = found.text(row, 2), let declared = found.text(row, 3) else {
        continue
      }
      entries[table]?.table.columns.append(
        Column(
          name: name, declaredType: declared, type: RedshiftType(declared).logical, isNullable: !found.flag(row, 4),
          defaultValue: found.text(row, 7), comment: found.text(row, 8)))
      if found.flag(row, 5) { entries[table]?.table.traits.append(Self.distribution + name) }
      // An interleaved key has negative and positive places by turns.
      if let position = found.integer(row, 6), position != 0 {
        sorted[table, default: []].append((abs(position), name))
      }
    }
    for (table, columns) in sorted {
      entries[table]?.table.clusteringKey = columns.sorted { $0.position < $1.position }.map(\.column)
    }
  }

  /// Keys that the table's owner claims: Redshift checks none.
  private func readKeys(_ condition: String, _ entries: inout [ObjectName: Entry]) throws {
    let found = try connection.ask(
      """
      SELECT n.nspname, c.relname, k.contype, pg_get_constraintdef(k.oid)
      FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace JOIN pg_constraint AS k ON k.conrelid = c.oid
      WHERE k.contype IN ('p', 'u') AND \(condition)
      ORDER BY 1, 2, k.conname
      """, wait: wait)
    for row in 0..<found.rows {
      guard let table = found.name(row), let definition = found.text(row, 3), var entry = entries[table] else {
        continue
      }
      let columns = Self.columns(of: definition)
      guard !columns.isEmpty, columns.allSatisfy({ entry.table.column($0) != nil }) else { continue }
      if found.text(row, 2) == "p" { entry.table.primaryKey = columns } else { entry.table.uniqueKeys.append(columns) }
      if !entry.table.traits.contains(Self.notEnforced) { entry.table.traits.append(Self.notEnforced) }
      entries[table] = entry
    }
  }

  /// The columns of `PRIMARY KEY (id, "Other id")`.
  static func columns(of definition: String) -> [String] {
    guard let open = definition.firstIndex(of: "("), let close = definition.lastIndex(of: ")"), open < close else {
      return []
    }
    var columns = [""]
    var isQuoted = false
    var last: Character = " "
    for character in definition[definition.index(after: open)..<close] {
      switch character {
      case "\"":
        // The second of two quotes within quotes stands for one.
        if !isQuoted, last == "\"" { columns[columns.count - 1].append(character) }
        isQuoted.toggle()
      case "," where !isQuoted: columns.append("")
      case " " where !isQuoted: break
      default: columns[columns.count - 1].append(character)
      }
      last = character
    }
    return columns
  }

  /// Views without a schema of their own: their columns are found when they are read.
  private func readLateBindingViews(_ entries: inout [ObjectName: Entry]) throws {
    let found = try connection.ask(
      """
      SELECT view_schema, view_name, col_name, col_type FROM pg_get_late_binding_view_cols()
        AS cols(view_schema name, view_name name, col_name name, col_type varchar, col_num int)
      ORDER BY view_schema, view_name, col_num
      """, wait: wait)
    for row in 0..<found.rows {
      guard let view = found.name(row), let name = found.text(row, 2), let declared = found.text(row, 3),
        var entry = entries[view]
      else { continue }
      if entry.table.columns.isEmpty { entry.table.traits = [Self.lateBinding] }
      guard entry.table.traits.contains(Self.lateBinding) else { continue }
      entry.table.columns.append(Column(name: name, declaredType: declared, type: RedshiftType(declared).logical))
      entries[view] = entry
    }
  }

  /// Tables of Spectrum and of federated databases.
  private func readExternalTables(_ condition: String, _ entries: inout [ObjectName: Entry]) throws {
    let found = try connection.ask(
      """
      SELECT schemaname, tablename, columnname, external_type FROM svv_external_columns
      WHERE \(condition) ORDER BY schemaname, tablename, columnnum
      """, wait: wait)
    for row in 0..<found.rows {
      guard let table = found.name(row), let name = found.text(row, 2), let declared = found.text(row, 3) else {
        continue
      }
      let none = Entry(table: Table(name: table, kind: .virtual, columns: [], traits: [Self.external]))
      entries[table, default: none].table.columns.append(
        Column(name: name, declaredType: declared, type: RedshiftType(declared).logical))
    }
  }

  /// Rows and megabytes; a login that may not see `SVV_TABLE_INFO` does without.
  private func readStatistics(_ entries: inout [ObjectName: Entry]) throws {
    let found: any PostgresRows
    do {
      found = try connection.ask(
        "SELECT \"schema\", \"table\", CAST(estimated_visible_rows AS BIGINT), size FROM svv_table_info", wait: wait)
    } catch let error as PostgresError where error.sqlState == "42501" {
      return
    }
    for row in 0..<found.rows {
      guard let table = found.name(row) else { continue }
      entries[table]?.table.estimatedRows = found.integer(row, 2)
      entries[table]?.table.estimatedBytes = found.integer(row, 3).map { $0 << 20 }
    }
  }
}

extension PostgresRows {
  /// Schema and table in the first two columns.
  fileprivate func name(_ row: Int) -> ObjectName? {
    guard let schema = text(row, 0), let table = text(row, 1) else { return nil }
    return ObjectName(schema: schema, table: table)
  }
}
