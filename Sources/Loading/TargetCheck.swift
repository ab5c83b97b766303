package import Catalogs
package import Workflows

/// What `check` asks a target about.
package struct TargetCheck: Sendable {
  /// A table of the workflow.
  package struct Table: Sendable {
    package var name: ObjectName
    package var configuration: TableConfiguration

    package init(_ name: ObjectName, _ configuration: TableConfiguration) {
      self.name = name
      self.configuration = configuration
    }
  }

  /// Empty to look at the connection alone.
  package var tables: [Table]
  /// Database and schema in which runs are told of; nil where nobody knows.
  package var metadata: (database: String, schema: String)?

  package init(tables: [Table], metadata: (database: String, schema: String)? = nil) {
    self.tables = tables
    self.metadata = metadata
  }
}
