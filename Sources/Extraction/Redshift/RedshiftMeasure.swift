import Catalogs
package import Plans
import Postgres

extension RedshiftSourceSession {
  /// One pass over the rows on the cluster; rows that no part takes count for the table alone.
  package func measure(_ request: MeasureRequest) throws -> Measurement {
    let table = request.table
    let predicate = SQLPredicate.all([
      .filter(request.filter), try table.rows(in: request.window, as: RedshiftKeyColumn.self),
    ])
    let key = try (request.key?.columns ?? []).map { try table.column($0, as: RedshiftKeyColumn.self) }
    var profiles = request.profiles ? Self.profiles(of: table) : []
    let pass = try RedshiftMeasurePass(
      table: table, predicate: predicate, part: PostgreSQLPartLocator.expression(request.parts, key),
      digestColumns: request.digestColumns, profiles: profiles)
    var parts = request.parts.map {
      PartMeasure(part: $0.id, rows: 0, digest: request.digestColumns == nil ? nil : RowDigest())
    }
    var total = 0
    let found = try reading(at: "table \(table.name)") { try pass.run(on: connection) }
    for row in 0..<found.rows {
      let rows = found.integer(row, 1) ?? 0
      total += rows
      for index in profiles.indices { profiles[index].take([found.text(row, RedshiftMeasurePass.fixed + index)]) }
      guard let part = found.integer(row, 0) else { continue }
      parts[part].rows = rows
      parts[part].bytes = found.integer(row, 2) ?? rows * table.rowBytes
      if request.digestColumns != nil { parts[part].digest = RedshiftMeasurePass.digest(found, row) }
    }
    return Measurement(
      parts: parts, totalRows: total, columns: request.profiles ? table.columns(typedBy: profiles) : nil,
      emptyColumns: Set(profiles.filter(\.isEmpty).map(\.name)))
  }

  /// The digest of the rows under `predicate`, within a transaction that is already open.
  func digest(
    _ columns: [String], of table: Table, _ predicate: SQLPredicate, wait: PostgresConnection.Wait = {}
  ) throws -> RowDigest {
    let pass = try RedshiftMeasurePass(
      table: table, predicate: predicate, part: "0", digestColumns: columns, profiles: [])
    let found = try pass.run(on: connection, wait: wait)
    return found.rows == 1 ? RedshiftMeasurePass.digest(found, 0) : RowDigest()
  }

  /// Days and moments may lie beyond the years that targets have; other types hold what they declare.
  private static func profiles(of table: Table) -> [PostgreSQLValueProfile] {
    table.columns.compactMap { column in
      switch RedshiftType(column.declaredType).form {
      case .date, .timestamp, .instant: PostgreSQLValueProfile(column)
      default: nil
      }
    }
  }
}

/// The query that counts, digests and looks at rows part by part.
private struct RedshiftMeasurePass {
  /// Columns of the answer in front of the profiles: part, rows, bytes, and the digests' sums in four pieces.
  static let fixed = 7

  let table: Table
  let hasDigest: Bool
  let sql: String

  init(
    table: Table, predicate: SQLPredicate, part: String, digestColumns: [String]?,
    profiles: [PostgreSQLValueProfile]
  ) throws {
    self.table = table
    hasDigest = digestColumns != nil
    let raw = profiles.indices.map { "v\($0)" }
    let looked = zip(profiles, raw).map { "\(Identifier.quoted($0.name)) AS \($1)" }
    let aggregates = zip(profiles, raw).flatMap { $0.aggregates($1) }
    let described = try (digestColumns ?? []).map { try table.column($0, as: RedshiftKeyColumn.self) }
    let texts = described.enumerated().map { "\(RedshiftCanonical.text($1.sql, $1.type)) AS t\($0)" }
    let source =
      "SELECT \((["\(part) AS part"] + texts + looked).joined(separator: ", ")) "
      + "FROM \(table.postgresName)\(predicate.clause)"
    guard hasDigest else {
      let answers = (["part", "COUNT(*)", "NULL", "NULL", "NULL", "NULL", "NULL"] + aggregates).joined(separator: ", ")
      sql = "SELECT \(answers) FROM (\(source)) AS a GROUP BY part"
      return
    }
    let row = RedshiftCanonical.row(described.enumerated().map { (name: "t\($0)", type: $1.type) })
    let canonical = (["part", "\(row) AS row_text"] + raw).joined(separator: ", ")
    let hashed = (["part", "SHA2(row_text, 256) AS hash", "OCTET_LENGTH(row_text) AS bytes"] + raw)
      .joined(separator: ", ")
    // Sixty-four bits without a sign are more than a number of Redshift's has: each word is summed in two halves.
    let sums = [1, 9, 17, 25].map { "SUM(STRTOL(SUBSTRING(hash, \($0), 8), 16))" }
    let answers = (["part", "COUNT(*)", "SUM(bytes)"] + sums + aggregates).joined(separator: ", ")
    sql = """
      SELECT \(answers) FROM (SELECT \(hashed) FROM (SELECT \(canonical) FROM (\(source)) AS a) AS b) AS c GROUP BY part
      """
  }

  func run(on connection: any PostgresLink, wait: PostgresConnection.Wait = {}) throws -> any PostgresRows {
    do {
      return try connection.ask(sql, wait: wait)
    } catch let error as PostgresError
      where hasDigest && error.code == .server && ["22", "XX"].contains(error.sqlState?.prefix(2))
    {
      throw ExtractionError(
        .queryFailed, at: "table \(table.name)",
        "Redshift cannot compute the checksum of a row (SQLSTATE \(error.sqlState ?? "")): its text may be longer than the 65,535 "
          + "bytes that Redshift allows; use synchronization.strategy none or watermark for this table")
    }
  }

  static func digest(_ found: any PostgresRows, _ row: Int) -> RowDigest {
    func word(_ first: Int) -> UInt64 {
      let halves = [first, first + 1].map { found.text(row, $0).flatMap { UInt64($0) } ?? 0 }
      return halves[0] << 32 &+ halves[1]
    }
    return RowDigest(rows: found.integer(row, 1) ?? 0, high: word(3), low: word(5))
  }
}
