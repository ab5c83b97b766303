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

  /// Statements that add a column in place; nil where the target cannot.
  func addColumn(_ column: ColumnPlan, to table: ObjectName) -> [String]?

  /// Statements that change a column from the declared type to `column.targetType` in place; nil where the target
  /// cannot. An empty list says that the column holds every value of the new type as it is, so that nothing is to do.
  func widenColumn(_ column: ColumnPlan, of table: ObjectName, from declared: String) -> [String]?

  /// Whether the target orders values of a key column as the source does, so that a key range means the same rows.
  ///
  /// - Parameters:
  ///   - column: The key column as the source has it.
  ///   - type: The type in which its values are staged.
  ///   - target: The column they go to; nil when the plan creates it.
  func orders(_ column: Column, as type: LogicalType, into target: Column?, like source: SourcePlatform) -> Bool
}
