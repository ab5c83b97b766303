import Catalogs
import Extraction
import Plans
import Testing

/// What converts into what, through a whole extraction: docs/types.md is the list.
@Suite struct SQLiteColumnFillTests {
  /// Extracts one column of `values` in the given type and reads it back.
  private static func staged(_ type: LogicalType, _ values: String..., declared: String = "") throws -> [String] {
    let database = try SampleDatabase("CREATE TABLE t(a \(declared))")
    for value in values { try database.run("INSERT INTO t VALUES (\(value))") }
    let table = try database.table("t")
    let column = ColumnPlan(
      source: "a", target: "b", sourceType: declared, type: type, targetType: "", isNullable: true)
    let part = try database.session().extract(database.request(table, columns: [column]), progress: { _ in })
    #expect(part.sourceRows == values.count)
    return try database.read(part).map { $0[0] }
  }

  private static func refusal(_ type: LogicalType, _ value: String) throws -> ExtractionError {
    try extractionError { _ = try staged(type, value) }
  }

  @Test func integers() throws {
    #expect(
      try Self.staged(
        .integer, "9223372036854775807", "-9223372036854775808", "0", "NULL", "3.0", "-9223372036854775808.0", "'-17'",
        "'0'")
        == ["9223372036854775807", "-9223372036854775808", "0", "NULL", "3", "-9223372036854775808", "-17", "0"])
    for value in ["1.5", "9223372036854775808.0", "9e999", "'x'", "'+1'", "'01'", "''", "' 1'", "x'31'"] {
      #expect(try Self.refusal(.integer, value).code == .valueDoesNotFit, "\(value)")
    }
  }

  @Test func reals() throws {
    #expect(
      try Self.staged(.float, "0.1", "5e-324", "1.7976931348623157e308", "9e999", "-9e999", "9007199254740992", "NULL")
        == ["0.1", "5e-324", "1.7976931348623157e+308", "inf", "-inf", "9007199254740992.0", "NULL"])
    for value in ["9007199254740993", "'1.5'", "x''"] {
      #expect(try Self.refusal(.float, value).code == .valueDoesNotFit, "\(value)")
    }
  }

  @Test func negativeZero() throws {
    let database = try SampleDatabase("CREATE TABLE t(a)")
    try database.run("INSERT INTO t VALUES (?)", binding: -0.0)
    let table = try database.table("t")
    func read(_ type: LogicalType) throws -> [String] {
      let column = ColumnPlan(source: "a", target: "a", sourceType: "", type: type, targetType: "", isNullable: false)
      let part = try database.session().extract(database.request(table, columns: [column]), progress: { _ in })
      return try database.read(part).map { $0[0] }
    }
    #expect(try read(.float) == ["-0.0"])
    #expect(try read(.variant) == ["'-0.0'"])
    for type in [LogicalType.integer, .decimal(precision: 5, scale: 1)] {
      #expect(try extractionError { _ = try read(type) }.code == .valueDoesNotFit)
    }
  }

  @Test func booleans() throws {
    #expect(try Self.staged(.boolean, "0", "1", "NULL", "1") == ["false", "true", "NULL", "true"])
    for value in ["2", "-1", "1.0", "'true'"] {
      #expect(try Self.refusal(.boolean, value).code == .valueDoesNotFit, "\(value)")
    }
  }

  @Test func decimals() throws {
    let type = LogicalType.decimal(precision: 10, scale: 2)
    #expect(
      try Self.staged(type, "1", "0.1", "-99999999.99", "12.30", "'7.5'", "'-0.05'", "'12'", "NULL", "-3")
        == ["100e-2", "10e-2", "-9999999999e-2", "1230e-2", "750e-2", "-5e-2", "1200e-2", "NULL", "-300e-2"])
    for value in ["0.001", "100000000", "'1.234'", "'1e2'", "'.5'", "'5.'", "'-'", "''", "9e999", "x'31'", "0.1 + 0.2"]
    {
      #expect(try Self.refusal(type, value).code == .valueDoesNotFit, "\(value)")
    }
    let wide = LogicalType.decimal(precision: 38, scale: 20)
    #expect(
      try Self.staged(wide, "123456789012345678", "0.1", "1e-20", "'-999999999999999999.99999999999999999999'")
        == [
          "12345678901234567800000000000000000000e-20", "10000000000000000000e-20", "1e-20",
          "-99999999999999999999999999999999999999e-20",
        ])
    #expect(try Self.refusal(wide, "9223372036854775807").code == .valueDoesNotFit)
    #expect(
      try Self.staged(.decimal(precision: 38, scale: 0), "1e30", "9007199254740993") == [
        "1000000000000000000000000000000e-0", "9007199254740993e-0",
      ])
    #expect(try Self.refusal(.decimal(precision: 38, scale: 0), "1e38").code == .valueDoesNotFit)
    #expect(
      try Self.refusal(.decimal(precision: 5, scale: 0), "'9999999999999999999999999999999999999999999'").code
        == .valueDoesNotFit)
  }

  @Test func decimalsOfEverySizeAreRead() throws {
    let database = try SampleDatabase("CREATE TABLE t(a DECIMAL(15,3)); BEGIN")
    var expected: [String] = []
    for index in 0..<5000 {
      let unscaled = Int.random(in: -999_999_999_999_999...999_999_999_999_999) >> (index % 40)
      let digits = String(unscaled.magnitude)
      let padded = String(repeating: "0", count: max(0, 4 - digits.count)) + digits
      try database.run("INSERT INTO t VALUES (\(unscaled < 0 ? "-" : "")\(padded.dropLast(3)).\(padded.suffix(3)))")
      expected.append("\(unscaled)e-3")
    }
    try database.run("COMMIT")
    var table = try database.table("t")
    table.columns = try #require(
      try database.session().measure(
        MeasureRequest(table: table, key: nil, parts: [Part(id: 1, range: .whole)], profiles: true)
      ).columns)
    #expect(table.columns[0].type == .decimal(precision: 15, scale: 3))
    let part = try database.session().extract(database.request(table), progress: { _ in })
    #expect(try database.read(part).map { $0[0] } == expected)
  }

  @Test func texts() throws {
    #expect(
      try Self.staged(
        .text(length: nil), "''", "'Größe €'", "'👩‍👩‍👧'", "12", "-0.5", "9e999", "NULL", "char(127, 128, 1114111)")
        == ["''", "'Größe €'", "'👩‍👩‍👧'", "'12'", "'-0.5'", "'inf'", "NULL", "'\u{7f}\u{80}\u{10ffff}'"])
    #expect(try Self.staged(.text(length: 2), "'äö'", "12", "'😀😀'") == ["'äö'", "'12'", "'😀😀'"])
    for value in ["'abc'", "123", "1.5"] {
      #expect(try Self.refusal(.text(length: 2), value).code == .valueDoesNotFit, "\(value)")
    }
    for value in [
      "x'41'", "CAST(x'ff' AS TEXT)", "'12345678' || char(0)", "char(0) || '12345678'", "CAST(x'f4908080' AS TEXT)",
      "CAST(x'e282' AS TEXT)",
    ] {
      #expect(try Self.refusal(.text(length: nil), value).code == .valueDoesNotFit, "\(value)")
    }
  }

  @Test func binaries() throws {
    #expect(
      try Self.staged(.binary(length: nil), "x''", "x'00ff'", "NULL", "zeroblob(3)") == [
        "x", "x00ff", "NULL", "x000000",
      ])
    #expect(try Self.refusal(.binary(length: 1), "x'0000'").code == .valueDoesNotFit)
    #expect(try Self.refusal(.binary(length: nil), "'a'").code == .valueDoesNotFit)
  }

  @Test func dates() throws {
    #expect(
      try Self.staged(.date, "'1970-01-01'", "'1969-12-31'", "'2000-02-29'", "'0001-01-01'", "'9999-12-31'", "NULL")
        == ["day 0", "day -1", "day 11016", "day -719162", "day 2932896", "NULL"])
    for value in [
      "'1900-02-29'", "'2026-13-01'", "'2026-00-01'", "'2026-01-00'", "'2026-1-1'", "'2026-01-01 00:00:00'", "0",
      "'0000-01-01'", "'2026-0a-01'",
    ] {
      #expect(try Self.refusal(.date, value).code == .valueDoesNotFit, "\(value)")
    }
  }

  @Test func timestamps() throws {
    #expect(
      try Self.staged(
        .timestamp(scale: 6), "'1970-01-01 00:00:01'", "'1969-12-31 23:59:59.5'", "'2026-11-20T10:31:07.123456'",
        "'9999-12-31 23:59:59.999999'", "'0001-01-01 00:00:00'")
        == [
          "tick 1000000", "tick -500000", "tick 1795170667123456", "tick 253402300799999999", "tick -62135596800000000",
        ])
    #expect(
      try Self.staged(.timestamp(scale: 9), "'1970-01-01 00:00:00.000000001'", "'1677-09-21 00:12:43.145224192'")
        == ["tick 1", "tick -9223372036854775808"])
    for value in [
      "'2026-11-20 10:31:07.1234567'", "'2026-11-20'", "'2026-11-20 10:31'", "'2026-11-20 10:31:07Z'",
      "'2026-11-20 10:31:07.'", "1",
    ] {
      #expect(try Self.refusal(.timestamp(scale: 6), value).code == .valueDoesNotFit, "\(value)")
    }
    #expect(try Self.refusal(.timestamp(scale: 9), "'3000-01-01 00:00:00'").code == .valueDoesNotFit)
    #expect(try Self.refusal(.timestamp(scale: 0), "'2026-11-20 10:31:07.5'").code == .valueDoesNotFit)
  }

  @Test func timesAndInstants() throws {
    #expect(try Self.staged(.time(scale: 3), "'00:00:01.5'", "'23:59:59.999'") == ["tick 1500000", "tick 86399999000"])
    #expect(try Self.staged(.time(scale: 9), "'00:00:00.000000001'") == ["tick 1"])
    #expect(
      try Self.staged(
        .instant(scale: 0), "'1970-01-01T00:00:00Z'", "'1970-01-01 01:00:00+01:00'", "'1969-12-31 18:30:00-05:30'")
        == ["tick 0", "tick 0", "tick 0"])
    for value in ["'24:00:00'", "'1:00:00'", "'00:00:00.1234'"] {
      #expect(try Self.refusal(.time(scale: 3), value).code == .valueDoesNotFit, "\(value)")
    }
    for value in [
      "'1970-01-01 00:00:00'", "'1970-01-01 00:00:00 Z'", "'1970-01-01 00:00:00+1:00'", "'1970-01-01 00:00:00+99:00'",
    ] {
      #expect(try Self.refusal(.instant(scale: 3), value).code == .valueDoesNotFit, "\(value)")
    }
  }

  @Test func uuids() throws {
    let text = "'6F9619ff-8b86-d011-b42d-00c04fc964ff'"
    #expect(try Self.staged(.uuid, text) == [text])
    for value in ["'6F9619ff8b86d011b42d00c04fc964ff'", "'6F9619ff-8b86-d011-b42d-00c04fc964fg'", "1"] {
      #expect(try Self.refusal(.uuid, value).code == .valueDoesNotFit, "\(value)")
    }
  }

  @Test func variants() throws {
    #expect(
      try Self.staged(
        .variant, "1", "1.0", "-9223372036854775808", "1e20", "9e999", "-9e999", "NULL", "''", "x''", "x'00FF'",
        "'a\"b\\c/' || char(0, 1, 8, 9, 10, 12, 13, 31, 127) || 'ü😀'", "CAST(x'ff41' AS TEXT)", "'null'", "0.1")
        == [
          "'1'", "'1.0'", "'-9223372036854775808'", "'1e+20'", "'{\"$real\":\"Infinity\"}'",
          "'{\"$real\":\"-Infinity\"}'",
          "NULL", "'\"\"'", "'{\"$binary\":\"\"}'", "'{\"$binary\":\"00ff\"}'",
          "'\"a\\\"b\\\\c/\\u0000\\u0001\\b\\t\\n\\f\\r\\u001f\u{7f}ü😀\"'", "'{\"$text\":\"ff41\"}'", "'\"null\"'",
          "'0.1'",
        ])
  }
}
