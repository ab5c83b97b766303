import Catalogs
import Plans

/// The query that counts, digests and looks at rows part by part, in one pass.
struct SQLServerMeasurePass {
  /// Columns of the answer in front of the profiles: part, rows, bytes, and the digest's two sums.
  static let fixed = 5

  let sql: String

  /// - Parameters:
  ///   - part: an expression that gives a row's part.
  ///   - option: behind the query.
  init(
    table: Table, predicate: SQLPredicate, part: String, digestColumns: [String]?,
    profiles: [SQLServerValueProfile], canonical: SQLServerCanonical, option: String
  ) throws {
    let raw = profiles.indices.map { "v\($0)" }
    let looked = zip(profiles, raw).map { "\(SQLServerName.quoted($0.name)) AS \($1)" }
    let aggregates = zip(profiles, raw).flatMap { $0.aggregates($1) }
    let described = try (digestColumns ?? []).map { try table.column($0, as: SQLServerKeyColumn.self) }
    let texts = described.enumerated().map { "\(canonical.text($1.sql, $1.type)) AS t\($0)" }
    let source =
      "SELECT \((["\(part) AS part"] + texts + looked).joined(separator: ", ")) "
      + "FROM \(table.sqlServerSource)\(predicate.clause)"
    guard digestColumns != nil else {
      let answers = (["part", "COUNT_BIG(*)", "NULL", "NULL", "NULL"] + aggregates).joined(separator: ", ")
      sql = "SELECT \(answers) FROM (\(source)) AS a GROUP BY part\(option)"
      return
    }
    let row = canonical.row(described.enumerated().map { (name: "t\($0)", type: $1.type) })
    let joined = (["part", "\(row) AS row_text"] + raw).joined(separator: ", ")
    let hashed =
      (["part", "HASHBYTES('SHA2_256', row_text) AS hash", "CAST(DATALENGTH(row_text) AS bigint) AS bytes"] + raw)
      .joined(separator: ", ")
    // A word has 64 bits and no sign; the server's have one, which modulo 2^64 makes no difference.
    let sums = [1, 9].map {
      "CAST(SUM(CAST(CAST(SUBSTRING(hash, \($0), 8) AS bigint) AS decimal(38,0))) AS varchar(41))"
    }
    let answers = (["part", "COUNT_BIG(*)", "SUM(bytes)"] + sums + aggregates).joined(separator: ", ")
    sql = """
      SELECT \(answers) FROM (SELECT \(hashed) FROM (SELECT \(joined) FROM (\(source)) AS a) AS b) AS c GROUP BY part\(option)
      """
  }

  static func digest(_ found: SQLServerLink.Rows, _ row: Int) -> RowDigest {
    func word(_ column: Int) -> UInt64 {
      found.text(row, column).flatMap { Int128($0) }.map { UInt64(truncatingIfNeeded: $0) } ?? 0
    }
    return RowDigest(rows: found.integer(row, 1) ?? 0, high: word(3), low: word(4))
  }
}
