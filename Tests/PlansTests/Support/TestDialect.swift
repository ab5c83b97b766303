import Catalogs
import Plans

/// A target dialect with the traits of the real ones that planning depends on: Snowflake folds names up, keeps lengths and
/// changes some types in place; SQLite keeps names, limits no length and changes none.
struct TestDialect: TargetDialect {
  var platform: TargetPlatform = .snowflake
  /// The answer to ``orders(_:as:into:like:)`` for key columns that are not text.
  var ordersKeys = true

  func columnName(_ source: String) -> String {
    platform == .snowflake ? source.uppercased() : source
  }

  func sqlType(for type: LogicalType) -> String {
    switch type {
    case .boolean: "BOOLEAN"
    case .integer: platform == .snowflake ? "NUMBER(19,0)" : "INTEGER"
    case .decimal(let precision, let scale): "NUMBER(\(precision),\(scale))"
    case .float: "FLOAT"
    case .text(let length): length.map { "VARCHAR(\($0))" } ?? "VARCHAR"
    case .binary(let length): length.map { "BINARY(\($0))" } ?? "BINARY"
    case .date: "DATE"
    case .time(let scale): "TIME(\(scale))"
    case .timestamp(let scale): "TIMESTAMP(\(scale))"
    case .instant(let scale): "TIMESTAMPTZ(\(scale))"
    case .variant: "VARIANT"
    case .uuid: "VARCHAR(36)"
    }
  }

  func logicalType(of declared: String) -> LogicalType {
    guard let type = TypeName(declared) else { return .variant }
    let first = type.arguments.first
    switch type.name {
    case "boolean": return .boolean
    case "integer": return .integer
    case "number": return .decimal(precision: first ?? 38, scale: type.arguments.dropFirst().first ?? 0)
    case "float": return .float
    case "varchar": return .text(length: first)
    case "binary": return .binary(length: first)
    case "date": return .date
    case "time": return .time(scale: first ?? 9)
    case "timestamp": return .timestamp(scale: first ?? 9)
    case "timestamptz": return .instant(scale: first ?? 9)
    default: return .variant
    }
  }

  func createTable(
    _ name: ObjectName, columns: [ColumnPlan], primaryKey: [String], metadataColumns: Bool
  ) -> String {
    let lines = columns.map { "\($0.target) \($0.targetType)\($0.isNullable ? "" : " NOT NULL")" }
    let key = primaryKey.isEmpty ? [] : ["PRIMARY KEY (\(primaryKey.joined(separator: ", ")))"]
    let metadata = metadataColumns ? MetadataColumns.names.sorted() : []
    return "CREATE TABLE \(name) (\((lines + metadata + key).joined(separator: ", ")))"
  }

  func addColumn(_ column: ColumnPlan, to table: ObjectName) -> [String]? {
    ["ALTER TABLE \(table) ADD COLUMN \(column.target) \(column.targetType)"]
  }

  func renameColumn(_ column: String, to name: String, of table: ObjectName) -> [String]? {
    ["ALTER TABLE \(table) RENAME COLUMN \(column) TO \(name)"]
  }

  func allowNull(in column: String, of table: ObjectName) -> [String]? {
    platform == .snowflake ? ["ALTER TABLE \(table) ALTER COLUMN \(column) DROP NOT NULL"] : nil
  }

  var enforcesKeys: Bool { platform == .sqlite }

  func widenColumn(_ column: ColumnPlan, of table: ObjectName, from declared: String) -> [String]? {
    guard platform == .snowflake else { return declared == "VARCHAR" || declared.hasPrefix("VARCHAR(") ? [] : nil }
    switch (logicalType(of: declared), column.type) {
    case (.text, .text):
      return ["ALTER TABLE \(table) ALTER COLUMN \(column.target) SET DATA TYPE \(column.targetType)"]
    default: return nil
    }
  }

  func orders(_ column: Column, as type: LogicalType, into target: Column?, like source: SourcePlatform) -> Bool {
    if case .text = type { return column.collation == nil }
    return ordersKeys
  }
}
