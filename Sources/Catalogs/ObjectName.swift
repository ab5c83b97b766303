/// The name of a table as its own system stores it: quotes removed, case folded.
package struct ObjectName: Hashable, Codable, Sendable, Comparable, CustomStringConvertible {
  package var database: String?
  package var schema: String?
  package var table: String

  package init(database: String? = nil, schema: String? = nil, table: String) {
    self.database = database
    self.schema = schema
    self.table = table
  }

  /// Parts joined by dots, as people say the name: `SalesDB.dbo.Orders`.
  package var description: String {
    [database, schema, table].compactMap { $0 }.joined(separator: ".")
  }

  /// The name without its database: `dbo.Orders`.
  package var short: String {
    [schema, table].compactMap { $0 }.joined(separator: ".")
  }

  package static func < (a: ObjectName, b: ObjectName) -> Bool {
    (a.database ?? "", a.schema ?? "", a.table) < (b.database ?? "", b.schema ?? "", b.table)
  }
}
