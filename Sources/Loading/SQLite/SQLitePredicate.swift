import Catalogs
import GRDB
import Plans

/// A condition on rows of a target table, with the values of its placeholders.
struct SQLitePredicate {
  var sql: String
  var arguments: [DatabaseValue] = []

  /// Rows of `range`, whose key is in `columns`; nil for every row.
  ///
  /// A key compares by the columns' own collation and type, which the plan has found to sort as the source does.
  static func range(
    _ range: PartRange, key columns: [ColumnPlan], place: String
  ) throws -> SQLitePredicate? {
    let names = columns.map { Identifier.quoted($0.target) }
    switch range {
    case .whole: return nil
    case .nullKey:
      try checkKey(columns, place: place)
      return SQLitePredicate(sql: names.map { "\($0) IS NULL" }.joined(separator: " OR "))
    case .keys(let from, let to):
      try checkKey(columns, place: place)
      var predicate = SQLitePredicate(sql: names.map { "\($0) IS NOT NULL" }.joined(separator: " AND "))
      for (bound, comparison) in [(from, ">="), (to, "<")] {
        guard let bound else { continue }
        guard bound.values.count == columns.count else {
          throw LoadingError(
            .statementFailed, at: place,
            "a bound has \(bound.values.count) values and the key \(columns.count) "
              + "columns; make a new plan")
        }
        let values = try zip(bound.values, columns).map {
          try literal(SQLiteValue.stored($0, as: $1.type, place: "\(place), column \($1.target)"))
        }
        predicate.sql += " AND (\(names.joined(separator: ", "))) \(comparison) "
        predicate.sql += "(\(values.map(\.sql).joined(separator: ", ")))"
        predicate.arguments += values.flatMap(\.arguments)
      }
      return predicate
    }
  }

  /// Rows whose column equals a value.
  static func equal(_ column: ColumnPlan, _ value: KeyValue, place: String) throws -> SQLitePredicate {
    let stored = try literal(SQLiteValue.stored(value, as: column.type, place: "\(place), column \(column.target)"))
    return SQLitePredicate(sql: "\(Identifier.quoted(column.target)) = \(stored.sql)", arguments: stored.arguments)
  }

  /// Rows that came with one of these parts, by the part column.
  static func parts(_ parts: [Int]) -> SQLitePredicate {
    let column = Identifier.quoted(MetadataColumns.part)
    return SQLitePredicate(sql: "\(column) IN (\(parts.map(String.init).joined(separator: ", ")))")
  }

  private static func checkKey(_ columns: [ColumnPlan], place: String) throws {
    guard columns.isEmpty else { return }
    throw LoadingError(.statementFailed, at: place, "a part has a key range and the table no key; make a new plan")
  }

  /// A placeholder, but for text with a zero byte, which the binding would cut, and bytes of no length, which it would
  /// make NULL.
  static func literal(_ value: DatabaseValue) -> SQLitePredicate {
    switch value.storage {
    case .string(let text) where text.utf8.contains(0):
      // The plus takes the cast's affinity away: a bare value has none.
      SQLitePredicate(sql: "+CAST(x'\(Hex.text(text.utf8))' AS TEXT)")
    case .blob(let bytes) where bytes.isEmpty: SQLitePredicate(sql: "x''")
    default: SQLitePredicate(sql: "?", arguments: [value])
    }
  }
}

extension Database {
  /// Deletes the rows of the predicate, or all, and returns how many they were.
  func delete(from table: String, where predicate: SQLitePredicate?) throws -> Int {
    let condition = predicate.map { " WHERE \($0.sql)" } ?? ""
    try execute(
      sql: "DELETE FROM main.\(Identifier.quoted(table))" + condition,
      arguments: StatementArguments(predicate?.arguments ?? []))
    return changesCount
  }

  func count(_ table: String, where predicate: SQLitePredicate?) throws -> Int {
    let condition = predicate.map { " WHERE \($0.sql)" } ?? ""
    return try Int.fetchOne(
      self, sql: "SELECT count(*) FROM main.\(Identifier.quoted(table))" + condition,
      arguments: StatementArguments(predicate?.arguments ?? []))!
  }
}
