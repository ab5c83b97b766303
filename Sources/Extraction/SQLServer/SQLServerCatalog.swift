import Catalogs
import Plans

/// Reads what SQL Server's catalog says of tables: five statements, however many tables are asked for.
///
/// Types are told by their names, which every server that speaks T-SQL has, and never by their numbers. Source:
/// https://learn.microsoft.com/sql/relational-databases/system-catalog-views/object-catalog-views-transact-sql
struct SQLServerCatalog {
  static let inMemory = "MEMORY_OPTIMIZED"
  static let temporal = "SYSTEM_VERSIONED"
  static let history = "HISTORY"
  static let ledger = "LEDGER"
  static let graph = "GRAPH"
  static let external = "EXTERNAL"
  static let filtered = "ROW-LEVEL SECURITY"

  /// More tables than this are not listed one by one in a condition: everything is read, and what is meant is picked here.
  private static let listed = 1000

  let link: SQLServerLink
  let database: SQLServerDatabase
  /// Called while the server is silent: a table that is being altered lets its catalog wait too.
  var wait: SQLServerLink.Wait = {}

  /// What was found: the table, and what keeps the login from reading its values.
  struct Entry {
    var table: Table
    var isReadable: Bool
    /// Columns whose values the login would see masks of.
    var masked: [String] = []
    /// Columns that only clients with a key can read.
    var encrypted: [String] = []
  }

  /// Tables and views by these names, compared as the database compares names; one without a schema is looked for in the
  /// login's default schema. The result's indices are those of `names`.
  func entries(_ names: [ObjectName], statistics: Bool = true) throws -> [Int: Entry] {
    guard !names.isEmpty else { return [:] }
    let wanted = names.enumerated().map {
      "(\($0), \(SQLServerName.text($1.schema ?? "")), \(SQLServerName.text($1.table)))"
    }
    let found = try link.query(
      """
      SELECT w.i, \(relation)
      FROM (VALUES \(wanted.joined(separator: ", "))) AS w(i, s, t)
      JOIN sys.schemas AS s ON s.name = COALESCE(NULLIF(w.s, N''), SCHEMA_NAME()) COLLATE DATABASE_DEFAULT
      JOIN sys.objects AS o ON o.schema_id = s.schema_id AND o.name = w.t COLLATE DATABASE_DEFAULT
      LEFT JOIN sys.tables AS t ON t.object_id = o.object_id
      WHERE o.type IN ('U', 'V')
      """, wait: wait)
    let entries = try described(found, statistics: statistics)
    return Dictionary(
      (0..<found.count).compactMap { row in
        guard let index = found.integer(row, 0), let entry = entries[found.text(row, 1) ?? ""] else { return nil }
        return (index, entry)
      }, uniquingKeysWith: { first, _ in first })
  }

  /// Every table and view that the login may read, in name order.
  func readable() throws -> [Table] {
    let found = try link.query(
      """
      SELECT 0, \(relation)
      FROM sys.objects AS o JOIN sys.schemas AS s ON s.schema_id = o.schema_id
      LEFT JOIN sys.tables AS t ON t.object_id = o.object_id
      WHERE o.type IN ('U', 'V') AND o.is_ms_shipped = 0
      """, wait: wait)
    return try described(found, statistics: true).values.filter(\.isReadable).map(\.table).sorted { $0.name < $1.name }
  }

  /// What every list of tables says of each.
  private var relation: String {
    """
    o.object_id, s.name, o.name, o.type, CAST(t.is_memory_optimized AS int), CAST(t.temporal_type AS int), \
    CAST(t.is_external AS int), \(database.hasGraph ? "CAST(t.is_node AS int), CAST(t.is_edge AS int)" : "0, 0"), \
    \(database.hasLedger ? "CAST(t.ledger_type AS int)" : "0"), \
    HAS_PERMS_BY_NAME(QUOTENAME(s.name) + N'.' + QUOTENAME(o.name), 'OBJECT', 'SELECT')
    """
  }

  /// The tables of a list by their object identifiers.
  private func described(_ found: SQLServerLink.Rows, statistics: Bool) throws -> [String: Entry] {
    var entries: [String: Entry] = [:]
    for row in 0..<found.count {
      guard let id = found.text(row, 1), let name = found.text(row, 3) else { continue }
      var table = Table(name: ObjectName(schema: found.text(row, 2), table: name), columns: [], number: id)
      if found.text(row, 4)?.hasPrefix("V") ?? false { table.kind = .view }
      if found.flag(row, 5) { table.traits.append(Self.inMemory) }
      switch found.integer(row, 6) ?? 0 {
      case 1: table.traits.append(Self.history)
      case 2: table.traits.append(Self.temporal)
      default: break
      }
      if found.flag(row, 7) { (table.kind, table.traits) = (.virtual, table.traits + [Self.external]) }
      if found.flag(row, 8) || found.flag(row, 9) { table.traits.append(Self.graph) }
      if (found.integer(row, 10) ?? 0) > 0 { table.traits.append(Self.ledger) }
      entries[id] = Entry(table: table, isReadable: found.flag(row, 11))
    }
    guard !entries.isEmpty else { return entries }
    try readColumns(into: &entries)
    try readKeys(into: &entries)
    try readPolicies(into: &entries)
    if statistics { try SQLServerStatistics(link: link, wait: wait).estimate(&entries, sees: database.seesState) }
    return entries
  }

  /// A condition for the tables that are meant, or none where there are too many to list.
  static func condition(_ column: String, _ entries: [String: Entry]) -> String {
    entries.count > listed ? "1 = 1" : "\(column) IN (\(entries.keys.sorted().joined(separator: ", ")))"
  }

  private func readColumns(into entries: inout [String: Entry]) throws {
    let found = try link.query(
      """
      SELECT c.object_id, c.name, COALESCE(b.name, t.name), c.max_length, c.precision, c.scale, CAST(c.is_nullable AS int),
        c.collation_name, CASE WHEN c.is_computed = 1 OR c.generated_always_type > 0 THEN 1 ELSE 0 END, d.definition,
        CAST(p.value AS nvarchar(4000)), CAST(c.is_hidden AS int), CAST(c.is_masked AS int), c.encryption_type,
        CAST(c.is_column_set AS int), CASE WHEN t.is_user_defined = 1 AND t.is_assembly_type = 1 THEN SCHEMA_NAME(t.schema_id) END,
        c.column_id
      FROM sys.columns AS c
      JOIN sys.types AS t ON t.user_type_id = c.user_type_id
      LEFT JOIN sys.types AS b ON t.is_user_defined = 1 AND t.is_assembly_type = 0 AND b.user_type_id = t.system_type_id
      LEFT JOIN sys.default_constraints AS d ON d.parent_object_id = c.object_id AND d.parent_column_id = c.column_id
      LEFT JOIN sys.extended_properties AS p ON p.class = 1 AND p.major_id = c.object_id AND p.minor_id = c.column_id
        AND p.name = N'MS_Description'
      WHERE \(Self.condition("c.object_id", entries))
      ORDER BY c.object_id, c.column_id
      """, wait: wait)
    for row in 0..<found.count {
      guard let id = found.text(row, 0), let name = found.text(row, 1), var entry = entries[id] else { continue }
      // A set of sparse columns repeats them, and the inner columns of a graph cannot be selected.
      if found.flag(row, 14) || (found.flag(row, 11) && entry.table.traits.contains(Self.graph)) { continue }
      let declared = Self.declared(found, row)
      if found.flag(row, 12), !database.seesUnmasked { entry.masked.append(name) }
      if found.text(row, 13) != nil { entry.encrypted.append(name) }
      entry.table.columns.append(
        Column(
          name: name, declaredType: declared, type: SQLServerType(declared).logical, isNullable: found.flag(row, 6),
          collation: SQLServerType(declared).isText ? found.text(row, 7) : nil, isGenerated: found.flag(row, 8),
          defaultValue: found.text(row, 9), comment: found.text(row, 10),
          number: found.integer(row, 16)))
      entries[id] = entry
    }
  }

  /// The type with its lengths and digits, as CREATE TABLE has it.
  private static func declared(_ found: SQLServerLink.Rows, _ row: Int) -> String {
    let name = found.text(row, 2) ?? ""
    let length = found.integer(row, 3) ?? 0
    if let schema = found.text(row, 15) { return SQLServerName.quoted(schema) + "." + SQLServerName.quoted(name) }
    switch name.lowercased() {
    case "decimal", "numeric": return "\(name)(\(found.integer(row, 4) ?? 18),\(found.integer(row, 5) ?? 0))"
    case "time", "datetime2", "datetimeoffset": return "\(name)(\(found.integer(row, 5) ?? 7))"
    case "char", "varchar", "binary", "varbinary": return "\(name)(\(length < 0 ? "max" : "\(length)"))"
    case "nchar", "nvarchar": return "\(name)(\(length < 0 ? "max" : "\(length / 2)"))"
    case "sysname": return "nvarchar(\(length / 2))"
    case "timestamp": return "rowversion"
    // Four bytes for each number, and eight in front.
    case "vector": return "vector(\(max(0, (length - 8) / 4)))"
    default: return name
    }
  }

  /// Primary keys, unique indexes that cover every row, and the clustered index where it is another. NULLs are equal to each
  /// other in a unique index here, so that one with NULL is one too.
  private func readKeys(into entries: inout [String: Entry]) throws {
    let found = try link.query(
      """
      SELECT i.object_id, i.index_id, CAST(i.is_primary_key AS int), CAST(i.is_unique AS int), i.type, c.name
      FROM sys.indexes AS i
      JOIN sys.index_columns AS k ON k.object_id = i.object_id AND k.index_id = i.index_id
      JOIN sys.columns AS c ON c.object_id = k.object_id AND c.column_id = k.column_id
      WHERE \(Self.condition("i.object_id", entries)) AND k.key_ordinal > 0 AND (i.is_unique = 1 OR i.type = 1)
        AND i.has_filter = 0 AND i.is_disabled = 0 AND i.is_hypothetical = 0
      ORDER BY i.object_id, i.index_id, k.key_ordinal
      """, wait: wait)
    var last: [String?] = []
    for row in 0..<found.count {
      guard let id = found.text(row, 0), let name = found.text(row, 5), var entry = entries[id] else { continue }
      if found.flag(row, 2) {
        entry.table.primaryKey.append(name)
      } else {
        if found.integer(row, 4) == 1 { entry.table.clusteringKey.append(name) }
        if found.flag(row, 3) {
          if last != [id, found.text(row, 1)] { entry.table.uniqueKeys.append([]) }
          entry.table.uniqueKeys[entry.table.uniqueKeys.count - 1].append(name)
        }
      }
      last = [id, found.text(row, 1)]
      entries[id] = entry
    }
  }

  /// Tables whose rows a security policy filters, as far as the login may know of it.
  private func readPolicies(into entries: inout [String: Entry]) throws {
    let found = try link.query(
      """
      SELECT DISTINCT p.target_object_id
      FROM sys.security_predicates AS p JOIN sys.security_policies AS s ON s.object_id = p.object_id
      WHERE s.is_enabled = 1 AND p.predicate_type = 0 AND \(Self.condition("p.target_object_id", entries))
      """, wait: wait)
    for row in 0..<found.count {
      guard let id = found.text(row, 0) else { continue }
      entries[id]?.table.traits.append(Self.filtered)
    }
  }
}
