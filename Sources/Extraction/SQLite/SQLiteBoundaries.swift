import Catalogs
import GRDBSQLite
package import Plans

extension SQLiteSourceSession {
  /// A gap-free enough rowid is cut by arithmetic; every other key by one pass in its order.
  ///
  /// So many consecutive whole numbers as a part may have rows never hold more, so arithmetic keeps the limit whatever
  /// the gaps; a sample only decides whether it would make too many, too small parts.
  package func boundaries(_ request: BoundaryRequest) throws -> [Bound] {
    if request.within == .nullKey || obstacle(to: request.key, of: request.table) != nil { return [] }
    return try connection.reading(at: "table \(request.table.name)") {
      connection.allowsQuotedStrings = request.table.kind == .view
      return try arithmeticBoundaries(request) ?? rankedBoundaries(request)
    }
  }

  /// Nil when the key is not the rowid, a filter thins the rows out, or the numbers have too many gaps.
  private func arithmeticBoundaries(_ request: BoundaryRequest) throws -> [Bound]? {
    let table = request.table
    guard request.filter == nil, table.traits.contains(SQLiteCatalog.rowidKey), request.key.columns == table.primaryKey
    else { return nil }
    let column = Identifier.quoted(request.key.columns[0])
    let source = Identifier.quoted(table.name.table)
    let ends = try connection.prepare(
      "SELECT (SELECT min(\(column)) FROM \(source)), (SELECT max(\(column)) FROM \(source))",
      at: "table \(table.name)")
    guard try ends.step(), !ends.isNull(0) else { return [] }
    var (first, last) = (ends.integer(0), ends.integer(1))
    if case .keys(let from, let to) = request.within {
      if let from {
        guard case .integer(let value) = from.values.first else { return nil }
        first = max(first, Int(value))
      }
      if let to {
        guard case .integer(let value) = to.values.first, value > .min else { return nil }
        last = min(last, Int(value) - 1)
      }
    }
    guard first < last else { return [] }
    guard try isDense(column, of: table, from: first, through: last) else { return nil }
    let step = max(1, request.rowsPerPart)
    let (start, overflow) = first.addingReportingOverflow(step)
    return overflow ? [] : stride(from: start, through: last, by: step).map { Bound([.integer(Int64($0))]) }
  }

  /// Whether four in five numbers of the span are rows, by looking at some stretches of it. A short span is not worth
  /// looking: ranking is as cheap.
  private func isDense(_ column: String, of table: Table, from first: Int, through last: Int) throws -> Bool {
    let stretches = 16
    let length = 500
    let (span, overflow) = last.subtractingReportingOverflow(first)
    guard !overflow, span >= stretches * length else { return false }
    let statement = try connection.prepare(
      "SELECT count(*) FROM \(Identifier.quoted(table.name.table)) WHERE \(column) >= ?1 AND \(column) < ?2",
      at: "table \(table.name)")
    var rows = 0
    for index in 0..<stretches {
      let start = first + (span - length) / (stretches - 1) * index
      statement.reset()
      try statement.bind([.integer(Int64(start)), .integer(Int64(start + length))])
      if try statement.step() { rows += statement.integer(0) }
    }
    return rows * 5 >= stretches * length * 4
  }

  /// Counts rows in key order and cuts before the key whose rows would pass the limit; equal keys stay together.
  private func rankedBoundaries(_ request: BoundaryRequest) throws -> [Bound] {
    let table = request.table
    let predicate = SQLitePredicate.rows(
      of: table, filter: request.filter, key: request.key,
      range: request.within == .whole ? .keys(from: nil, to: nil) : request.within ?? .keys(from: nil, to: nil),
      window: nil)
    let columns = request.key.columns.map { SQLitePredicate.compared($0, of: table) }.joined(separator: ", ")
    let list = request.key.columns.map(Identifier.quoted).joined(separator: ", ")
    let statement = try connection.prepare(
      "SELECT \(list) FROM \(Identifier.quoted(table.name.table))\(predicate.clause) ORDER BY \(columns)",
      predicate.bindings, at: "table \(table.name)")
    var ranking = KeyRanking(cells: cells(of: request.key, in: table), rowsPerPart: request.rowsPerPart)
    while try statement.step() { ranking.add(statement) }
    ranking.end()
    return ranking.bounds
  }

  /// A cell for each key column, under its own collation.
  private func cells(of key: PartitionKey, in table: Table) -> [SQLiteKeyCell] {
    collations(of: key, in: table).map { SQLiteKeyCell($0) }
  }

  /// How each column of the key orders text.
  func collations(of key: PartitionKey, in table: Table) -> [SQLiteCollation] {
    key.columns.map { SQLiteCollation(named: table.column($0)?.collation) ?? .binary }
  }
}

/// Finds the cuts in a sequence of keys that comes in order.
private struct KeyRanking {
  /// The key of the group of equal keys that is being counted.
  let cells: [SQLiteKeyCell]
  let rowsPerPart: Int
  private(set) var bounds: [Bound] = []
  /// Rows of the piece, in groups that are complete.
  private var pieceRows = 0
  private var groupRows = 0

  init(cells: [SQLiteKeyCell], rowsPerPart: Int) {
    self.cells = cells
    self.rowsPerPart = max(1, rowsPerPart)
  }

  mutating func add(_ statement: SQLiteStatement) {
    if groupRows > 0, isSameKey(statement) {
      groupRows += 1
      return
    }
    end()
    for (column, cell) in cells.enumerated() { cell.take(sqlite3_column_value(statement.handle, Int32(column))) }
    groupRows = 1
  }

  /// Completes the group: it goes into the piece, or begins the next one. A key that no plan can write, as its text is
  /// not UTF-8, begins none.
  mutating func end() {
    if pieceRows > 0, pieceRows + groupRows > rowsPerPart {
      let values = cells.compactMap(\.keyValue)
      if values.count == cells.count {
        bounds.append(Bound(values))
        pieceRows = 0
      }
    }
    pieceRows += groupRows
    groupRows = 0
  }

  private func isSameKey(_ statement: SQLiteStatement) -> Bool {
    for (column, cell) in cells.enumerated() {
      if cell.order(of: sqlite3_column_value(statement.handle, Int32(column))) != 0 { return false }
    }
    return true
  }
}
