package import Catalogs

/// The dialect of a target: what needs no connection, so that plans are made from it.
package protocol TargetDialect: Sendable {
  var platform: TargetPlatform { get }

  /// The stored name that a source column gets where no mapping names another.
  func columnName(_ source: String) -> String

  /// The type a new column gets for values of `type`, in the target's SQL.
  func sqlType(for type: LogicalType) -> String

  /// What a column of the declared type can hold.
  func logicalType(of declared: String) -> LogicalType

  /// The statement that creates a table for these columns.
  func createTable(_ name: ObjectName, columns: [ColumnPlan], primaryKey: [String], metadataColumns: Bool) -> String

  /// Statements that add a column, or change a column's type, where the target can do so in place; nil where it cannot.
  func addColumn(_ column: ColumnPlan, to table: ObjectName) -> [String]?
  func widenColumn(_ column: ColumnPlan, of table: ObjectName) -> [String]?

  /// Whether the target orders values of a key column as the source does, so that a key range means the same rows.
  func orders(_ column: Column, as type: LogicalType, like source: SourcePlatform) -> Bool
}
