import Catalogs
import Plans

/// Which rows of a table are meant, as an SQL condition with `?` for each bound value, in order.
///
/// Bounds are bound, never written: SQLite's reading of a written real is not always the nearest double.
struct SQLitePredicate: Equatable {
  /// Empty when every row is meant.
  var sql: String
  var bindings: [KeyValue]

  /// ` WHERE …`, or nothing.
  var clause: String { sql.isEmpty ? "" : " WHERE \(sql)" }

  /// All of these conditions together.
  static func all(_ conditions: [SQLitePredicate]) -> SQLitePredicate {
    let conditions = conditions.filter { !$0.sql.isEmpty }
    return SQLitePredicate(
      sql: conditions.map(\.sql).joined(separator: " AND "), bindings: conditions.flatMap(\.bindings))
  }

  /// The rows of one part, under the user's filter and in the window.
  static func rows(
    of table: Table, filter: String?, key: PartitionKey?, range: PartRange, window: Window?
  ) -> SQLitePredicate {
    all([
      .filter(filter), .window(window, of: table), .range(range, key: key?.columns ?? [], of: table),
    ])
  }

  /// The user's filter in parentheses; a line break ends a comment it may end with.
  static func filter(_ filter: String?) -> SQLitePredicate {
    guard let filter else { return SQLitePredicate(sql: "", bindings: []) }
    return SQLitePredicate(sql: filter.contains("--") ? "(\(filter)\n)" : "(\(filter))", bindings: [])
  }

  /// `after < column <= through`, with the ends and the NULLs that the window takes in.
  static func window(_ window: Window?, of table: Table) -> SQLitePredicate {
    guard let window else { return SQLitePredicate(sql: "", bindings: []) }
    let column = compared(window.column, of: table)
    var sql = "\(column) <= ?"
    var bindings = [window.through]
    if let after = window.after {
      sql = "\(column) \(window.includesAfter ? ">=" : ">") ? AND \(sql)"
      bindings.insert(after, at: 0)
    }
    if window.includesNull { sql = "(\(sql) OR \(Identifier.quoted(window.column)) IS NULL)" }
    return SQLitePredicate(sql: sql, bindings: bindings)
  }

  /// The half-open range in the order of `key`; a composite key is compared as a row value, left to right.
  static func range(_ range: PartRange, key: [String], of table: Table) -> SQLitePredicate {
    switch range {
    case .whole:
      return SQLitePredicate(sql: "", bindings: [])
    case .nullKey:
      let nulls = key.map { "\(Identifier.quoted($0)) IS NULL" }
      return SQLitePredicate(sql: nulls.isEmpty ? "0" : "(\(nulls.joined(separator: " OR ")))", bindings: [])
    case .keys(let from, let to):
      return all([.noNull(key, of: table), .side(">=", from, key: key, of: table), .side("<", to, key: key, of: table)])
    }
  }

  /// No key column is NULL: said of those that may be, as a comparison that the first column decides looks no further.
  private static func noNull(_ key: [String], of table: Table) -> SQLitePredicate {
    let nullable = key.filter { table.column($0)?.isNullable ?? true }
    return SQLitePredicate(
      sql: nullable.map { "\(Identifier.quoted($0)) IS NOT NULL" }.joined(separator: " AND "), bindings: [])
  }

  private static func side(_ relation: String, _ bound: Bound?, key: [String], of table: Table) -> SQLitePredicate {
    guard let bound else { return SQLitePredicate(sql: "", bindings: []) }
    let columns = key.map { compared($0, of: table) }
    if columns.count == 1 { return SQLitePredicate(sql: "\(columns[0]) \(relation) ?", bindings: bound.values) }
    let places = Array(repeating: "?", count: columns.count).joined(separator: ", ")
    return SQLitePredicate(sql: "(\(columns.joined(separator: ", "))) \(relation) (\(places))", bindings: bound.values)
  }

  /// The column as it is compared. What collates a view's column cannot be asked, so plain byte order is demanded.
  static func compared(_ column: String, of table: Table) -> String {
    table.kind == .table ? Identifier.quoted(column) : Identifier.quoted(column) + " COLLATE BINARY"
  }
}
