package import Catalogs

/// The choice of a partition key.
package enum KeyChoice {
  /// The key of `table`: the columns asked for, else primary key, clustering key, the shortest unique index; nil when there
  /// is none that can be ordered.
  ///
  /// - Parameter asked: Stored names of existing columns, from `columnNamesToPartitionBy`.
  package static func key(of table: Table, asked: [String]) -> PartitionKey? {
    let candidates: [(columns: [String], origin: PartitionKey.Origin)] =
      [(asked, .asked), (table.primaryKey, .primaryKey), (table.clusteringKey, .clusteringKey)]
      + table.uniqueKeys.sorted { $0.count < $1.count }.map { ($0, .uniqueKey) }
    for (columns, origin) in candidates where !columns.isEmpty {
      let described = columns.compactMap(table.column)
      guard described.count == columns.count, described.allSatisfy(\.canBeKey) else { continue }
      return PartitionKey(columns: columns, origin: origin, isNullable: described.contains(where: \.isNullable))
    }
    return nil
  }
}

extension Column {
  /// Whether ranges over the column make sense; two values are no range.
  fileprivate var canBeKey: Bool {
    switch type {
    case .boolean: false
    default: true
    }
  }
}
