import Foundation

/// What one row of a document's table of types is checked with: a column of that type, its extremes, and what SQLite then has.
struct SourceTypeCase: Sendable {
  /// The row's first cell, without marks.
  let name: String
  /// The column's type in `CREATE TABLE`.
  let column: String
  /// Literals of the source, and what arrives: SQLite's own `quote()` of it, a real by its shortest digits; NULL comes besides.
  let values: [(sql: String, stored: String)]
  /// What the source is made of for the test is another type than the one that is meant.
  let isImitated: Bool

  /// - Parameters:
  ///   - name: a type, perhaps with words behind it that begin with `with`.
  ///   - column: where the name is not what `CREATE TABLE` takes.
  init(
    _ name: String, as column: String? = nil, isImitated: Bool = false, _ values: KeyValuePairs<String, String>
  ) {
    self.name = name
    self.column = column ?? String(name.prefix(upTo: name.range(of: " with ")?.lowerBound ?? name.endIndex))
    self.values = values.map { ($0.key, $0.value) }
    self.isImitated = isImitated
  }

  /// Values that SQLite quotes as the source does.
  init(_ name: String, as column: String? = nil, isImitated: Bool = false, same values: [String]) {
    self.init(name, as: column, isImitated: isImitated, [:])
    self = Self(self, values.map { ($0, $0) })
  }

  private init(_ other: Self, _ values: [(String, String)]) {
    (name, column, isImitated) = (other.name, other.column, other.isImitated)
    self.values = values
  }

  /// Statements that make the table `t`: a row for each place among the values, and one of NULLs behind them.
  static func table(_ cases: [SourceTypeCase]) -> String {
    let columns = cases.enumerated().map { "c\($0) \($1.column)" }
    let count = cases.map(\.values.count).max() ?? 0
    let rows = (0...count).map { row in
      let literals = cases.map { row < $0.values.count ? $0.values[row].sql : "NULL" }
      return "(\(row), \(literals.joined(separator: ", ")))"
    }
    return "CREATE TABLE t (n int, \(columns.joined(separator: ", ")));\nINSERT INTO t VALUES\n"
      + rows.joined(separator: ",\n") + ";\n"
  }
}
