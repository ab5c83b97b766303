/// Statements that no two databases write alike, in words that all of them have.
extension SQLConnection {
  /// Inserts rows, many with one statement: a database that is far away is asked seldom, and one that is near is parsed
  /// for seldom.
  package func insert(into table: String, columns: [String], rows: [[SQLValue]]) throws {
    guard !rows.isEmpty else { return }
    // SQLite takes 32,766 values a statement, others 65,535; beyond a few hundred nothing is gained.
    let limit = max(1, 480 / columns.count)
    let head = "INSERT INTO \(table) (\(columns.joined(separator: ", "))) VALUES "
    let group = "(" + Array(repeating: "?", count: columns.count).joined(separator: ", ") + ")"
    let full = head + Array(repeating: group, count: limit).joined(separator: ", ")
    var start = 0
    while start < rows.count {
      let end = min(start + limit, rows.count)
      let sql =
        end - start == limit
        ? full : head + Array(repeating: group, count: end - start).joined(separator: ", ")
      var values: [SQLValue] = []
      values.reserveCapacity((end - start) * columns.count)
      for row in rows[start..<end] { values += row }
      try execute(sql, values)
      start = end
    }
  }

  /// Updates the row with this key, or inserts it when there is none.
  package func put(
    into table: String, key: [(column: String, value: SQLValue)], values: [(column: String, value: SQLValue)]
  ) throws {
    let assignments = values.map { "\($0.column) = ?" }.joined(separator: ", ")
    let condition = key.map { "\($0.column) = ?" }.joined(separator: " AND ")
    let changed = try execute(
      "UPDATE \(table) SET \(assignments) WHERE \(condition)", values.map(\.value) + key.map(\.value))
    guard changed == 0 else { return }
    try insert(into: table, columns: key.map(\.column) + values.map(\.column), rows: [(key + values).map(\.value)])
  }
}
