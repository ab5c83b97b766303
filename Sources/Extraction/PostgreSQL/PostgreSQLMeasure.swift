import Catalogs
package import Plans
import Postgres

extension PostgreSQLSourceSession {
  /// One pass over the rows on the server; rows that no part takes count for the table alone.
  package func measure(_ request: MeasureRequest) throws -> Measurement {
    let table = request.table
    return try reading(at: "table \(table.name)", locking: table) {
      let predicate = SQLPredicate.all([
        .filter(request.filter), try table.rows(in: request.window, as: PostgreSQLKeyColumn.self),
      ])
      let key = try (request.key?.columns ?? []).map { try table.column($0, as: PostgreSQLKeyColumn.self) }
      var profiles = request.profiles ? table.columns.compactMap { PostgreSQLValueProfile($0) } : []
      let sql = Self.measure(
        table, predicate, part: PostgreSQLPartLocator.expression(request.parts, key),
        digest: try request.digestColumns.map { try canonical($0, of: table) }, profiles)
      var parts = request.parts.map {
        PartMeasure(part: $0.id, rows: 0, digest: request.digestColumns == nil ? nil : RowDigest())
      }
      var total = 0
      let found = try connection.query(sql)
      for row in 0..<found.rows {
        let rows = found.integer(row, 1) ?? 0
        total += rows
        var place = 5
        for index in profiles.indices {
          let count = profiles[index].aggregateCount
          profiles[index].take((place..<(place + count)).map { found.text(row, $0) })
          place += count
        }
        guard let part = found.integer(row, 0) else { continue }
        parts[part].rows = rows
        parts[part].bytes = found.integer(row, 4) ?? rows * table.rowBytes
        guard request.digestColumns != nil else { continue }
        parts[part].digest = RowDigest(
          rows: rows, high: Self.word(found.text(row, 2)), low: Self.word(found.text(row, 3)))
      }
      return Measurement(
        parts: parts, totalRows: total, columns: request.profiles ? table.columns(typedBy: profiles) : nil,
        emptyColumns: Set(profiles.filter(\.isEmpty).map(\.name)))
    }
  }

  /// The digest of the rows under `predicate`, within a transaction that is already open.
  func digest(
    _ columns: [String], of table: Table, _ predicate: SQLPredicate, wait: PostgresConnection.Wait = {}
  ) throws -> RowDigest {
    let sql = Self.measure(table, predicate, part: "0", digest: try canonical(columns, of: table), [])
    let found = try connection.query(sql, wait: wait)
    guard found.rows == 1 else { return RowDigest() }
    return RowDigest(
      rows: found.integer(0, 1) ?? 0, high: Self.word(found.text(0, 2)), low: Self.word(found.text(0, 3)))
  }

  /// Values of a row as canonical texts, and the text they make together.
  private struct Canonical {
    var values: [String]
    var row: String
  }

  private func canonical(_ columns: [String], of table: Table) throws -> Canonical {
    let isUTF8 = connection.serverEncoding == "UTF8"
    let described = try columns.map { try table.column($0, as: PostgreSQLKeyColumn.self) }
    let names = described.enumerated().map { (name: "t\($0)", type: $1.type) }
    return Canonical(
      values: zip(described, names).map { "\(PostgreSQLCanonical.text($0.sql, $0.type)) AS \($1.name)" },
      row: names.isEmpty ? "''" : PostgreSQLCanonical.row(names, isUTF8: isUTF8))
  }

  /// A query of part, rows, two words of digest, bytes, and the profiles' aggregates.
  ///
  /// Each level computes what the next one uses more than once; `OFFSET` keeps the server from computing it again there. A zero
  /// in quotes is a constant from the start: one without them must be cast first, and for that no level would run in parallel.
  private static func measure(
    _ table: Table, _ predicate: SQLPredicate, part: String, digest: Canonical?,
    _ profiles: [PostgreSQLValueProfile]
  ) -> String {
    let raw = profiles.enumerated().map { "v\($0.offset)" }
    let looked = zip(profiles, raw).map { "\(Identifier.quoted($0.name)) AS \($1)" }
    let aggregates = zip(profiles, raw).flatMap { $0.aggregates($1) }
    let rows = (["\(part) AS part"] + (digest?.values ?? []) + looked).joined(separator: ", ")
    let source = "SELECT \(rows) FROM \(table.postgresName)\(predicate.clause) OFFSET '0'"
    guard let digest else {
      let answers = (["part", "count(*)", "NULL", "NULL", "NULL"] + aggregates).joined(separator: ", ")
      return "SELECT \(answers) FROM (\(source)) AS a GROUP BY part"
    }
    func word(_ start: Int) -> String {
      "mod(sum(('x' || encode(substr(hash, \(start), 8), 'hex'))::bit(64)::bigint), 18446744073709551616)"
    }
    let canonical = (["part", "\(digest.row) AS row_text"] + raw).joined(separator: ", ")
    let hashed = (["part", "sha256(convert_to(row_text, 'UTF8')) AS hash", "octet_length(row_text) AS bytes"] + raw)
      .joined(separator: ", ")
    let answers = (["part", "count(*)", word(1), word(9), "sum(bytes)"] + aggregates).joined(separator: ", ")
    return """
      SELECT \(answers) FROM (SELECT \(hashed) FROM (SELECT \(canonical) FROM (\(source)) AS a OFFSET '0') AS b OFFSET '0') AS c \
      GROUP BY part
      """
  }

  /// A sum modulo 2^64, signed as SQL has it, as its 64 bits.
  private static func word(_ text: String?) -> UInt64 {
    text.flatMap { Int128($0) }.map { UInt64(truncatingIfNeeded: $0) } ?? 0
  }
}

extension Table {
  /// Bytes of a row by the statistics; what they do not know is taken for what it most likely is.
  var rowBytes: Int {
    guard let estimatedRows, let estimatedBytes, estimatedRows > 0 else { return columns.count * 12 }
    return max(1, estimatedBytes / estimatedRows)
  }

  func columns(typedBy profiles: [PostgreSQLValueProfile]) -> [Column] {
    let types = Dictionary(profiles.map { ($0.name, $0.type) }) { first, _ in first }
    return columns.map { column in
      var column = column
      column.type = types[column.name] ?? column.type
      return column
    }
  }
}
