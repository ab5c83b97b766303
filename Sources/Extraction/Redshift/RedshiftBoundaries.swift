import Catalogs
package import Plans
import Postgres

extension RedshiftSourceSession {
  /// The cheapest way that is good enough: arithmetic where whole numbers have few gaps, a sample, and an exact count for small
  /// tables, single parts, and where nothing else serves.
  package func boundaries(_ request: BoundaryRequest) throws -> [Bound] {
    let table = request.table
    if request.within == .nullKey || obstacle(to: request.key, of: table) != nil { return [] }
    let key = try request.key.columns.map { try table.column($0, as: RedshiftKeyColumn.self) }
    return try reading(at: "table \(table.name)") {
      let cutter = RedshiftKeyCutter(connection: connection, request: request, key: key)
      if request.within == nil || request.within == .whole {
        if let bounds = try cutter.arithmetic() { return bounds }
        if table.estimatedRows ?? 0 > smallTable, let bounds = try cutter.sample() { return bounds }
      }
      return try cutter.ranking()
    }
  }
}

/// Cuts the rows of one request by their key, each way within the transaction that is open.
///
/// Keys that a table declares bind nobody in Redshift, so no way takes a key for unique.
private struct RedshiftKeyCutter: KeyCutter {
  let connection: any PostgresLink
  let request: BoundaryRequest
  let key: [RedshiftKeyColumn]

  /// The key's texts, under names that no `ORDER BY` takes for the key.
  private var answers: String {
    key.enumerated().map { "\($1.selected("k\($0)")) AS s\($0)" }.joined(separator: ", ")
  }

  /// Nil where some value has no place in a plan.
  private func bound(_ row: any PostgresRows, _ index: Int, from first: Int = 0) -> Bound? {
    let values = key.enumerated().compactMap { $1.value(row.text(index, first + $0)) }
    return values.count == key.count ? Bound(values) : nil
  }

  /// Nil when the key is no single whole number, a filter thins the rows out, or the numbers have too many gaps or come more
  /// than once: then even steps would make uneven parts.
  func arithmetic() throws -> [Bound]? {
    guard request.filter == nil, key.count == 1, key[0].type.form == .integer else { return nil }
    let column = key[0].sql
    let found = try connection.ask(
      "SELECT MIN(\(column)), MAX(\(column)), COUNT(\(column)), APPROXIMATE COUNT(DISTINCT \(column)) "
        + "FROM \(table.postgresName)\(predicate().clause)")
    guard let first = found.integer(0, 0), let last = found.integer(0, 1), first < last else { return [] }
    let (span, isHuge) = last.subtractingReportingOverflow(first)
    guard !isHuge, let rows = found.integer(0, 2), let distinct = found.integer(0, 3), span < 1 << 60, rows < 1 << 60,
      // Distinct values are counted to about two in a hundred.
      rows * 5 >= span * 4, distinct * 100 >= rows * 95, rows <= span + 1
    else { return nil }
    let (start, overflow) = first.addingReportingOverflow(rowsPerPart)
    return overflow ? [] : stride(from: start, through: last, by: rowsPerPart).map { Bound([.integer(Int64($0))]) }
  }

  /// Keys of rows whose key has a certain hash: the same ones every time. Nil where so many would have to be taken that a count
  /// is as good, and where too few keys came for the parts that are wanted.
  func sample() throws -> [Bound]? {
    guard let rows = table.estimatedRows, rows > 0 else { return nil }
    // Some more than are needed: a sample leaves some of them larger than others.
    let pieces = max(1, (rows + rows / 4) / rowsPerPart + 1)
    let one = rows / max(30_000, pieces * 1000)
    guard one >= 4 else { return nil }
    let hash = key.map { "FNV_HASH(\($0.type.form == .bytes || $0.type.form == .text ? $0.sql : $0.selected))" }
    let mixed = hash.dropFirst().reduce(hash[0]) { "FNV_HASH(\($0) # \($1))" }
    let found = try connection.ask(
      """
      SELECT \(answers) FROM (
        SELECT \(key.enumerated().map { "\($1.sql) AS k\($0)" }.joined(separator: ", ")), \
      ROW_NUMBER() OVER (ORDER BY \(columns)) - 1 AS n, COUNT(*) OVER () AS c
        FROM \(table.postgresName)\(predicate("MOD(\(mixed), \(one)) = 0").clause)) AS s
      WHERE n = 0 OR n * \(pieces) / c <> (n - 1) * \(pieces) / c ORDER BY n
      """)
    guard found.rows >= pieces else { return nil }
    var bounds: [Bound] = []
    let first = bound(found, 0)
    for bound in (1..<found.rows).compactMap({ bound(found, $0) }) where bound != first && bound != bounds.last {
      bounds.append(bound)
    }
    return bounds
  }

  /// The rows of each key are counted, and equal keys stay together.
  func ranking() throws -> [Bound] {
    var bounds: [Bound] = []
    var pieceRows = 0
    try connection.each(
      """
      SELECT n, \(answers) FROM (
        SELECT COUNT(*) AS n, \(key.enumerated().map { "\($1.sql) AS k\($0)" }.joined(separator: ", "))
        FROM \(table.postgresName)\(predicate().clause) GROUP BY \(columns)) AS g
      ORDER BY \(key.indices.map { "k\($0)" }.joined(separator: ", "))
      """
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
