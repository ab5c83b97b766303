import Catalogs
import Plans

/// Conditions on rows of a Snowflake table, as SQL.
enum SnowflakePredicate {
  /// Rows of `range`, whose key is in `columns`; nil for every row.
  static func range(_ range: PartRange, key columns: [ColumnPlan], place: String) throws -> String? {
    let names = columns.map { SnowflakeName.written($0.target) }
    switch range {
    case .whole: return nil
    case .nullKey:
      try checkKey(columns, place: place)
      return names.map { "\($0) IS NULL" }.joined(separator: " OR ")
    case .keys(let from, let to):
      try checkKey(columns, place: place)
      var conditions = names.map { "\($0) IS NOT NULL" }
      if let from { conditions.append(try compare(columns, from, ">", orEqual: true, place: place)) }
      if let to { conditions.append(try compare(columns, to, "<", orEqual: false, place: place)) }
      return conditions.joined(separator: " AND ")
    }
  }

  /// Rows whose column equals a value.
  static func equal(_ column: ColumnPlan, _ value: KeyValue, place: String) throws -> String {
    let literal = try SnowflakeValue.literal(value, as: column.type, place: "\(place), column \(column.target)")
    return "\(SnowflakeName.written(column.target)) = \(literal)"
  }

  /// Rows that came with one of these parts, by the part column.
  static func parts(_ parts: [Int]) -> String {
    "\(SnowflakeName.written(MetadataColumns.part)) IN (\(parts.map(String.init).joined(separator: ", ")))"
  }

  /// The query for columns of the rows of some parts, the position of the part behind them where there are several.
  static func parted(_ list: String, from table: ObjectName, _ parts: PartedScan, place: String) throws -> String {
    let name = SnowflakeName.written(table)
    guard parts.parts.count > 1 else { return "SELECT \(list) FROM \(name)" }
    let names = parts.key.map { SnowflakeName.written($0.target) }
    let locator = try parts.locator(isNull: names.map { "\($0) IS NULL" }.joined(separator: " OR ")) { bound in
      try compare(parts.key, bound, "<", orEqual: false, place: place)
    }
    let wanted = parts.wanted.map { positions in
      " WHERE SCMPLAN_POSITION IN (\(positions.sorted().map(String.init).joined(separator: ", ")))"
    }
    return "SELECT \(list), SCMPLAN_POSITION FROM "
      + "(SELECT \(list), \(locator) AS SCMPLAN_POSITION FROM \(name)) AS p\(wanted ?? "")"
  }

  /// The key compared with a bound, column by column from the left, as both systems compare composite keys.
  private static func compare(
    _ columns: [ColumnPlan], _ bound: Bound, _ sign: String, orEqual: Bool, place: String
  ) throws -> String {
    guard bound.values.count == columns.count else {
      throw LoadingError(
        .statementFailed, at: place,
        "a bound has \(bound.values.count) values and the key \(columns.count) columns; make a new plan")
    }
    let pairs = try zip(columns, bound.values).map { column, value in
      (
        SnowflakeName.written(column.target),
        try SnowflakeValue.literal(value, as: column.type, place: "\(place), column \(column.target)")
      )
    }
    let cases = pairs.indices.map { index in
      let equal = pairs[..<index].map { "\($0.0) = \($0.1)" }
      let isLast = index == pairs.count - 1
      let last = "\(pairs[index].0) \(isLast && orEqual ? sign + "=" : sign) \(pairs[index].1)"
      return (equal + [last]).joined(separator: " AND ")
    }
    return cases.count == 1 ? cases[0] : "(" + cases.map { "(\($0))" }.joined(separator: " OR ") + ")"
  }

  private static func checkKey(_ columns: [ColumnPlan], place: String) throws {
    guard columns.isEmpty else { return }
    throw LoadingError(.statementFailed, at: place, "a part has a key range and the table no key; make a new plan")
  }
}
