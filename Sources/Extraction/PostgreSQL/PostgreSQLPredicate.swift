import Catalogs
import Plans

/// Which rows of a table are meant, as a condition of PostgreSQL's SQL with its values written in it: `COPY` takes none
/// beside itself.
struct PostgreSQLPredicate: Equatable {
  /// Empty when every row is meant.
  var sql: String

  /// ` WHERE …`, or nothing.
  var clause: String { sql.isEmpty ? "" : " WHERE \(sql)" }

  /// All of these conditions together.
  static func all(_ conditions: [PostgreSQLPredicate]) -> PostgreSQLPredicate {
    PostgreSQLPredicate(sql: conditions.map(\.sql).filter { !$0.isEmpty }.joined(separator: " AND "))
  }

  /// The rows of one part, under the user's filter and in the window.
  static func rows(
    of table: Table, filter: String?, key: PartitionKey?, range: PartRange, window: Window?
  ) throws -> PostgreSQLPredicate {
    all([
      .filter(filter), try .window(window, of: table),
      .range(range, try (key?.columns ?? []).map { try table.keyColumn($0) }),
    ])
  }

  /// The user's filter in parentheses; a line break ends a comment it may end with.
  static func filter(_ filter: String?) -> PostgreSQLPredicate {
    guard let filter else { return PostgreSQLPredicate(sql: "") }
    return PostgreSQLPredicate(sql: filter.contains("--") ? "(\(filter)\n)" : "(\(filter))")
  }

  /// `after < column <= through`, with the ends and the NULLs that the window takes in.
  static func window(_ window: Window?, of table: Table) throws -> PostgreSQLPredicate {
    guard let window else { return PostgreSQLPredicate(sql: "") }
    return self.window(window, try table.keyColumn(window.column))
  }

  static func window(_ window: Window, _ column: some SQLKeyColumn) -> PostgreSQLPredicate {
    var sql = "\(column.sql) <= \(column.literal(window.through))"
    if let after = window.after {
      let relation = window.includesAfter ? ">=" : ">"
      sql = "\(column.sql) \(relation) \(column.literal(after)) AND \(sql)"
    }
    return PostgreSQLPredicate(sql: window.includesNull ? "(\(sql) OR \(column.sql) IS NULL)" : sql)
  }

  /// The half-open range in the order of `key`; a composite key is compared as a row, left to right.
  static func range<Key: SQLKeyColumn>(_ range: PartRange, _ key: [Key]) -> PostgreSQLPredicate {
    switch range {
    case .whole: return PostgreSQLPredicate(sql: "")
    case .nullKey: return PostgreSQLPredicate(sql: isNull(key))
    case .keys(let from, let to):
      return all([noNull(key), side(">=", from, key), side("<", to, key)])
    }
  }

  /// Some column of the key is NULL.
  static func isNull(_ key: [some SQLKeyColumn]) -> String {
    key.isEmpty ? "false" : "(" + key.map { "\($0.sql) IS NULL" }.joined(separator: " OR ") + ")"
  }

  /// No key column is NULL. The server drops what its own constraints say already.
  static func noNull(_ key: [some SQLKeyColumn]) -> PostgreSQLPredicate {
    PostgreSQLPredicate(sql: key.map { "\($0.sql) IS NOT NULL" }.joined(separator: " AND "))
  }

  /// The key compared with a bound.
  static func side<Key: SQLKeyColumn>(_ relation: String, _ bound: Bound?, _ key: [Key]) -> PostgreSQLPredicate {
    guard let bound else { return PostgreSQLPredicate(sql: "") }
    let values = zip(bound.values, key).map { $1.literal($0) }
    let columns = key.map(\.sql)
    return PostgreSQLPredicate(
      sql: columns.count == 1
        ? "\(columns[0]) \(relation) \(values[0])" : Key.compare(columns, relation, values))
  }
}

extension Table {
  /// - Throws: ``ExtractionError`` when the table has no such column.
  func keyColumn(_ name: String) throws -> PostgreSQLKeyColumn {
    guard let column = column(name) else {
      throw ExtractionError(.shapeChanged, at: "table \(self.name)", "it has no column \(name); make a new plan")
    }
    return PostgreSQLKeyColumn(column)
  }

  /// The name as PostgreSQL's SQL writes it.
  var postgresName: String {
    [name.schema, name.table].compactMap { $0 }.map(Identifier.quoted).joined(separator: ".")
  }
}
