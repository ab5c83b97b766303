package import Catalogs
package import Plans
import Workflows

extension SnowflakeDialect {
  package func obstacles(to change: TableChange, in target: Table?) -> [String] {
    var found: [String] = []
    if change.addressing == .rebuild,
      let kind = Self.unswappable(target?.traits ?? [], isIceberg: change.configuration.target.tableType == .iceberg)
    {
      found.append(Self.noRebuild(of: kind, change))
    }
    for name in Self.comparedByValue(change) {
      guard let column = target?.column(name), case .varchar = SnowflakeType(column.declaredType)?.kind,
        !Self.isBinary(column)
      else { continue }
      found.append(
        "\(name) of the target compares texts under the collation \(column.collation ?? ""), which takes values for equal "
          + "that differ, so rows of others would go with those that are replaced; make the column anew without COLLATE, or "
          + "name other columns")
    }
    for column in change.columns where Self.tracksDeletions(change) && change.mergeKey.contains(column.target) {
      guard SnowflakeType(target?.column(column.target)?.declaredType ?? column.targetType)?.kind == .variant else {
        continue
      }
      found.append(
        "\(column.target) is a VARIANT in the target, whose values no key is told by; map its type to another, or name other "
          + "columns")
    }
    return found
  }

  /// The kind of a table that Snowflake can neither create like another one nor swap; nil for standard tables.
  ///
  /// Source: https://docs.snowflake.com/en/sql-reference/sql/alter-table and …/create-hybrid-table, …/alter-iceberg-table:
  /// `SWAP WITH` is told for standard tables alone.
  static func unswappable(_ traits: [String], isIceberg: Bool = false) -> String? {
    if isIceberg || traits.contains("ICEBERG") { return "an Iceberg table" }
    return traits.contains("HYBRID") ? "a hybrid table" : nil
  }

  private static func noRebuild(of kind: String, _ change: TableChange) -> String {
    let isFilled = change.action == .reload && change.reason != .strategyNone
    let way =
      isFilled || change.configuration.target.metadataColumns
      ? "drop the table, so that the plan creates it anew"
      : "turn target.metadataColumns on, so that parts are found by it"
    return
      "the table would be built anew beside the old one and swapped with it, which Snowflake does not do for \(kind); "
      + "\(way), or let it move as one part by a larger partitionSize"
  }

  private static func tracksDeletions(_ change: TableChange) -> Bool {
    let synchronization = change.configuration.synchronization
    return synchronization.strategy == .watermark && synchronization.trackDeletions
  }

  /// Target columns by whose values rows are found and deleted: the merge key, and the watermark whose last value is
  /// taken once more.
  private static func comparedByValue(_ change: TableChange) -> [String] {
    var names = tracksDeletions(change) || change.parts.contains { $0.method == .merge } ? change.mergeKey : []
    for case let window? in change.parts.map(\.window) where window.includesAfter {
      let name = change.columns.first { $0.source == window.column }?.target
      if let name, !names.contains(name) { names.append(name) }
    }
    return names
  }
}
