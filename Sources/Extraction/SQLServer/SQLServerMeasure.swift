import Catalogs
package import Plans

extension SQLServerSourceSession {
  /// One pass over the rows on the server; rows that no part takes count for the table alone.
  package func measure(_ request: MeasureRequest) throws -> Measurement {
    let table = request.table
    let predicate = SQLPredicate.all([
      .filter(request.filter), try table.rows(in: request.window, as: SQLServerKeyColumn.self),
    ])
    let key = try (request.key?.columns ?? []).map { try table.column($0, as: SQLServerKeyColumn.self) }
    var profiles = request.profiles ? table.columns.compactMap { SQLServerValueProfile($0) } : []
    let pass = try pass(
      table, predicate, part: SQLServerPartLocator.expression(request.parts, key), request.digestColumns, profiles)
    var parts = request.parts.map {
      PartMeasure(part: $0.id, rows: 0, digest: request.digestColumns == nil ? nil : RowDigest())
    }
    var total = 0
    let found = try reading(at: "table \(table.name)", of: table) { try link.query(pass.sql) }
    for row in 0..<found.count {
      let rows = found.integer(row, 1) ?? 0
      total += rows
      for index in profiles.indices {
        let first = SQLServerMeasurePass.fixed + index * SQLServerValueProfile.aggregateCount
        profiles[index].take((first..<(first + SQLServerValueProfile.aggregateCount)).map { found.text(row, $0) })
      }
      guard let part = found.integer(row, 0) else { continue }
      parts[part].rows = rows
      parts[part].bytes = found.integer(row, 2) ?? rows * table.rowBytes
      if request.digestColumns != nil { parts[part].digest = SQLServerMeasurePass.digest(found, row) }
    }
    var columns = table.columns
    for profile in profiles {
      guard let index = columns.firstIndex(where: { $0.name == profile.name }) else { continue }
      columns[index].type = profile.fitting
    }
    return Measurement(
      parts: parts, totalRows: total, columns: request.profiles ? columns : nil,
      emptyColumns: Set(profiles.filter(\.isEmpty).map(\.name)))
  }

  /// The digest of the rows under `predicate`, within a transaction that is already open.
  func digest(
    _ columns: [String], of table: Table, _ predicate: SQLPredicate, wait: SQLServerLink.Wait = {}
  ) throws -> RowDigest {
    let found = try link.query(try pass(table, predicate, part: "0", columns, []).sql, wait: wait)
    return found.count == 1 ? SQLServerMeasurePass.digest(found, 0) : RowDigest()
  }

  private func pass(
    _ table: Table, _ predicate: SQLPredicate, part: String, _ digestColumns: [String]?,
    _ profiles: [SQLServerValueProfile]
  ) throws -> SQLServerMeasurePass {
    try SQLServerMeasurePass(
      table: table, predicate: predicate, part: part, digestColumns: digestColumns, profiles: profiles,
      canonical: SQLServerCanonical(hasUTF8: database.hasUTF8), option: link.option)
  }
}
