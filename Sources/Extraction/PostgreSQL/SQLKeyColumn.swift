import Plans

/// A key or watermark column as a dialect of PostgreSQL's kind writes it in conditions.
protocol SQLKeyColumn {
  /// The quoted name.
  var sql: String { get }

  /// A value of the column as SQL.
  func literal(_ value: KeyValue) -> String

  /// Several columns against as many values, left to right.
  static func compare(_ columns: [String], _ relation: String, _ values: [String]) -> String
}
