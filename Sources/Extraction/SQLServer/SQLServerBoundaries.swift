import Catalogs
import ODBC
package import Plans

extension SQLServerSourceSession {
  /// The cheapest way that is good enough: arithmetic where whole numbers have few gaps, the server's histogram, a sample, and
  /// an exact count for small tables, single parts, and where nothing else serves.
  package func boundaries(_ request: BoundaryRequest) throws -> [Bound] {
    let table = request.table
    if request.within == .nullKey || obstacle(to: request.key, of: table) != nil { return [] }
    let key = try request.key.columns.map { try table.column($0, as: SQLServerKeyColumn.self) }
    return try reading(at: "table \(table.name)", of: table) {
      let cutter = SQLServerKeyCutter(link: link, request: request, key: key)
      if let bounds = try cutter.arithmetic() { return bounds }
      if request.within == nil || request.within == .whole, table.estimatedRows ?? 0 > smallTable {
        if let bounds = try cutter.histogram() ?? cutter.sample() { return bounds }
      }
      return try cutter.ranking()
    }
  }
}

/// Cuts the rows of one request by their key, each way within the transaction that is open.
///
/// Every bound comes in the server's own order: of `uniqueidentifier`, of a collation, of moments with an offset.
private struct SQLServerKeyCutter: KeyCutter {
  let link: SQLServerLink
  let request: BoundaryRequest
  let key: [SQLServerKeyColumn]

  /// The key's columns under names of their own, and their texts.
  private var named: String { key.enumerated().map { "\($1.sql) AS k\($0)" }.joined(separator: ", ") }
  private var answers: String {
    key.enumerated().map { "\($1.selected("k\($0)")) AS s\($0)" }.joined(separator: ", ")
  }

  /// Nil where some value has no place in a plan.
  private func bound(_ row: [String?], from first: Int = 0) -> Bound? {
    let values = key.enumerated().compactMap { $1.value(row[first + $0]) }
    return values.count == key.count ? Bound(values) : nil
  }

  // MARK: Arithmetic

  /// Nil when the key is no single unique whole number, a filter thins the rows out, or the numbers have too many gaps.
  func arithmetic() throws -> [Bound]? {
    guard request.filter == nil, key.count == 1, key[0].type.form == .integer, isUnique else { return nil }
    let column = key[0].sql
    let ends = try link.query(
      "SELECT MIN(\(column)), MAX(\(column)) FROM \(table.sqlServerSource)\(predicate().clause)\(link.option)")
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
    let ranges = (0..<stretches).map { index in
      let start = first + step * index
      return
        "(\(column) >= \(key[0].literal(.integer(Int64(start)))) AND \(column) < \(key[0].literal(.integer(Int64(start + length)))))"
    }
    let found = try link.query(
      "SELECT COUNT_BIG(*) FROM \(table.sqlServerSource) WHERE \(ranges.joined(separator: " OR "))\(link.option)")
    return (found.integer(0, 0) ?? 0) * 5 >= stretches * length * 4
  }

  // MARK: Histogram

  /// Nil when the server has no histogram that begins with the key, the login may not see it, or its steps are too coarse.
  func histogram() throws -> [Bound]? {
    guard request.filter == nil, key.count == 1, table.kind == .table, let total = table.estimatedRows, total > 0 else {
      return nil
    }
    // What a histogram holds is a variant; it becomes the column's type before it becomes text.
    let type = key[0].type
    let held = type.form == .rowversion ? "binary(8)" : type.form == .money ? type.name : type.declared
    let found: SQLServerLink.Rows
    do {
      found = try link.query(
        """
        SELECT h.stats_id, h.range_rows, h.equal_rows, \(key[0].selected("CAST(h.range_high_key AS \(held))"))
        FROM sys.stats AS s
        JOIN sys.stats_columns AS k ON k.object_id = s.object_id AND k.stats_id = s.stats_id AND k.stats_column_id = 1
        JOIN sys.columns AS c ON c.object_id = k.object_id AND c.column_id = k.column_id
        CROSS APPLY sys.dm_db_stats_histogram(s.object_id, s.stats_id) AS h
        WHERE s.object_id = OBJECT_ID(\(SQLServerName.text(table.sqlServerName))) AND s.has_filter = 0
          AND c.name = \(SQLServerName.text(request.key.columns[0])) AND h.range_high_key IS NOT NULL
        ORDER BY h.stats_id, h.step_number
        """)
    } catch let error as ODBCError {
      // Statistics are a help and no need: without them a sample serves. What is gone for good will be told by that.
      let told = ExtractionError.sqlServer(error, at: "table \(table.name)")
      guard !told.isTransient else { throw error }
      return nil
    }
    guard found.count > 2 else { return nil }
    let steps = found.values.filter { $0[0] == found.values[0][0] }.map { row in
      (rows: (row[1].flatMap { Double($0) } ?? 0) + (row[2].flatMap { Double($0) } ?? 0), row: row)
    }
    // Statistics may be older than the table is long.
    let known = steps.reduce(0) { $0 + $1.rows }
    guard known > 0 else { return nil }
    let share = Double(rowsPerPart) * 0.8 / Double(total) * known
    guard steps.allSatisfy({ $0.rows <= share / 2 }) else { return nil }
    var bounds: [Bound] = []
    var rows = 0.0
    for step in steps {
      if rows + step.rows > share, let bound = bound(step.row, from: 3), bound != bounds.last {
        bounds.append(bound)
        rows = 0
      }
      rows += step.rows
    }
    return bounds
  }

  // MARK: Sample

  /// Nil for a view, and where so much would have to be read that a count is as good.
  func sample() throws -> [Bound]? {
    guard table.kind == .table, !table.traits.contains(SQLServerCatalog.inMemory), let rows = table.estimatedRows,
      rows > 0
    else { return nil }
    let pieces = max(1, (rows + rows / 4) / rowsPerPart + 1)
    let percent = Double(max(30_000, pieces * 1000)) / Double(rows) * 100
    guard percent < 25 else { return nil }
    let found = try link.query(
      """
      SELECT \(answers) FROM (
        SELECT \(named), ROW_NUMBER() OVER (ORDER BY \(columns)) - 1 AS n, COUNT_BIG(*) OVER () AS c
        FROM \(table.sqlServerSource) TABLESAMPLE SYSTEM (\(percent) PERCENT) REPEATABLE (1)\(predicate().clause)) AS s
      WHERE n = 0 OR n * \(pieces) / c <> (n - 1) * \(pieces) / c ORDER BY n\(link.option)
      """)
    guard found.count >= pieces else { return nil }
    var bounds: [Bound] = []
    let first = bound(found.values[0])
    for bound in found.values.dropFirst().compactMap({ bound($0) }) where bound != first && bound != bounds.last {
      bounds.append(bound)
    }
    return bounds
  }

  // MARK: Ranking

  /// Every so many rows where keys are unique; else the rows of each key are counted, and equal keys stay together.
  func ranking() throws -> [Bound] {
    if isUnique {
      let found = try link.query(
        """
        SELECT \(answers) FROM (
          SELECT \(named), ROW_NUMBER() OVER (ORDER BY \(columns)) - 1 AS n FROM \(table.sqlServerSource)\(predicate().clause)) AS r
        WHERE n > 0 AND n % \(rowsPerPart) = 0 ORDER BY n\(link.option)
        """)
      return found.values.compactMap { bound($0) }
    }
    var bounds: [Bound] = []
    var pieceRows = 0
    try link.each(
      """
      SELECT n, \(answers) FROM (
        SELECT COUNT_BIG(*) AS n, \(named) FROM \(table.sqlServerSource)\(predicate().clause) GROUP BY \(columns)) AS g
      ORDER BY \(key.indices.map { "k\($0)" }.joined(separator: ", "))\(link.option)
      """
    ) { row in
      let rows = row[0].flatMap { Int($0) } ?? 0
      if pieceRows > 0, pieceRows + rows > rowsPerPart, let bound = bound(row, from: 1) {
        bounds.append(bound)
        pieceRows = 0
      }
      pieceRows += rows
    }
    return bounds
  }
}
