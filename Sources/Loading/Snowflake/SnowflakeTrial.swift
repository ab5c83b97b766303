package import Catalogs
package import Plans

/// Known values whose digest an account must get right before it digests rows for us.
///
/// What its functions write is taken from documentation, and for digits of reals not even that says enough. So it is asked:
/// where another digest comes back than docs/checksums.md defines, rows are fetched instead, and no comparison goes wrong.
package struct SnowflakeTrial: Sendable {
  package var sql: String
  package var expected: RowDigest

  /// Types that an account writes by the same functions.
  package enum Family: Hashable, Sendable, CaseIterable {
    case truth, number, real, text, bytes, date, time, timestamp, instant

    /// Nil for values that have no form in SQL.
    package init?(_ type: LogicalType) {
      switch type {
      case .boolean: self = .truth
      case .integer, .decimal: self = .number
      case .float: self = .real
      case .text, .uuid: self = .text
      case .binary: self = .bytes
      case .date: self = .date
      case .time: self = .time
      case .timestamp: self = .timestamp
      case .instant: self = .instant
      case .variant: return nil
      }
    }
  }

  /// A value as SQL, and its canonical text; nil for NULL.
  private typealias Sample = (sql: String, text: String?)

  private struct SampleColumn {
    var type: LogicalType
    var declared: String
    var letter: Unicode.Scalar
    var samples: [Sample]

    init(_ type: LogicalType, _ declared: String, _ letter: Unicode.Scalar, _ samples: [Sample]) {
      (self.type, self.declared, self.letter, self.samples) = (type, declared, letter, samples)
    }
  }

  /// Samples of some families; those of one place are one row.
  package init(_ families: Set<Family>) throws {
    let columns = Family.allCases.filter(families.contains).flatMap(Self.columns)
    let plans = columns.enumerated().map { index, column in
      ColumnPlan(
        source: "P\(index)", target: "P\(index)", sourceType: "", type: column.type, targetType: column.declared,
        isNullable: true)
    }
    let row = try ComparedRow(columns: plans.count, key: [])
    var rows: [String] = []
    expected = RowDigest()
    for index in 0..<(columns.map(\.samples.count).max() ?? 0) {
      let samples: [Sample] = columns.map {
        index < $0.samples.count ? $0.samples[index] : ("NULL::\($0.declared)", nil)
      }
      for (column, sample) in zip(columns, samples) {
        guard var text = sample.text else {
          row.appendNull()
          continue
        }
        text.withUTF8 { row.append(column.letter, UnsafeRawBufferPointer($0)) }
      }
      let mark = row.finish()
      expected.add(high: mark.high, low: mark.low)
      rows.append("SELECT " + zip(samples, plans).map { "\($0.sql) AS \($1.target)" }.joined(separator: ", "))
    }
    let table = "(\(rows.joined(separator: " UNION ALL "))) AS s"
    sql = SnowflakeCanonical(plans)?.digest(of: table) ?? ""
  }

  private static func columns(_ family: Family) -> [SampleColumn] {
    switch family {
    case .truth: [SampleColumn(.boolean, "BOOLEAN", "b", [("TRUE", "1"), ("FALSE", "0"), ("NULL::BOOLEAN", nil)])]
    case .number:
      [
        column(.integer, "NUMBER(19,0)", "i", ["9223372036854775807", "-9223372036854775808", nil, "0"]),
        column(.decimal(precision: 10, scale: 2), "NUMBER(10,2)", "m", ["12.50", "-0.05", nil, "0.00"]),
        column(
          .decimal(precision: 38, scale: 10), "NUMBER(38,10)", "m",
          ["1234567890123456789012345678.0123456789", "-0.0000000001", nil, "7.0000000000"]),
        column(.decimal(precision: 8, scale: 1), "NUMBER(12,4)", "m", ["1.5", "-20.0", nil, "0.0"]),
      ]
    case .real: [SampleColumn(.float, "FLOAT", "f", reals)]
    case .text:
      [
        SampleColumn(
          .text(length: nil), "VARCHAR", "s",
          ["Größe \u{1F600}", "", nil, " a\\'B "].map { ($0.map(SnowflakeName.text) ?? "NULL::VARCHAR", $0) })
      ]
    case .bytes:
      [
        SampleColumn(
          .binary(length: nil), "BINARY", "x",
          ["00ff0a", "", nil, "c3"].map { ($0.map { "TO_BINARY('\($0)', 'HEX')" } ?? "NULL::BINARY", $0) })
      ]
    case .date: [column(.date, "DATE", "d", ["2024-02-29", "0001-01-01", nil, "9999-12-31"])]
    case .time:
      [
        column(.time(scale: 3), "TIME(3)", "h", ["23:59:59.250", "00:00:00.000", nil, "01:02:03.004"]),
        column(.time(scale: 0), "TIME(0)", "h", ["23:59:59", "00:00:00", nil, "01:02:03"]),
      ]
    case .timestamp:
      [
        column(
          .timestamp(scale: 6), "TIMESTAMP_NTZ(6)", "p",
          ["2024-02-29 12:00:00.000001", "1969-12-31 23:59:59.999999", nil, "0001-01-01 00:00:00.500000"]),
        column(
          .timestamp(scale: 0), "TIMESTAMP_NTZ(9)", "p",
          ["2024-02-29 12:00:00", "1969-12-31 23:59:59", nil, "9999-12-31 23:59:59"]),
      ]
    case .instant:
      [
        SampleColumn(
          .instant(scale: 3), "TIMESTAMP_LTZ(3)", "z", instants.map { ("\($0.sql)::TIMESTAMP_LTZ(3)", $0.text) }),
        SampleColumn(.instant(scale: 3), "TIMESTAMP_TZ(3)", "z", instants),
      ]
    }
  }

  private static func column(
    _ type: LogicalType, _ declared: String, _ letter: Unicode.Scalar, _ texts: [String?]
  ) -> SampleColumn {
    SampleColumn(
      type, declared, letter, texts.map { ($0.map { "'\($0)'" } ?? "NULL", $0) }.map { ("\($0)::\(declared)", $1) })
  }

  /// Reals that a conversion of fewer digits, of another rounding or of another form gets wrong, and their 17 digits.
  private static let reals: [Sample] = [
    ("0.1", "1.0000000000000001e-001"), ("0.3333333333333333", "3.3333333333333331e-001"),
    ("-2.5", "-2.5000000000000000e+000"), ("1e22", "1.0000000000000000e+022"), ("1e23", "9.9999999999999992e+022"),
    ("9007199254740993", "9.0071992547409920e+015"), ("123456789.123456789", "1.2345678912345679e+008"),
    ("1.0000000000000002", "1.0000000000000002e+000"), ("4.35", "4.3499999999999996e+000"),
    ("6.02214076e23", "6.0221407599999999e+023"), ("1.7976931348623157e308", "1.7976931348623157e+308"),
    ("2.2250738585072014e-308", "2.2250738585072014e-308"), ("5e-324", "4.9406564584124654e-324"),
    ("-1e-7", "-9.9999999999999995e-008"), ("0", "0.0000000000000000e+000"), ("-0.0", "0.0000000000000000e+000"),
    ("NaN", "NaN"), ("inf", "Infinity"), ("-inf", "-Infinity"),
  ].map { ("'\($0)'::FLOAT", $1) }

  private static let instants: [Sample] = [
    ("'2024-02-29 12:00:00.5 +05:30'::TIMESTAMP_TZ(3)", "2024-02-29 06:30:00.500"),
    ("'1969-12-31 23:59:59.999 +00:00'::TIMESTAMP_TZ(3)", "1969-12-31 23:59:59.999"),
    ("NULL::TIMESTAMP_TZ(3)", nil),
    ("'2024-12-31 20:00:00 -08:00'::TIMESTAMP_TZ(3)", "2025-01-01 04:00:00.000"),
  ]
}
