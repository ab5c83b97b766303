import Catalogs
import Plans

/// A key or watermark column as a dialect of PostgreSQL's kind writes it in conditions.
protocol SQLKeyColumn {
  init(_ column: Column)

  /// The quoted name.
  var sql: String { get }

  /// A value of the column as SQL.
  func literal(_ value: KeyValue) -> String

  /// Several columns against as many values, left to right.
  static func compare(_ columns: [String], _ relation: String, _ values: [String]) -> String
}

extension Table {
  /// - Throws: ``ExtractionError`` when the table has no such column.
  func column<Key: SQLKeyColumn>(_ name: String, as key: Key.Type) throws -> Key {
    guard let column = column(name) else {
      throw ExtractionError(.shapeChanged, at: "table \(self.name)", "it has no column \(name); make a new plan")
    }
    return Key(column)
  }

  /// The rows of one part, under the user's filter and in the window.
  func rows<Key: SQLKeyColumn>(
    filter: String?, key: PartitionKey?, range: PartRange, window: Window?, as type: Key.Type
  ) throws -> SQLPredicate {
    .all([
      .filter(filter), try rows(in: window, as: type),
      .range(range, try (key?.columns ?? []).map { try column($0, as: type) }),
    ])
  }

  func rows<Key: SQLKeyColumn>(in window: Window?, as type: Key.Type) throws -> SQLPredicate {
    guard let window else { return SQLPredicate(sql: "") }
    return .window(window, try column(window.column, as: type))
  }
}
