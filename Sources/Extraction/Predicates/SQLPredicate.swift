import Catalogs
import Plans

/// Which rows of a table are meant, as a condition of SQL with its values written in it: PostgreSQL's `COPY` takes none
/// beside itself.
struct SQLPredicate: Equatable {
  /// Empty when every row is meant.
  var sql: String

  /// ` WHERE …`, or nothing.
  var clause: String { sql.isEmpty ? "" : " WHERE \(sql)" }

  /// All of these conditions together.
  static func all(_ conditions: [SQLPredicate]) -> SQLPredicate {
    SQLPredicate(sql: conditions.map(\.sql).filter { !$0.isEmpty }.joined(separator: " AND "))
  }

  /// The user's filter in parentheses; a line break ends a comment it may end with.
  static func filter(_ filter: String?) -> SQLPredicate {
    guard let filter else { return SQLPredicate(sql: "") }
    return SQLPredicate(sql: filter.contains("--") ? "(\(filter)\n)" : "(\(filter))")
  }

  /// `after < column <= through`, with the ends and the NULLs that the window takes in.
  static func window(_ window: Window, _ column: some SQLKeyColumn) -> SQLPredicate {
    var sql = "\(column.sql) <= \(column.literal(window.through))"
    if let after = window.after {
      let relation = window.includesAfter ? ">=" : ">"
      sql = "\(column.sql) \(relation) \(column.literal(after)) AND \(sql)"
    }
    return SQLPredicate(sql: window.includesNull ? "(\(sql) OR \(column.sql) IS NULL)" : sql)
  }

  /// The half-open range in the order of `key`; a composite key is compared as a row, left to right.
  static func range<Key: SQLKeyColumn>(_ range: PartRange, _ key: [Key]) -> SQLPredicate {
    switch range {
    case .whole: return SQLPredicate(sql: "")
    case .nullKey: return SQLPredicate(sql: isNull(key))
    case .keys(let from, let to):
      return all([noNull(key), side(">=", from, key), side("<", to, key)])
    }
  }

  /// Some column of the key is NULL.
  static func isNull(_ key: [some SQLKeyColumn]) -> String {
    key.isEmpty ? "false" : "(" + key.map { "\($0.sql) IS NULL" }.joined(separator: " OR ") + ")"
  }

  /// No key column is NULL. The server drops what its own constraints say already.
  static func noNull(_ key: [some SQLKeyColumn]) -> SQLPredicate {
    SQLPredicate(sql: key.map { "\($0.sql) IS NOT NULL" }.joined(separator: " AND "))
  }

  /// The key compared with a bound.
  static func side<Key: SQLKeyColumn>(_ relation: String, _ bound: Bound?, _ key: [Key]) -> SQLPredicate {
    guard let bound else { return SQLPredicate(sql: "") }
    let values = zip(bound.values, key).map { $1.literal($0) }
    let columns = key.map(\.sql)
    return SQLPredicate(
      sql: columns.count == 1
        ? "\(columns[0]) \(relation) \(values[0])" : Key.compare(columns, relation, values))
  }
}
