package import Catalogs

/// The table to write: its name as the workflow writes it, its kind, and how rows are put into it.
package struct TargetReference: Hashable, Codable, Sendable {
  package enum TableType: String, Codable, Sendable, CaseIterable {
    case native, iceberg
  }

  package var databaseName: String?
  package var schemaName: String?
  package var tableName: String
  package var tableType: TableType
  /// Present exactly when ``tableType`` is iceberg.
  package var icebergConfig: IcebergConfiguration?
  /// Nil when the synchronization strategy decides: see ``TableConfiguration/writeMode``.
  package var writeMode: WriteMode?
  /// The target keeps run, part and load time of each row in columns of their own.
  package var metadataColumns: Bool

  package init(
    databaseName: String? = nil, schemaName: String? = nil, tableName: String, tableType: TableType = .native,
    icebergConfig: IcebergConfiguration? = nil, writeMode: WriteMode? = nil, metadataColumns: Bool = false
  ) {
    self.databaseName = databaseName
    self.schemaName = schemaName
    self.tableName = tableName
    self.tableType = tableType
    self.icebergConfig = icebergConfig
    self.writeMode = writeMode
    self.metadataColumns = metadataColumns
  }

  /// The name alone.
  package var reference: ObjectReference {
    ObjectReference(databaseName: databaseName, schemaName: schemaName, tableName: tableName)
  }

  /// The name as its system stores it.
  ///
  /// - Throws: `IdentifierError` when a part is no identifier, which reading a workflow rules out.
  package func objectName(folding: IdentifierFolding) throws(IdentifierError) -> ObjectName {
    try reference.objectName(folding: folding)
  }
}

/// What a load does to the rows that the target already has.
package enum WriteMode: String, Codable, Sendable, CaseIterable {
  /// The rows of a part take the place of the rows that the part covers.
  case replace
  /// The rows of a part join the rows that are there.
  case append
  /// A row takes the place of the row with the same primary key, or joins.
  case merge
}
