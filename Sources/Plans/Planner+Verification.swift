package import Catalogs
package import Workflows

extension Planner {
  /// What keeps the values of `columns` from having their place in the target as it is.
  package func schemaDifferences(_ facts: TableFacts, _ columns: [ColumnPlan]) -> [Drift] {
    guard let target = facts.target else {
      return [
        Drift(
          kind: .targetTableMissing, column: nil, before: nil, after: nil,
          resolution: "the target has no such table; scmplan apply creates it", isBlocking: true)
      ]
    }
    return mapper(facts).drift(of: columns, against: target)
  }

  /// Source columns that tell one row from another: those that the workflow names, else the primary key; empty without one.
  ///
  /// - Throws: ``PlanError`` when the workflow names a column that the table does not have.
  package func identity(_ configuration: TableConfiguration, of table: Table) throws(PlanError) -> [String] {
    let asked = try columns(configuration.primaryKeyColumns, of: table, in: "primaryKeyColumns")
    return asked.isEmpty ? table.primaryKey : asked
  }
}
