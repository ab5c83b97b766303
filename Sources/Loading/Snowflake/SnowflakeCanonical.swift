import Catalogs
package import Plans

/// The canonical text of docs/checksums.md as expressions of Snowflake, so that an account digests rows next to them, by the
/// logical types that the plan gave their columns.
///
/// Only what the account's documentation says for certain is used, and nothing goes by a format of the session. What is
/// left of doubt is asked of the account itself: see ``SnowflakeTrial``.
package struct SnowflakeCanonical: Sendable {
  /// One column's part of a row.
  private struct Field {
    /// The class letter: a literal, or an expression where a value may be none of the column's type.
    var letter: String
    /// The text without class and length; NULL for NULL.
    var text: String

    /// Class, length and text; NULL leaves its letter alone.
    var sql: String { "COALESCE(\(letter) || OCTET_LENGTH(\(text))::VARCHAR || ':' || \(text), 'n')" }
  }

  private let fields: [Field]
  /// What an account must be able to write for it.
  package let families: Set<SnowflakeTrial.Family>

  /// Arguments of one call of `CONCAT`.
  private static let fieldsPerCall = 40
  /// A real with 17 digits and an exponent of three: `1.5000000000000000E+000`.
  package static let realFormat = "9.9999999999999999EEEEE"

  /// Nil when a column has no form that is certain to be the one that the same value has in a staged file.
  package init?(_ columns: [ColumnPlan]) {
    let fields = columns.compactMap(Self.field)
    guard fields.count == columns.count, !fields.isEmpty else { return nil }
    self.fields = fields
    families = Set(columns.compactMap { SnowflakeTrial.Family($0.type) })
  }

  /// Whether values of the column have a form.
  package static func isKnown(_ column: ColumnPlan) -> Bool { field(column) != nil }

  // MARK: Statements

  /// One row: how many rows there are, and the sums of the four 32-bit words of their hashes.
  ///
  /// - Parameter table: a table, or a query in parentheses, as it is written after `FROM`.
  package func digest(of table: String, where condition: String? = nil) -> String {
    "SELECT \(Self.sums) FROM (SELECT \(row(fields)) AS SCMPLAN_ROW FROM \(table)"
      + (condition.map { " WHERE \($0)" } ?? "") + ") AS d"
  }

  /// The same for each range of the keys' marks that has rows, in one scan: `B` is the range in three hexadecimal digits.
  ///
  /// - Parameter key: positions of the columns that tell one row from another; empty for all.
  package func buckets(of table: String, key: [Int]) -> String {
    let mark = key.isEmpty ? "" : ", \(row(key.map { fields[$0] })) AS SCMPLAN_KEY"
    let bucket = "SUBSTR(\(key.isEmpty ? "SCMPLAN_ROW" : "SCMPLAN_KEY"), 1, 3)"
    return "SELECT \(bucket) AS B, \(Self.sums) FROM (SELECT \(row(fields)) AS SCMPLAN_ROW\(mark) FROM \(table)) AS d "
      + "GROUP BY \(bucket)"
  }

  /// The condition of rows that are in some of these ranges.
  package func isIn(_ buckets: some Sequence<Int>, key: [Int]) -> String {
    let names = buckets.sorted().map { "'\(Self.name(ofBucket: $0))'" }
    return "SUBSTR(\(row(key.isEmpty ? fields : key.map { fields[$0] })), 1, 3) IN (\(names.joined(separator: ", ")))"
  }

  /// The digest that a row of an answer tells; nil for an answer of another shape.
  package static func digest(_ row: [String: String]) -> RowDigest? {
    let words = (0..<4).compactMap { row["w\($0)"].flatMap { UInt128($0) } }.map { UInt64(truncatingIfNeeded: $0) }
    guard let rows = row["n"].flatMap({ Int($0) }) else { return nil }
    guard words.count == 4 else { return rows == 0 ? RowDigest() : nil }
    return RowDigest(rows: rows, high: words[0] << 32 &+ words[1], low: words[2] << 32 &+ words[3])
  }

  /// The ranges and their digests; nil for an answer of another shape.
  package static func buckets(_ rows: [[String: String]]) -> [Int: RowDigest]? {
    var found: [Int: RowDigest] = [:]
    for row in rows {
      guard let bucket = row["b"].flatMap({ Int($0, radix: 16) }), (0..<RowMark.buckets).contains(bucket),
        let digest = digest(row)
      else { return nil }
      found[bucket] = digest
    }
    return found
  }

  private static func name(ofBucket bucket: Int) -> String {
    let digits = String(bucket, radix: 16)
    return String(repeating: "0", count: 3 - digits.count) + digits
  }

  /// Words of 32 bits, whose sums are exact in any number type, and which the worker puts together.
  private static let sums =
    "COUNT(*) AS N, "
    + (0..<4).map { index in
      "SUM(TO_NUMBER(SUBSTR(SCMPLAN_ROW, \(8 * index + 1), 8), 'XXXXXXXX')::NUMBER(20,0))::VARCHAR AS W\(index)"
    }.joined(separator: ", ")

  /// The SHA-256 of a row's canonical text, in hexadecimal digits.
  private func row(_ fields: [Field]) -> String {
    let calls = stride(from: 0, to: fields.count, by: Self.fieldsPerCall).map { start in
      let some = fields[start..<min(start + Self.fieldsPerCall, fields.count)].map(\.sql)
      return some.count == 1 ? some[0] : "CONCAT(\(some.joined(separator: ", ")))"
    }
    return "SHA2(\(calls.joined(separator: " || ")), 256)"
  }

  // MARK: Values

  private static func field(_ column: ColumnPlan) -> Field? {
    guard let kind = SnowflakeType(column.targetType)?.kind else { return nil }
    let name = SnowflakeName.written(column.target)
    switch (column.type, kind) {
    case (.boolean, .boolean):
      return Field(letter: "'b'", text: "CASE WHEN \(name) THEN '1' WHEN NOT \(name) THEN '0' END")
    case (.integer, .number(let precision, let scale)):
      return number(name, "'i'", precision, scale, as: 0, isInteger: true)
    case (.decimal(_, let places), .number(let precision, let scale)):
      return number(name, "'m'", precision, scale, as: places, isInteger: false)
    case (.float, .float): return Field(letter: "'f'", text: real(name))
    case (.text, .varchar): return Field(letter: "'s'", text: name)
    case (.uuid, .varchar): return Field(letter: "'u'", text: name)
    case (.binary, .binary): return Field(letter: "'x'", text: "LOWER(HEX_ENCODE(\(name)))")
    case (.date, .date): return Field(letter: "'d'", text: "TO_VARCHAR(\(name)::DATE, 'YYYY-MM-DD')")
    case (.time(let digits), .time(let scale)):
      let pieces = ["HOUR", "MINUTE", "SECOND"].map { "LPAD(\($0)(\(name))::VARCHAR, 2, '0')" }
      let nanos = "LPAD(MOD(DATE_PART(NANOSECOND, \(name)::TIME(9)), 1000000000)::VARCHAR, 9, '0')"
      return clock("'h'", "\(pieces.joined(separator: " || ':' || ")) || '.' || \(nanos)", 8, scale, as: digits)
    case (.timestamp(let digits), .timestamp(.none, let scale)):
      return clock("'p'", moment("\(name)::TIMESTAMP_NTZ(9)"), 19, scale, as: digits)
    // An instant is written in UTC, whatever offset it has and whatever the session's zone is.
    case (.instant(let digits), .timestamp(.local, let scale)), (.instant(let digits), .timestamp(.own, let scale)):
      return clock(
        "'z'", moment("CONVERT_TIMEZONE('UTC', \(name))::TIMESTAMP_NTZ(9)"), 19, scale, as: digits)
    default: return nil
    }
  }

  /// A number with exactly `places` digits behind its point. One that has more, or a whole one that no 64 bits hold, is
  /// none of the column's type.
  private static func number(
    _ name: String, _ letter: String, _ precision: Int, _ scale: Int, as places: Int, isInteger: Bool
  ) -> Field? {
    guard scale >= places else { return nil }
    var field = Field(letter: letter, text: "\(name)::VARCHAR")
    var conditions: [String] = []
    if scale > places {
      // One digit more before the point: rounding may need it.
      let shorter = "\(name)::NUMBER(\(precision - scale + places + 1),\(places))"
      conditions.append("\(name) = \(shorter)")
      field.text = "CASE WHEN \(name) = \(shorter) THEN \(shorter)::VARCHAR ELSE \(name)::VARCHAR END"
    }
    if isInteger, precision - scale > 18 {
      conditions.append("\(name) BETWEEN \(Int64.min) AND \(Int64.max)")
    }
    if !conditions.isEmpty {
      field.letter = "CASE WHEN \(conditions.joined(separator: " AND ")) THEN \(letter) ELSE '?' END"
    }
    return field
  }

  /// The sign of a zero is left out, as in every comparison: not every system keeps it.
  private static func real(_ name: String) -> String {
    """
    CASE WHEN \(name) = 0 THEN '0.0000000000000000e+000' WHEN \(name) = 'NaN'::FLOAT THEN 'NaN' \
    WHEN \(name) = 'inf'::FLOAT THEN 'Infinity' WHEN \(name) = '-inf'::FLOAT THEN '-Infinity' \
    ELSE CASE WHEN \(name) < 0 THEN '-' ELSE '' END || LOWER(TRIM(TO_VARCHAR(ABS(\(name)), '\(realFormat)'))) END
    """
  }

  private static func moment(_ wall: String) -> String { "TO_VARCHAR(\(wall), 'YYYY-MM-DD HH24:MI:SS.FF9')" }

  /// A text of nine digits behind the second, cut to `digits`; a value that is finer is none of the column's type.
  ///
  /// - Parameter length: characters before the point.
  private static func clock(_ letter: String, _ text: String, _ length: Int, _ scale: Int, as digits: Int) -> Field {
    let kept = digits == 9 ? text : "LEFT(\(text), \(digits == 0 ? length : length + 1 + digits))"
    guard scale > digits else { return Field(letter: letter, text: kept) }
    let isWhole = "RIGHT(\(text), \(9 - digits)) = '\(String(repeating: "0", count: 9 - digits))'"
    return Field(
      letter: "CASE WHEN \(isWhole) THEN \(letter) ELSE '?' END",
      // `LEFT` keeps NULL what is NULL.
      text: "CASE WHEN \(isWhole) THEN \(kept) ELSE LEFT('0' || \(text), 1) END")
  }
}
