import Catalogs
import GRDB
import Plans

extension SQLitePredicate {
  /// The expression that gives a row of a target table the position of its part.
  static func locator(_ parts: PartedScan, place: String) throws -> SQLitePredicate {
    let names = parts.key.map { Identifier.quoted($0.target) }
    var arguments: [DatabaseValue] = []
    let sql = try parts.locator(isNull: names.map { "\($0) IS NULL" }.joined(separator: " OR ")) { bound in
      let values = try zip(bound.values, parts.key).map {
        try literal(SQLiteValue.stored($0, as: $1.type, place: "\(place), column \($1.target)"))
      }
      // Called in the order in which the placeholders stand in the text.
      arguments += values.flatMap(\.arguments)
      return "(\(names.joined(separator: ", "))) < (\(values.map(\.sql).joined(separator: ", ")))"
    }
    return SQLitePredicate(sql: sql, arguments: arguments)
  }
}
