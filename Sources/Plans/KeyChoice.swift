package import Catalogs

/// The choice of a partition key.
package enum KeyChoice {
  /// The keys that could split `table`, best first: the columns asked for, primary key, clustering key, unique indexes,
  /// those first that take no NULL (NULL keys are one part, however many they are), then by their number of columns.
  ///
  /// - Parameter asked: Stored names of existing columns, from `columnNamesToPartitionBy`.
  package static func candidates(of table: Table, asked: [String]) -> [PartitionKey] {
    func rank(_ columns: [String]) -> (Int, Int) {
      (columns.contains { table.column($0)?.isNullable ?? true } ? 1 : 0, columns.count)
    }
    let lists: [(columns: [String], origin: PartitionKey.Origin)] =
      [(asked, .asked), (table.primaryKey, .primaryKey), (table.clusteringKey, .clusteringKey)]
      + table.uniqueKeys.sorted { rank($0) < rank($1) }.map { ($0, .uniqueKey) }
    return lists.compactMap { columns, origin in
      let described = columns.compactMap(table.column)
      guard !columns.isEmpty, described.count == columns.count, described.allSatisfy(\.canBeKey) else { return nil }
      return PartitionKey(columns: columns, origin: origin, isNullable: described.contains(where: \.isNullable))
    }
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
