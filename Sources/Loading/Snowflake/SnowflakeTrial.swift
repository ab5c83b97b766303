import Catalogs
package import Plans

/// Known values whose digest an account must get right before it digests rows for us.
///
/// What its functions write is taken from documentation, and for digits of reals not even that says enough. So it is asked:
/// where another digest comes back than docs/checksums.md defines, rows are fetched instead, and no comparison goes wrong.
package struct SnowflakeTrial: Sendable {
  package var sql: String
  package var expected: RowDigest

  /// A value as SQL, and its canonical text; nil for NULL.
  private typealias Sample = (sql: String, text: String?)

  /// Whole numbers, decimals, truth, text, bytes, dates and times.
  package static func plain() throws -> SnowflakeTrial {
    try make([
      column(
        .boolean, "BOOLEAN", "b", [("TRUE", "1"), ("FALSE", "0"), ("NULL::BOOLEAN", nil), ("TRUE", "1")]),
      column(
        .integer, "NUMBER(19,0)", "i",
        ["9223372036854775807", "-9223372036854775808", nil, "0"].map { cast($0, "NUMBER(19,0)") }),
      column(
        .decimal(precision: 10, scale: 2), "NUMBER(10,2)", "m",
        ["12.50", "-0.05", nil, "0.00"].map { cast($0, "NUMBER(10,2)") }),
      column(
        .decimal(precision: 38, scale: 10), "NUMBER(38,10)", "m",
        ["1234567890123456789012345678.0123456789", "-0.0000000001", nil, "7.0000000000"].map {
          cast($0, "NUMBER(38,10)")
        }),
      column(
        .decimal(precision: 8, scale: 1), "NUMBER(12,4)", "m",
        ["1.5", "-20.0", nil, "0.0"].map { cast($0, "NUMBER(12,4)") }),
      column(
        .text(length: nil), "VARCHAR", "s",
        ["Größe \u{1F600}", "", nil, " a\\'B "].map { ($0.map(SnowflakeName.text) ?? "NULL::VARCHAR", $0) }),
      column(
        .binary(length: nil), "BINARY", "x",
        ["00ff0a", "", nil, "c3"].map { ($0.map { "TO_BINARY('\($0)', 'HEX')" } ?? "NULL::BINARY", $0) }),
      column(.date, "DATE", "d", ["2024-02-29", "0001-01-01", nil, "9999-12-31"].map { cast($0, "DATE") }),
      column(
        .time(scale: 3), "TIME(3)", "h",
        ["23:59:59.250", "00:00:00.000", nil, "01:02:03.004"].map { cast($0, "TIME(3)") }),
      column(.time(scale: 0), "TIME(0)", "h", ["23:59:59", "00:00:00", nil, "01:02:03"].map { cast($0, "TIME(0)") }),
      column(
        .timestamp(scale: 6), "TIMESTAMP_NTZ(6)", "p",
        ["2024-02-29 12:00:00.000001", "1969-12-31 23:59:59.999999", nil, "0001-01-01 00:00:00.500000"].map {
          cast($0, "TIMESTAMP_NTZ(6)")
        }),
      column(
        .timestamp(scale: 0), "TIMESTAMP_NTZ(9)", "p",
        ["2024-02-29 12:00:00", "1969-12-31 23:59:59", nil, "9999-12-31 23:59:59"].map {
          cast($0, "TIMESTAMP_NTZ(9)")
        }),
      column(.instant(scale: 3), "TIMESTAMP_LTZ(3)", "z", instants.map { ("\($0.sql)::TIMESTAMP_LTZ(3)", $0.text) }),
      column(.instant(scale: 3), "TIMESTAMP_TZ(3)", "z", instants),
    ])
  }

  /// Reals that a conversion of fewer digits, of another rounding or of another form gets wrong.
  package static func reals() throws -> SnowflakeTrial {
    let texts = [
      "0.1", "0.3333333333333333", "-2.5", "1e22", "1e23", "9007199254740993", "123456789.123456789",
      "1.0000000000000002", "4.35", "6.02214076e23", "1.7976931348623157e308", "2.2250738585072014e-308", "5e-324",
      "-1e-7", "0", "-0.0", "NaN", "inf", "-inf",
    ]
    let plan = plan(0, .float, "FLOAT")
    let row = try ComparedRow(columns: 1, key: [])
    var expected = RowDigest()
    for text in texts {
      row.append(real: Double(text)!)
      let mark = row.finish()
      expected.add(high: mark.high, low: mark.low)
    }
    let rows = texts.map { "SELECT '\($0)'::FLOAT AS \(plan.target)" }.joined(separator: " UNION ALL ")
    return SnowflakeTrial(sql: SnowflakeCanonical([plan])!.digest(of: "(\(rows)) AS s"), expected: expected)
  }

  private static let instants: [Sample] = [
    ("'2024-02-29 12:00:00.5 +05:30'::TIMESTAMP_TZ(3)", "2024-02-29 06:30:00.500"),
    ("'1969-12-31 23:59:59.999 +00:00'::TIMESTAMP_TZ(3)", "1969-12-31 23:59:59.999"),
    ("NULL::TIMESTAMP_TZ(3)", nil),
    ("'2024-12-31 20:00:00 -08:00'::TIMESTAMP_TZ(3)", "2025-01-01 04:00:00.000"),
  ]

  private struct SampleColumn {
    var type: LogicalType
    var declared: String
    var letter: Unicode.Scalar
    var samples: [Sample]
  }

  private static func column(
    _ type: LogicalType, _ declared: String, _ letter: Unicode.Scalar, _ samples: [Sample]
  ) -> SampleColumn {
    SampleColumn(type: type, declared: declared, letter: letter, samples: samples)
  }

  private static func cast(_ text: String?, _ type: String) -> Sample {
    (text.map { "'\($0)'::\(type)" } ?? "NULL::\(type)", text)
  }

  private static func plan(_ index: Int, _ type: LogicalType, _ declared: String) -> ColumnPlan {
    ColumnPlan(
      source: "P\(index)", target: "P\(index)", sourceType: "", type: type, targetType: declared, isNullable: true)
  }

  /// The samples of one place are one row.
  private static func make(_ columns: [SampleColumn]) throws -> SnowflakeTrial {
    let plans = columns.enumerated().map { plan($0.offset, $0.element.type, $0.element.declared) }
    let row = try ComparedRow(columns: plans.count, key: [])
    var expected = RowDigest()
    var rows: [String] = []
    for index in columns[0].samples.indices {
      for column in columns {
        guard var text = column.samples[index].text else {
          row.appendNull()
          continue
        }
        text.withUTF8 { row.append(column.letter, UnsafeRawBufferPointer($0)) }
      }
      let mark = row.finish()
      expected.add(high: mark.high, low: mark.low)
      let values = zip(columns, plans).map { "\($0.samples[index].sql) AS \($1.target)" }
      rows.append("SELECT \(values.joined(separator: ", "))")
    }
    return SnowflakeTrial(
      sql: SnowflakeCanonical(plans)!.digest(of: "(\(rows.joined(separator: " UNION ALL "))) AS s"), expected: expected)
  }
}
