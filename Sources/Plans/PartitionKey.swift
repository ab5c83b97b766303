/// The columns that split a table into parts, and why these.
package struct PartitionKey: Hashable, Codable, Sendable {
  /// Where the choice came from.
  package enum Origin: String, Codable, Sendable {
    case asked = "columnNamesToPartitionBy"
    case primaryKey = "primary key"
    case clusteringKey = "clustering key"
    case uniqueKey = "unique index"
  }

  /// Source column names in the order of comparison.
  package var columns: [String]
  package var origin: Origin
  /// Some key column may be NULL: there is a part for those rows.
  package var isNullable: Bool

  package init(columns: [String], origin: Origin, isNullable: Bool) {
    self.columns = columns
    self.origin = origin
    self.isNullable = isNullable
  }
}
