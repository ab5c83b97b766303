package import Catalogs

/// The name of a table as a workflow writes it, quotes included.
package struct ObjectReference: Hashable, Codable, Sendable {
  package var databaseName: String?
  package var schemaName: String?
  package var tableName: String

  package init(databaseName: String? = nil, schemaName: String? = nil, tableName: String) {
    self.databaseName = databaseName
    self.schemaName = schemaName
    self.tableName = tableName
  }

  /// The name as its system stores it.
  ///
  /// - Throws: `IdentifierError` when a part is no identifier, which reading a workflow rules out.
  package func objectName(folding: IdentifierFolding) throws(IdentifierError) -> ObjectName {
    var name = ObjectName(table: try Identifier.stored(tableName, folding: folding))
    if let databaseName { name.database = try Identifier.stored(databaseName, folding: folding) }
    if let schemaName { name.schema = try Identifier.stored(schemaName, folding: folding) }
    return name
  }
}
