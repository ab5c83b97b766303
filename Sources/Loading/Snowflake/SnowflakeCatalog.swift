package import Catalogs

/// Reads an account's own description of tables, with three statements for each schema however many tables there are; where
/// a schema has more keys than one answer holds, with one more for each table that is asked for.
package struct SnowflakeCatalog {
  var ask: (String) throws -> SnowflakeRows

  package init(ask: @escaping (String) throws -> SnowflakeRows) {
    self.ask = ask
  }

  /// Names in one `IN` list.
  private static let batch = 500

  /// The tables that exist among `names`, all of one schema, by the names asked for.
  ///
  /// - Parameters:
  ///   - database: where to look; the names' own may be left open.
  package func tables(_ names: [ObjectName], database: String, schema: String) throws -> [ObjectName: Table] {
    var found: [ObjectName: Table] = [:]
    for first in stride(from: 0, to: names.count, by: Self.batch) {
      let some = names[first..<min(first + Self.batch, names.count)]
      found.merge(try tables(Dictionary(grouping: some, by: \.table), database, schema)) { $1 }
    }
    guard !found.isEmpty else { return found }
    try readKeys(into: &found, database, schema)
    return found
  }

  private func tables(
    _ wanted: [String: [ObjectName]], _ database: String, _ schema: String
  ) throws -> [ObjectName: Table] {
    let place = "\(SnowflakeName.written(database)).INFORMATION_SCHEMA"
    let list = wanted.keys.sorted().map(SnowflakeName.text).joined(separator: ", ")
    let condition = "WHERE TABLE_SCHEMA = \(SnowflakeName.text(schema)) AND TABLE_NAME IN (\(list))"
    var tables: [String: Table] = [:]
    for row in try ask("SELECT * FROM \(place).TABLES \(condition)").named {
      guard let name = row["table_name"] else { continue }
      tables[name] = table(row)
    }
    for row in try ask("SELECT * FROM \(place).COLUMNS \(condition) ORDER BY TABLE_NAME, ORDINAL_POSITION").named {
      guard let name = row["table_name"], let column = column(row) else { continue }
      tables[name]?.columns.append(column)
    }
    var found: [ObjectName: Table] = [:]
    for (name, table) in tables {
      for asked in wanted[name] ?? [] {
        found[asked] = table
        found[asked]?.name = asked
      }
    }
    return found
  }

  private func table(_ row: [String: String]) -> Table {
    let type = row["table_type"]?.uppercased() ?? "BASE TABLE"
    var kind = Table.Kind.table
    if type.contains("VIEW") { kind = type == "VIEW" ? .view : .virtual }
    if ["EXTERNAL TABLE", "EVENT TABLE"].contains(type) || row["is_dynamic"] == "YES" { kind = .virtual }
    let traits = ["TRANSIENT", "HYBRID", "ICEBERG", "DYNAMIC"].filter { row["is_\($0.lowercased())"] == "YES" }
    return Table(
      name: ObjectName(table: row["table_name"] ?? ""), kind: kind, columns: [],
      estimatedRows: row["row_count"].flatMap { Int($0) }, estimatedBytes: row["bytes"].flatMap { Int($0) },
      traits: traits)
  }

  private func column(_ row: [String: String]) -> Column? {
    guard let name = row["column_name"] else { return nil }
    let declared = Self.declared(row)
    let isIdentity = row["is_identity"] == "YES"
    return Column(
      name: name, declaredType: declared, type: SnowflakeDialect().logicalType(of: declared),
      isNullable: row["is_nullable"] != "NO", collation: row["collation_name"],
      isGenerated: row["is_generated"] == "YES" || row["generation_expression"] != nil,
      defaultValue: isIdentity ? "IDENTITY" : row["column_default"], comment: row["comment"])
  }

  /// The type as `DESCRIBE TABLE` prints it, out of the pieces that the view has.
  private static func declared(_ row: [String: String]) -> String {
    let name = row["data_type"] ?? ""
    let digits = row["datetime_precision"].map { "(\($0))" } ?? ""
    let text =
      switch name.uppercased() {
      case "TEXT", "BINARY": name + (row["character_maximum_length"].map { "(\($0))" } ?? "")
      case "NUMBER": "\(name)(\(row["numeric_precision"] ?? "38"),\(row["numeric_scale"] ?? "0"))"
      case "TIME", "TIMESTAMP_NTZ", "TIMESTAMP_LTZ", "TIMESTAMP_TZ": name + digits
      default: name
      }
    return SnowflakeType(text)?.description ?? text
  }

  /// Rows after which Snowflake ends the answer to a `SHOW` without saying so.
  ///
  /// Source: https://docs.snowflake.com/en/sql-reference/sql/show-primary-keys
  package static let mostRows = 10_000

  private func readKeys(into found: inout [ObjectName: Table], _ database: String, _ schema: String) throws {
    let place = "\(SnowflakeName.written(database)).\(SnowflakeName.written(schema))"
    let rows = try ask("SHOW PRIMARY KEYS IN SCHEMA \(place)").named
    // No `LIMIT … FROM` goes on where this answer ends, and no view has the columns of keys.
    let isWhole = rows.count < Self.mostRows
    let keys = Dictionary(grouping: rows) { $0["table_name"] ?? "" }
    for name in found.keys {
      let table = SnowflakeName.written(name.table)
      let mine = try isWhole ? keys[name.table] ?? [] : ask("SHOW PRIMARY KEYS IN TABLE \(place).\(table)").named
      found[name]?.primaryKey =
        mine.compactMap { row in
          row["column_name"].map { (row["key_sequence"].flatMap { Int($0) } ?? 0, $0) }
        }.sorted { $0.0 < $1.0 }.map(\.1)
    }
  }
}
