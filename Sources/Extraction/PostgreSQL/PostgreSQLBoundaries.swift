import Catalogs
package import Plans
import Postgres

extension PostgreSQLSourceSession {
  /// The cheapest way that is good enough: arithmetic where whole numbers have few gaps, the server's histogram, a sample, and
  /// an exact count for small tables, single parts, and where nothing else serves.
  package func boundaries(_ request: BoundaryRequest) throws -> [Bound] {
    let table = request.table
    if request.within == .nullKey || obstacle(to: request.key, of: table) != nil { return [] }
    return try reading(at: "table \(table.name)", locking: table) {
      let key = try request.key.columns.map { try table.column($0, as: PostgreSQLKeyColumn.self) }
      let cutter = PostgreSQLKeyCutter(connection: connection, request: request, key: key)
      if let bounds = try cutter.arithmetic() { return bounds }
      if request.within == nil || request.within == .whole, table.estimatedRows ?? 0 > smallTable {
        if let bounds = try cutter.histogram() ?? cutter.sample() { return bounds }
      }
      return try cutter.ranking()
    }
  }
}

/// Cuts the rows of one request by their key, each way within the transaction that is open.
private struct PostgreSQLKeyCutter: KeyCutter {
  let connection: any PostgresLink
  let request: BoundaryRequest
  let key: [PostgreSQLKeyColumn]

  /// Under names of their own: `ORDER BY` would take a text that is called like its column for the column.
  private var selected: String {
    key.enumerated().map { "\($1.selected) AS \"scmplan key \($0)\"" }.joined(separator: ", ")
  }
  /// Nil where some value has no place in a plan.
  private func bound(_ row: any PostgresRows, _ index: Int, from first: Int = 0) -> Bound? {
    let values = key.enumerated().compactMap { $1.value(row.text(index, first + $0)) }
    return values.count == key.count ? Bound(values) : nil
  }

  // MARK: Arithmetic

  /// Nil when the key is no single unique whole number, a filter thins the rows out, or the numbers have too many gaps.
  func arithmetic() throws -> [Bound]? {
    guard request.filter == nil, key.count == 1, [.int16, .int32, .int64].contains(key[0].type.wire), isUnique else {
      return nil
    }
    let column = key[0].sql
    let source = "\(table.postgresName)\(predicate().clause)"
    let ends = try connection.query("SELECT min(\(column)), max(\(column)) FROM \(source)")
    guard let first = ends.integer(0, 0), let last = ends.integer(0, 1), first < last else { return [] }
    guard try isDense(column, from: first, through: last) else { return nil }
    let (start, overflow) = first.addingReportingOverflow(rowsPerPart)
    return overflow ? [] : stride(from: start, through: last, by: rowsPerPart).map { Bound([.integer(Int64($0))]) }
  }

  /// Whether four in five numbers of the span are rows, by looking at some stretches of it. A short span is not worth
  /// looking: ranking is as cheap.
  private func isDense(_ column: String, from first: Int, through last: Int) throws -> Bool {
    let stretches = 16
    let length = 500
    let (span, overflow) = last.subtractingReportingOverflow(first)
    guard !overflow, span >= stretches * length else { return false }
    let step = (span - length) / (stretches - 1)
    let starts = (0..<stretches).map { "\(first + step * $0)" }.joined(separator: ", ")
    let type = key[0].type.castName
    let found = try connection.query(
      """
      SELECT sum((SELECT count(*) FROM \(table.postgresName) WHERE \(column) >= s::\(type) AND \(column) < (s + \(length))::\(type)))
      FROM unnest(ARRAY[\(starts)]::bigint[]) AS s
      """)
    return (found.integer(0, 0) ?? 0) * 5 >= stretches * length * 4
  }

  // MARK: Histogram

  /// Pieces to cut: some more than are needed, as estimates leave some of them larger than others.
  private var pieces: Int {
    let rows = table.estimatedRows ?? 0
    return max(1, (rows + rows / 4) / rowsPerPart + 1)
  }

  /// Nil when the server has no histogram of the key, or one with too few steps. Values that are frequent by themselves are
  /// not in it, so a key that has some is none for it.
  func histogram() throws -> [Bound]? {
    guard request.filter == nil, key.count == 1,
      table.kind != .view || table.traits.contains(PostgreSQLCatalog.materialized)
    else { return nil }
    let hasDescendants =
      table.traits.contains(PostgreSQLCatalog.partitioned) || table.traits.contains(PostgreSQLCatalog.inherited)
    let found = try connection.query(
      """
      SELECT \(key[0].selected("b")) FROM pg_stats,
        unnest(histogram_bounds::text::\(key[0].type.castName)[]) WITH ORDINALITY AS h(b, i)
      WHERE schemaname = $1 AND tablename = $2 AND attname = $3 AND inherited = \(hasDescendants)
        AND most_common_vals IS NULL
      ORDER BY h.i
      """, [table.name.schema, table.name.table, request.key.columns[0]])
    let steps = found.rows - 1
    guard steps >= 2 * pieces else { return nil }
    return distinct((1..<pieces).compactMap { bound(found, $0 * steps / pieces) }, first: bound(found, 0))
  }

  // MARK: Sample

  /// Nil for a view, and where so much would have to be read that a count is as good.
  func sample() throws -> [Bound]? {
    guard table.kind == .table || table.traits.contains(PostgreSQLCatalog.materialized), let rows = table.estimatedRows,
      rows > 0
    else { return nil }
    let wanted = max(30_000, pieces * 1000)
    let percent = Double(wanted) / Double(rows) * 100
    guard percent < 25 else { return nil }
    let found = try connection.query(
      """
      SELECT \(selected) FROM (
        SELECT \(columns), row_number() OVER (ORDER BY \(columns)) - 1 AS n, count(*) OVER () AS c
        FROM \(table.postgresName) TABLESAMPLE SYSTEM (\(percent)) REPEATABLE (1)\(predicate().clause)) AS s
      WHERE n = 0 OR n * \(pieces) / c <> (n - 1) * \(pieces) / c ORDER BY n
      """)
    guard found.rows >= pieces else { return nil }
    return distinct((1..<found.rows).compactMap { bound(found, $0) }, first: bound(found, 0))
  }

  /// Without what comes twice, and without the first key, below which there would be nothing.
  private func distinct(_ bounds: [Bound], first: Bound?) -> [Bound] {
    var result: [Bound] = []
    for bound in bounds where bound != first && bound != result.last { result.append(bound) }
    return result
  }

  // MARK: Ranking

  /// Every so many rows where keys are unique; else the rows of each key are counted, and equal keys stay together.
  func ranking() throws -> [Bound] {
    if isUnique {
      let found = try connection.query(
        """
        SELECT \(selected) FROM (
          SELECT \(columns), row_number() OVER (ORDER BY \(columns)) - 1 AS n FROM \(table.postgresName)\(predicate().clause)) AS r
        WHERE n > 0 AND n % \(rowsPerPart) = 0 ORDER BY n
        """)
      return (0..<found.rows).compactMap { bound(found, $0) }
    }
    var bounds: [Bound] = []
    var pieceRows = 0
    try connection.each(
      "SELECT count(*), \(selected) FROM \(table.postgresName)\(predicate().clause) GROUP BY \(columns) ORDER BY \(columns)"
    ) { row in
      let rows = row.integer(0, 0) ?? 0
      if pieceRows > 0, pieceRows + rows > rowsPerPart, let bound = bound(row, 0, from: 1) {
        bounds.append(bound)
        pieceRows = 0
      }
      pieceRows += rows
    }
    return bounds
  }
}
