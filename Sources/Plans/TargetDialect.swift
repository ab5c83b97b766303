package import Catalogs
package import Workflows

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

  /// Statements that add a column in place; nil where the target cannot. The column takes NULL, whatever the source's does:
  /// the rows that are there have no value for it.
  func addColumn(_ column: ColumnPlan, to table: ObjectName) -> [String]?

  /// Statements that change a column from the declared type to `column.targetType` in place; nil where the target
  /// cannot. An empty list says that the column holds every value of the new type as it is, so that nothing is to do.
  func widenColumn(_ column: ColumnPlan, of table: ObjectName, from declared: String) -> [String]?

  /// Statements that give a column another name in place; nil where the target cannot.
  func renameColumn(_ column: String, to name: String, of table: ObjectName) -> [String]?

  /// Statements that let a column take NULL in place; nil where the target cannot.
  func allowNull(in column: String, of table: ObjectName) -> [String]?

  /// Whether the target refuses rows that a primary key or unique index has twice.
  var enforcesKeys: Bool { get }

  /// Whether the target orders values of a key column as the source does, so that a key range means the same rows.
  ///
  /// - Parameters:
  ///   - column: The key column as the source has it.
  ///   - type: The type in which its values are staged.
  ///   - target: The column they go to; nil when the plan creates it.
  func orders(_ column: Column, as type: LogicalType, into target: Column?, like source: SourcePlatform) -> Bool

  /// What a run will execute to load a part of the change, and what of it cannot be.
  func outline(_ change: TableChange, lineage: String) -> LoadOutline

  /// What of a change the target cannot do to the table as it is, each with what to do instead.
  ///
  /// - Parameter target: the table; nil when the plan creates it.
  func obstacles(to change: TableChange, in target: Table?) -> [String]

  /// How an Iceberg table comes to be; nil where the target has none.
  ///
  /// - Parameters:
  ///   - columns: As a native table would have them.
  ///   - exists: The target has a table of this name.
  func iceberg(
    _ name: ObjectName, _ configuration: IcebergConfiguration, columns: [ColumnPlan], metadataColumns: Bool,
    exists: Bool
  ) -> IcebergOutline?

  /// What an account must answer before an Iceberg table can come to be; empty where the target has no such tables.
  func icebergChecks(_ name: ObjectName, _ configuration: IcebergConfiguration, exists: Bool) -> [IcebergCheck]
}

extension TargetDialect {
  /// Nil: the target changes no names.
  package func renameColumn(_ column: String, to name: String, of table: ObjectName) -> [String]? { nil }

  /// Nil: a column that takes no NULL stays one.
  package func allowNull(in column: String, of table: ObjectName) -> [String]? { nil }

  package var enforcesKeys: Bool { false }

  /// Nothing: the target is written row by row, in no statements that a reader could judge.
  package func outline(_ change: TableChange, lineage: String) -> LoadOutline { LoadOutline() }

  /// None: the target does what the planner chooses.
  package func obstacles(to change: TableChange, in target: Table?) -> [String] { [] }

  /// None: the target knows no Iceberg tables.
  package func iceberg(
    _ name: ObjectName, _ configuration: IcebergConfiguration, columns: [ColumnPlan], metadataColumns: Bool,
    exists: Bool
  ) -> IcebergOutline? { nil }

  /// None: the target knows no Iceberg tables.
  package func icebergChecks(
    _ name: ObjectName, _ configuration: IcebergConfiguration, exists: Bool
  ) -> [IcebergCheck] { [] }
}

/// What a target says of the loads of a table before anything runs.
package struct LoadOutline: Hashable, Sendable {
  /// The statements for the first part; what only the run knows is written in words.
  package var statements: [String]
  /// Columns that cannot be loaded exactly, each with what to do.
  package var refusals: [String]

  package init(statements: [String] = [], refusals: [String] = []) {
    self.statements = statements
    self.refusals = refusals
  }
}

/// What a target says of an Iceberg table before anything runs.
package struct IcebergOutline: Hashable, Sendable {
  /// The columns with the types that an Iceberg table has for them.
  package var columns: [ColumnPlan]
  package var statements: [String]
  package var checks: [IcebergCheck]
  package var refusals: [String]

  package init(
    columns: [ColumnPlan], statements: [String], checks: [IcebergCheck] = [], refusals: [String] = []
  ) {
    self.columns = columns
    self.statements = statements
    self.checks = checks
    self.refusals = refusals
  }
}
