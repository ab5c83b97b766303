import Catalogs
import Foundation
import Loading
import Plans
import Testing

@Suite struct SQLiteBinderTests {
  /// Loads values of one type into a column of the type that the dialect gives it, or another, and reads them back.
  private func roundTrip(_ type: LogicalType, _ values: [Staged], into declared: String? = nil) throws -> [Cell] {
    let world = try World(["id": .integer, "v": type])
    if let declared { world.columns[1].targetType = declared }
    try world.prepare()
    try world.load(1, values.enumerated().map { [.int(Int64($0.offset)), $0.element] })
    return try world.raw().column("SELECT v FROM t ORDER BY id")
  }

  @Test func booleans() throws {
    #expect(try roundTrip(.boolean, [.bool(true), .bool(false), .null]) == [.integer(1), .integer(0), .null])
  }

  @Test func integersAtTheirExtremes() throws {
    let values: [Int64] = [.min, -1, 0, 1, 1 << 53 + 1, .max]
    #expect(try roundTrip(.integer, values.map(Staged.int) + [.null]) == values.map(Cell.integer) + [.null])
  }

  @Test func floatsKeepEveryBit() throws {
    let values: [Double] = [
      0.1, 1e300, -1e-300, .leastNonzeroMagnitude, .infinity, -.infinity, 1 / 3, 3, 9_007_199_254_740_992,
    ]
    #expect(try roundTrip(.float, values.map(Staged.real)) == values.map(Cell.double))
  }

  /// SQLite's own REAL columns do not keep the sign of zero; docs/loading.md says so.
  @Test func zeroHasNoSign() throws {
    #expect(try roundTrip(.float, [.real(-0.0)]) == [.double(0)])
    #expect(try roundTrip(.variant, [.text("-0.0")]) == [.double(-0.0)])
  }

  @Test func notANumberIsTextAndNotNull() throws {
    #expect(try roundTrip(.float, [.real(.nan), .null]) == [.text("NaN"), .null])
  }

  @Test func smallDecimalsAreWhatSQLiteItselfMakesOfThem() throws {
    let type = LogicalType.decimal(precision: 15, scale: 2)
    let written: [(Int128, String)] = [
      (99, "0.99"), (100, "1.00"), (0, "0"), (-1, "-0.01"), (999_999_999_999_999, "9999999999999.99"),
      (-999_999_999_999_900, "-9999999999999"), (1_234_567_890_123_45, "1234567890123.45"),
    ]
    let cells = try roundTrip(type, written.map { .decimal($0.0) })
    let world = try World()
    let raw = try world.raw()
    try raw.run("CREATE TABLE s (v DECIMAL(15,2))")
    for (_, text) in written { try raw.run("INSERT INTO s VALUES (\(text))") }
    #expect(cells == (try raw.column("SELECT v FROM s ORDER BY rowid")))
    #expect(cells[0] == .double(0.99))
    #expect(cells[1] == .integer(1))
  }

  @Test func largeDecimalsAreExactText() throws {
    let largest = Int128("99999999999999999999999999999999999999")!
    let values: [Int128] = [largest, -largest, 1, 0, -10, 12_345_678_901_234_567_890]
    let cells = try roundTrip(.decimal(precision: 38, scale: 4), values.map(Staged.decimal))
    #expect(
      cells == [
        .text("9999999999999999999999999999999999.9999"), .text("-9999999999999999999999999999999999.9999"),
        .text("0.0001"), .text("0.0000"), .text("-0.0010"), .text("1234567890123456.7890"),
      ])
    #expect(
      try roundTrip(.decimal(precision: 38, scale: 38), [.decimal(-7)])[0]
        == .text("-0." + String(repeating: "0", count: 37) + "7"))
    #expect(
      try roundTrip(.decimal(precision: 20, scale: 0), [.decimal(largest / 1_000_000_000_000_000_000)])[0]
        == .text("99999999999999999999"))
  }

  @Test func texts() throws {
    let values = ["", "007", " 1e5 ", "Grüße 🌍", "a\u{0}b", "e\u{301}", "é", String(repeating: "x", count: 100_000)]
    #expect(try roundTrip(.text(length: 20), values.map(Staged.text) + [.null]) == values.map(Cell.text) + [.null])
  }

  @Test func bytes() throws {
    let values: [[UInt8]] = [[], [0], [0, 255, 39], Array(repeating: 7, count: 70_000)]
    #expect(try roundTrip(.binary(length: nil), values.map(Staged.bytes) + [.null]) == values.map(Cell.blob) + [.null])
    #expect(try roundTrip(.binary(length: nil), [.bytes([]), .bytes([])]) == [.blob([]), .blob([])])
  }

  @Test func datesFromTheFirstYearToTheLast() throws {
    let days: [Int32] = [-719_528, -1, 0, 11_016, 19_782, 2_932_896]
    #expect(
      try roundTrip(.date, days.map(Staged.days))
        == ["0000-01-01", "1969-12-31", "1970-01-01", "2000-02-29", "2024-02-29", "9999-12-31"].map(Cell.text))
    for day in [-719_529, 2_932_897] as [Int32] {
      #expect(loadingError { _ = try roundTrip(.date, [.days(day)]) }?.code == .valueRefused)
    }
  }

  @Test func timestampsOfEveryScale() throws {
    let world = try World(["id": .integer])
    let raw = try world.raw()
    for scale in 0...9 {
      let unit: Int64 = scale > 6 ? 1_000_000_000 : 1_000_000
      let step = (0..<((scale > 6 ? 9 : 6) - scale)).reduce(Int64(1)) { total, _ in total * 10 }
      let values: [Int64] = [0, step, -step, 1_709_208_000 * unit + 7 * step, -2_208_988_800 * unit]
      let cells = try roundTrip(.timestamp(scale: scale), values.map(Staged.int))
      let fractions = ["0", "1", "9", "7", "0"]
      for (value, (cell, digit)) in zip(values, zip(cells, fractions)) {
        let seconds = Int64((Double(value) / Double(unit)).rounded(.down))
        guard case .text(let start)? = try raw.column("SELECT datetime(\(seconds), 'unixepoch')").first else {
          throw CancellationError()
        }
        let fill = value == -step ? "9" : "0"
        let fraction = scale == 0 ? "" : "." + String(repeating: fill, count: scale - 1) + digit
        #expect(cell == .text(start + fraction), "scale \(scale), value \(value)")
      }
    }
  }

  @Test func instantsEndInZ() throws {
    #expect(
      try roundTrip(.instant(scale: 3), [.int(1_709_208_000_250_000), .int(-1000)])
        == [.text("2024-02-29 12:00:00.250Z"), .text("1969-12-31 23:59:59.999Z")])
  }

  @Test func aTimestampFinerThanItsTypeIsRefused() throws {
    let error = loadingError { _ = try roundTrip(.timestamp(scale: 3), [.int(0), .int(1)]) }
    #expect(error?.code == .valueRefused)
    #expect(error?.place == "main.t, part 1, column v")
    #expect(error?.message.hasPrefix("row 2 of part-1.parquet has a time finer than") == true)
  }

  @Test func timesOfDay() throws {
    #expect(
      try roundTrip(.time(scale: 6), [.int(0), .int(86_399_999_999), .int(86_400_000_000)])
        == ["00:00:00.000000", "23:59:59.999999", "24:00:00.000000"].map(Cell.text))
    #expect(try roundTrip(.time(scale: 9), [.int(1)]) == [.text("00:00:00.000000001")])
    #expect(try roundTrip(.time(scale: 0), [.int(45_296_000_000)]) == [.text("12:34:56")])
  }

  @Test func identifiers() throws {
    let values = ["00000000-0000-0000-0000-000000000000", "12e45678-9abc-4def-8123-456789abcdef"]
    #expect(try roundTrip(.uuid, values.map(Staged.text)) == values.map(Cell.text))
  }

  @Test func variantsKeepTheirClass() throws {
    let staged = [
      "1", "-9223372036854775808", "9223372036854775807", "1.0", "-0.0", "1e5", "0.1", "\"\"", "\"007\"",
      "\"a\\\"b\\\\c\\n\\u0000\\ud83c\\udf0d\"", "{\"$binary\":\"00ff\"}", "{\"$binary\":\"\"}", "{\"$text\":\"c328\"}",
      "{\"$real\":\"-Infinity\"}", "{\"$real\":\"Infinity\"}",
    ]
    let cells: [Cell] = [
      .integer(1), .integer(.min), .integer(.max), .double(1), .double(-0.0), .double(1e5), .double(0.1), .text(""),
      .text("007"), .text("a\"b\\c\n\u{0}🌍"), .blob([0, 255]), .blob([]), .brokenText([0xC3, 0x28]),
      .double(-.infinity), .double(.infinity),
    ]
    #expect(try roundTrip(.variant, staged.map(Staged.text) + [.null]) == cells + [.null])
  }

  @Test(arguments: [
    "", "\"", "{}", "[1]", "null", "true", "9223372036854775808", "\"\\x\"", "\"\\ud800\"", "{\"$binary\":\"0\"}",
    "{\"$real\":\"1\"}", "--1", "1 2",
  ])
  func whatIsNoVariantIsRefused(json: String) throws {
    #expect(loadingError { _ = try roundTrip(.variant, [.text(json)]) }?.code == .valueRefused)
  }

  /// Types of a user's own table that would change values: each value either arrives as it is, or is refused.
  @Test(arguments: [
    ("STRING", LogicalType.text(length: nil), Staged.text("007")), ("INTEGER", .text(length: nil), .text(" 1e5\n")),
    ("REAL", .text(length: nil), .text("-.5")), ("NUMBER(38,0)", .uuid, .text("12")),
    ("REAL", .integer, .int(1 << 53 + 1)), ("FLOAT", .integer, .int(.max)),
    ("NUMBER(38,2)", .decimal(precision: 38, scale: 2), .decimal(12_345_678_901_234_567)),
    ("FLOAT", .decimal(precision: 38, scale: 0), .decimal(1 << 53 + 1)),
    ("VARIANT", .variant, .text("\"007\"")), ("TEXT", .variant, .text("5")), ("TEXT", .variant, .text("5.5")),
    ("REAL", .variant, .text("9007199254740993")), ("INTEGER", .variant, .text("\"\\u0037\"")),
  ])
  func aValueThatTheColumnWouldChangeIsRefused(declared: String, type: LogicalType, value: Staged) throws {
    let error = loadingError { _ = try roundTrip(type, [.null, value], into: declared) }
    #expect(error?.code == .valueRefused)
    #expect(error?.place == "main.t, part 1, column v")
    #expect(error?.message.hasPrefix("row 2 of part-1.parquet has ") == true)
  }

  @Test func aValueThatTheColumnKeepsArrives() throws {
    #expect(
      try roundTrip(
        .text(length: nil), ["7a", "", ".", "1e", "0x10", "- 1", "1 2", "\u{0}1"].map(Staged.text), into: "STRING")
        == ["7a", "", ".", "1e", "0x10", "- 1", "1 2", "\u{0}1"].map(Cell.text))
    #expect(try roundTrip(.integer, [.int(1 << 53)], into: "REAL") == [.double(9_007_199_254_740_992)])
    #expect(try roundTrip(.integer, [.int(.max)], into: "TEXT") == [.text("9223372036854775807")])
    #expect(
      try roundTrip(
        .decimal(precision: 38, scale: 2), [.decimal(150), .decimal(123_456_789_012_300)], into: "NUMBER(38,2)")
        == [.double(1.5), .integer(1_234_567_890_123)])
    #expect(
      try roundTrip(.decimal(precision: 38, scale: 0), [.decimal(Int128(Int64.max))], into: "NUMBER(38,0)")
        == [.integer(.max)])
    #expect(try roundTrip(.decimal(precision: 10, scale: 2), [.decimal(150)], into: "TEXT") == [.text("1.50")])
    #expect(try roundTrip(.float, [.real(0.1), .real(1e21)], into: "VARCHAR(10)") == [.text("0.1"), .text("1e+21")])
    #expect(try roundTrip(.date, [.days(0)], into: "TIMESTAMP_NTZ(9)") == [.text("1970-01-01")])
    #expect(try roundTrip(.binary(length: 2), [.bytes([49])], into: "INTEGER") == [.blob([49])])
    #expect(try roundTrip(.variant, [.text("\"x\""), .text("5")], into: "VARIANT") == [.text("x"), .integer(5)])
  }

  @Test func aStagedColumnOfAnotherTypeIsDamage() throws {
    let world = try World()
    try world.prepare()
    let other = try World(["id": .integer, "name": .integer])
    let staged = try world.staged([[[.int(1), .int(2)]]], columns: other.columns)
    let error = loadingError { _ = try world.session().load(world.request(1, .whole, .replace, staged)) }
    #expect(error?.code == .fileDamaged)
    #expect(error?.message.contains("name as int64") == true)
  }
}
