package import Catalogs
package import Plans

/// How the embedded SQLite target names types and writes tables. docs/loading.md has the table of types.
package struct SQLiteDialect: TargetDialect {
  package init() {}

  package var platform: TargetPlatform { .sqlite }

  /// Columns keep the source's spelling: SQLite folds nothing.
  package func columnName(_ source: String) -> String { source }

  /// The most decimal digits that a double, and so a SQLite number, always keeps.
  static let numericDigits = 15

  /// A declared type whose affinity leaves every value of `type` as the load writes it, and that reads back as `type`.
  package func sqlType(for type: LogicalType) -> String {
    switch type {
    case .boolean: "BOOLEAN"
    case .integer: "INTEGER"
    case .decimal(let precision, let scale):
      precision <= Self.numericDigits ? "DECIMAL(\(precision),\(scale))" : "DECIMAL_TEXT(\(precision),\(scale))"
    case .float: "REAL"
    case .text(let length): length.map { "VARCHAR(\($0))" } ?? "TEXT"
    case .binary(let length): length.map { "BLOB(\($0))" } ?? "BLOB"
    case .date: "DATE"
    case .time(let scale): "TIME(\(scale))"
    case .timestamp(let scale): "TIMESTAMP(\(scale))"
    case .instant(let scale): "TIMESTAMPTZ(\(scale))"
    // VARIANT alone would have numeric affinity and turn the text '007' into 7.
    case .variant: "VARIANT_BLOB"
    case .uuid: "UUID"
    }
  }

  /// What a declared type means, by its name where it is one that Snowflake, SQL Server or PostgreSQL knows, else by
  /// the affinity that SQLite gives it.
  ///
  /// SQLite itself limits no length, precision or scale: they are read as what the writer of the table meant.
  package func logicalType(of declared: String) -> LogicalType {
    guard let type = TypeName(declared) else { return .variant }
    let first = type.arguments.first
    switch type.name {
    case "boolean", "bool", "bit": return .boolean
    case "number": return .decimal(precision: first ?? 38, scale: type.arguments.dropFirst().first ?? 0)
    case "decimal", "numeric", "dec", "decimal_text":
      return first.map { .decimal(precision: $0, scale: type.arguments.dropFirst().first ?? 0) } ?? .variant
    case "float", "float4", "float8", "double", "double precision", "real": return .float
    case "string": return .text(length: first)
    case "binary", "varbinary", "bytea", "blob": return .binary(length: first)
    case "date": return .date
    case "time", "time without time zone": return .time(scale: first ?? 9)
    case "timestamp", "timestamp_ntz", "timestampntz", "datetime", "datetime2", "timestamp without time zone":
      return .timestamp(scale: first ?? 9)
    case "timestamptz", "timestamp_tz", "timestamp_ltz", "timestampltz", "datetimeoffset", "timestamp with time zone":
      return .instant(scale: first ?? 9)
    case "variant", "variant_blob", "any": return .variant
    case "uuid", "uniqueidentifier": return .uuid
    default:
      switch SQLiteAffinity(declared: declared) {
      case .integer: return .integer
      case .text: return .text(length: first)
      case .blob: return .binary(length: nil)
      case .real: return .float
      case .numeric: return .variant
      }
    }
  }

  package func createTable(
    _ name: ObjectName, columns: [ColumnPlan], primaryKey: [String], metadataColumns: Bool
  ) -> String {
    var lines = columns.map { column in
      [Identifier.quoted(column.target), column.targetType, column.isNullable ? nil : "NOT NULL"]
        .compactMap { $0 }.joined(separator: " ")
    }
    if metadataColumns {
      lines += MetadataColumns.plans(self).map { "\(Identifier.quoted($0.target)) \($0.targetType) NOT NULL" }
    }
    if !primaryKey.isEmpty {
      let takesNull = columns.contains { primaryKey.contains($0.target) && $0.isNullable }
      // A single INTEGER primary key stands for the row's number, and a NULL in it would be given one.
      lines.append("\(takesNull ? "UNIQUE" : "PRIMARY KEY") (\(SQLiteName.list(primaryKey)))")
    }
    let table = Identifier.quoted(SQLiteName.table(name))
    return "CREATE TABLE \(table) (\n  " + lines.joined(separator: ",\n  ") + "\n)"
  }

  package func addColumn(_ column: ColumnPlan, to table: ObjectName) -> [String]? {
    let table = Identifier.quoted(SQLiteName.table(table))
    return ["ALTER TABLE \(table) ADD COLUMN \(Identifier.quoted(column.target)) \(column.targetType)"]
  }

  package func renameColumn(_ column: String, to name: String, of table: ObjectName) -> [String]? {
    let table = Identifier.quoted(SQLiteName.table(table))
    return ["ALTER TABLE \(table) RENAME COLUMN \(Identifier.quoted(column)) TO \(Identifier.quoted(name))"]
  }

  package var enforcesKeys: Bool { true }

  /// Nothing to do where the column's affinity keeps the new values, since SQLite limits no length; else nil, since
  /// SQLite changes no column's type.
  package func widenColumn(_ column: ColumnPlan, of table: ObjectName, from declared: String) -> [String]? {
    SQLiteAffinity(declared: declared).keeps(column.type) ? [] : nil
  }
}
