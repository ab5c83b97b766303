import Catalogs
import Postgres

/// Reads what PostgreSQL's catalog says of tables: four statements, however many tables are asked for.
///
/// Source: https://www.postgresql.org/docs/current/catalogs.html
struct PostgreSQLCatalog {
  static let materialized = "MATERIALIZED VIEW"
  static let foreign = "FOREIGN TABLE"
  static let partitioned = "PARTITIONED"
  /// Rows of tables that inherit from it are among its rows.
  static let inherited = "INHERITED"

  let connection: any PostgresLink
  /// Called while the server is silent: a table that is being altered lets its catalog wait too.
  var wait: PostgresConnection.Wait = {}

  /// How much of a table is read; its name and kind need no lock that an altered table would not give.
  enum Depth {
    case kind, shape, statistics
  }

  /// What was found: the table, and whether the login may read it.
  struct Entry {
    var table: Table
    var isReadable: Bool
  }

  /// Tables, views, materialized views and foreign tables by these names; one without a schema is looked for along the
  /// session's `search_path`. The result's indices are those of `names`.
  func entries(_ names: [ObjectName], _ depth: Depth = .statistics) throws -> [Int: Entry] {
    let found = try connection.query(
      """
      SELECT DISTINCT ON (w.i) w.i, \(Self.relation)
      FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS w(schema, name, i)
      JOIN pg_class AS c ON c.relname = w.name
      JOIN pg_namespace AS n ON n.oid = c.relnamespace
        AND CASE WHEN w.schema IS NULL THEN n.nspname = ANY (current_schemas(false)) ELSE n.nspname = w.schema END
      WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
      ORDER BY w.i, array_position(current_schemas(false), n.nspname)
      """, [Self.array(names.map(\.schema)), Self.array(names.map(\.table))], wait: wait)
    let oids = (0..<found.rows).compactMap { found.text($0, 1) }
    let entries = try described(found, oids, depth)
    return Dictionary(
      uniqueKeysWithValues: (0..<found.rows).compactMap { row in
        guard let index = found.integer(row, 0), let entry = entries[found.text(row, 1) ?? ""] else { return nil }
        return (index - 1, entry)
      })
  }

  /// Everything outside the system's own schemas that the login may read, in name order; partitions are part of their table.
  func readable() throws -> [Table] {
    let found = try connection.query(
      """
      SELECT 0, \(Self.relation)
      FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
        AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
        AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')
      ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"
      """)
    let oids = (0..<found.rows).compactMap { found.text($0, 1) }
    let entries = try described(found, oids, .statistics)
    return oids.compactMap { entries[$0]?.table }
  }

  /// What every list of tables says of each.
  private static let relation = """
    c.oid, n.nspname, c.relname, c.relkind,
    c.relkind = 'r' AND EXISTS (SELECT FROM pg_inherits AS i WHERE i.inhparent = c.oid),
    has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')
    """

  /// The tables of a list by their object identifiers.
  private func described(_ found: any PostgresRows, _ oids: [String], _ depth: Depth) throws -> [String: Entry] {
    var entries: [String: Entry] = [:]
    for row in 0..<found.rows {
      guard let oid = found.text(row, 1), let name = found.text(row, 3), let kind = found.text(row, 4) else { continue }
      var table = Table(name: ObjectName(schema: found.text(row, 2), table: name), columns: [], number: oid)
      switch kind {
      case "v": table.kind = .view
      case "m": (table.kind, table.traits) = (.view, [Self.materialized])
      case "f": (table.kind, table.traits) = (.virtual, [Self.foreign])
      case "p": table.traits = [Self.partitioned]
      default: if found.flag(row, 5) { table.traits = [Self.inherited] }
      }
      entries[oid] = Entry(table: table, isReadable: found.flag(row, 6))
    }
    let list = Self.array(oids)
    guard depth != .kind else { return entries }
    try readColumns(list, into: &entries)
    try readKeys(list, into: &entries)
    guard depth != .shape else { return entries }
    try PostgreSQLStatistics(connection: connection).estimate(list, &entries)
    return entries
  }

  private func readColumns(_ oids: String, into entries: inout [String: Entry]) throws {
    let found = try connection.query(
      """
      WITH RECURSIVE bases(domain, type, mod, required) AS (
        SELECT oid, typbasetype, typtypmod, typnotnull FROM pg_type WHERE typtype = 'd'
        UNION ALL
        SELECT b.domain, t.typbasetype, t.typtypmod, b.required OR t.typnotnull
        FROM bases AS b JOIN pg_type AS t ON t.oid = b.type AND t.typtype = 'd'),
      domains AS (
        SELECT b.domain, b.type, b.mod, b.required
        FROM bases AS b JOIN pg_type AS t ON t.oid = b.type WHERE t.typtype <> 'd')
      SELECT a.attrelid, a.attname,
        CASE WHEN d.domain IS NULL THEN format_type(a.atttypid, a.atttypmod) ELSE format_type(d.type, d.mod) END,
        a.attnotnull OR coalesce(d.required, false),
        CASE WHEN l.collname = 'default' AND l.collnamespace = 'pg_catalog'::regnamespace
          THEN coalesce(to_jsonb(b) ->> 'datlocale', to_jsonb(b) ->> 'daticulocale', b.datcollate) ELSE l.collname END,
        a.attgenerated <> '', pg_get_expr(e.adbin, e.adrelid), col_description(a.attrelid, a.attnum),
        CASE WHEN coalesce(d.type, a.atttypid) = 'money'::regtype THEN scale(1::money::numeric) END, a.attnum
      FROM pg_attribute AS a
      JOIN pg_database AS b ON b.datname = current_database()
      LEFT JOIN domains AS d ON d.domain = a.atttypid
      LEFT JOIN pg_collation AS l ON l.oid = a.attcollation
      LEFT JOIN pg_attrdef AS e ON e.adrelid = a.attrelid AND e.adnum = a.attnum
      WHERE a.attrelid = ANY ($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
      ORDER BY a.attrelid, a.attnum
      """, [oids], wait: wait)
    for row in 0..<found.rows {
      guard let oid = found.text(row, 0), let name = found.text(row, 1), let declared = found.text(row, 2) else {
        continue
      }
      let type = PostgreSQLType(declared)
      var logical = type.logical
      if type.kind == .money { logical = .decimal(precision: 19, scale: found.integer(row, 8) ?? 2) }
      entries[oid]?.table.columns.append(
        Column(
          name: name, declaredType: declared, type: logical, isNullable: !found.flag(row, 3),
          collation: Self.collation(found.text(row, 4), of: type), isGenerated: found.flag(row, 5),
          defaultValue: found.text(row, 6), comment: found.text(row, 7),
          number: found.integer(row, 9)))
    }
  }

  /// Nil for byte order; for types that may become text and have an order of their own, that order's name: the type.
  private static func collation(_ name: String?, of type: PostgreSQLType) -> String? {
    switch type.wire {
    case .bool, .int16, .int32, .int64, .oid, .float32, .float64, .bytes, .uuid: return nil
    case .text where type.isText: return ["C", "POSIX"].contains(name) ? nil : name
    default: return type.castName
    }
  }

  /// Primary keys and unique indexes that cover every row by columns alone, checked by the server at all times. The keys of
  /// an inherited table do not hold over the rows of those that inherit.
  private func readKeys(_ oids: String, into entries: inout [String: Entry]) throws {
    let found = try connection.query(
      """
      SELECT x.indrelid, x.indexrelid, x.indisprimary, a.attname
      FROM pg_index AS x
      CROSS JOIN LATERAL unnest(x.indkey::int2[]) WITH ORDINALITY AS k(number, i)
      JOIN pg_attribute AS a ON a.attrelid = x.indrelid AND a.attnum = k.number
      WHERE x.indrelid = ANY ($1::oid[]) AND x.indisunique AND x.indisvalid AND x.indpred IS NULL AND x.indexprs IS NULL
        AND k.i <= x.indnkeyatts
      ORDER BY x.indrelid, x.indexrelid, k.i
      """, [oids], wait: wait)
    var index: String?
    for row in 0..<found.rows {
      guard let oid = found.text(row, 0), let name = found.text(row, 3), var entry = entries[oid],
        !entry.table.traits.contains(Self.inherited)
      else { continue }
      if found.flag(row, 2) {
        entry.table.primaryKey.append(name)
      } else {
        if index != found.text(row, 1) { entry.table.uniqueKeys.append([]) }
        entry.table.uniqueKeys[entry.table.uniqueKeys.count - 1].append(name)
      }
      index = found.text(row, 1)
      entries[oid] = entry
    }
  }

  /// An array as PostgreSQL reads it: every element quoted, nil as NULL.
  static func array(_ elements: [String?]) -> String {
    "{"
      + elements.map { element in
        guard let element else { return "NULL" }
        return "\"" + element.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
      }.joined(separator: ",") + "}"
  }
}
