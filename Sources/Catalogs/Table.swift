/// A table as its system's catalog describes it; no row has been read for it.
package struct Table: Hashable, Codable, Sendable {
  package enum Kind: String, Codable, Sendable {
    case table, view, virtual
  }

  package var name: ObjectName
  package var kind: Kind
  /// In the order of the table.
  package var columns: [Column]
  /// The columns of the primary key in key order; empty when there is none.
  package var primaryKey: [String]
  /// The columns of the clustering or sort key in order, where the system has one that is not the primary key.
  package var clusteringKey: [String]
  /// Column lists of unique indexes that cover every row (no partial ones, no expressions), in catalog order.
  package var uniqueKeys: [[String]]
  /// Rows by the system's statistics; nil when it keeps none.
  package var estimatedRows: Int?
  /// Bytes on the system's disk by its statistics; nil when it keeps none.
  package var estimatedBytes: Int?
  /// What the catalog knows the table by; another table of its name has another. Nil where the catalog has no such thing.
  package var number: String?
  /// Peculiarities that matter to a reader of the catalog, in words of the system: `WITHOUT ROWID`, `STRICT`.
  package var traits: [String]

  package init(
    name: ObjectName, kind: Kind = .table, columns: [Column], primaryKey: [String] = [],
    clusteringKey: [String] = [], uniqueKeys: [[String]] = [], estimatedRows: Int? = nil,
    estimatedBytes: Int? = nil, number: String? = nil, traits: [String] = []
  ) {
    self.name = name
    self.kind = kind
    self.columns = columns
    self.primaryKey = primaryKey
    self.clusteringKey = clusteringKey
    self.uniqueKeys = uniqueKeys
    self.estimatedRows = estimatedRows
    self.estimatedBytes = estimatedBytes
    self.number = number
    self.traits = traits
  }

  /// The column whose stored name is exactly `name`.
  package func column(_ name: String) -> Column? {
    columns.first { $0.name == name }
  }

  /// The text that changes exactly when the table's shape does: columns with type, nullability and collation, and keys.
  /// The name, statistics, comments and defaults are left out: they change nothing that a load relies on.
  package var shape: String {
    let columnLines = columns.map {
      "\($0.name)\t\($0.declaredType)\t\($0.isNullable)\t\($0.collation ?? "")\t\($0.isGenerated)"
    }
    let keys = ["key\t" + primaryKey.joined(separator: "\t")]
    return ([kind.rawValue] + columnLines + keys).joined(separator: "\n")
  }
}
