package import Catalogs
package import Plans

/// How a Snowflake target names types and writes tables. docs/types.md has the table of types.
///
/// Every statement can run twice, or is passed over the second time: Snowflake commits each definition by itself, so a run
/// that was ended between two of them begins them again.
package struct SnowflakeDialect: TargetDialect {
  package init() {}

  package var platform: TargetPlatform { .snowflake }

  /// Names that need no quotes fold as Snowflake folds them, so that they can be written without; all others keep their
  /// spelling.
  package func columnName(_ source: String) -> String { SnowflakeName.folded(source) }

  package func sqlType(for type: LogicalType) -> String {
    let kind: SnowflakeType.Kind =
      switch type {
      case .boolean: .boolean
      case .integer: .number(precision: 19, scale: 0)
      // A NUMBER has at most 37 digits behind the point; text keeps all 38, a sign and the zero before the point.
      case .decimal(_, 38...): .varchar(length: 41)
      case .decimal(let precision, let scale): .number(precision: precision, scale: scale)
      case .float: .float
      case .text(let length): .varchar(length: min(max(1, length ?? .max), SnowflakeType.longestText))
      case .binary(let length): .binary(length: min(max(1, length ?? .max), SnowflakeType.longestBinary))
      case .date: .date
      case .time(let scale): .time(scale: scale)
      case .timestamp(let scale): .timestamp(.none, scale: scale)
      // An instant has no offset of its own to keep, and this is how Snowflake stores one without.
      case .instant(let scale): .timestamp(.local, scale: scale)
      case .variant: .variant
      // As text, which every kind of table and every client takes.
      case .uuid: .varchar(length: 36)
      }
    return SnowflakeType(kind).description
  }

  package func logicalType(of declared: String) -> LogicalType {
    SnowflakeType(declared)?.logicalType ?? SnowflakeType.holdsNothing
  }

  package func createTable(
    _ name: ObjectName, columns: [ColumnPlan], primaryKey: [String], metadataColumns: Bool
  ) -> String {
    "CREATE TABLE IF NOT EXISTS "
      + definition(name, columns: columns, primaryKey: primaryKey, metadataColumns: metadataColumns)
  }

  /// The table's name and its columns in parentheses.
  func definition(
    _ name: ObjectName, columns: [ColumnPlan], primaryKey: [String], metadataColumns: Bool
  ) -> String {
    var lines = columns.map { column in
      [
        SnowflakeName.written(column.target), column.targetType, column.isNullable ? nil : "NOT NULL",
        column.comment.map { "COMMENT \(SnowflakeName.text($0))" },
      ].compactMap { $0 }.joined(separator: " ")
    }
    if metadataColumns {
      lines += MetadataColumns.plans(self).map { "\(SnowflakeName.written($0.target)) \($0.targetType)" }
    }
    // A primary key makes its columns NOT NULL, so one that may be NULL is told as what it is.
    let takesNull = columns.contains { primaryKey.contains($0.target) && $0.isNullable }
    if !primaryKey.isEmpty {
      lines.append("\(takesNull ? "UNIQUE" : "PRIMARY KEY") (\(SnowflakeName.list(primaryKey)))")
    }
    return SnowflakeName.written(name) + " (\n  " + lines.joined(separator: ",\n  ") + "\n)"
  }

  package func addColumn(_ column: ColumnPlan, to table: ObjectName) -> [String]? {
    [
      "ALTER TABLE \(SnowflakeName.written(table)) ADD COLUMN IF NOT EXISTS "
        + "\(SnowflakeName.written(column.target)) \(column.targetType)"
    ]
  }

  /// The one statement that cannot run twice: prepare passes over it once the table has the new name.
  package func renameColumn(_ column: String, to name: String, of table: ObjectName) -> [String]? {
    [
      "ALTER TABLE \(SnowflakeName.written(table)) RENAME COLUMN \(SnowflakeName.written(column)) TO "
        + SnowflakeName.written(name)
    ]
  }

  package func allowNull(in column: String, of table: ObjectName) -> [String]? {
    ["ALTER TABLE \(SnowflakeName.written(table)) ALTER COLUMN \(SnowflakeName.written(column)) DROP NOT NULL"]
  }

  /// Snowflake lengthens a text and adds digits before the point of a number; it changes no scale, no precision of a time,
  /// no length of a binary column, and no type into another.
  ///
  /// Source: https://docs.snowflake.com/en/sql-reference/sql/alter-table-column
  package func widenColumn(_ column: ColumnPlan, of table: ObjectName, from declared: String) -> [String]? {
    guard let old = SnowflakeType(declared), let new = SnowflakeType(column.targetType) else { return nil }
    switch (old.kind, new.kind) {
    case (.varchar(let before), .varchar(let after)) where after > before: break
    case (.number(let before, let scale), .number(let after, let newScale)) where scale == newScale && after > before:
      break
    default: return nil
    }
    return [
      "ALTER TABLE \(SnowflakeName.written(table)) ALTER COLUMN \(SnowflakeName.written(column.target)) "
        + "SET DATA TYPE \(new)"
    ]
  }
}
