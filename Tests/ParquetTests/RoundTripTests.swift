import Parquet
import Testing

/// Every type at its extremes, written and read back.
@Suite struct RoundTripTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  @Test func booleansAcrossByteBorders() throws {
    let expected: [Bool?] = (0..<1001).map { $0 % 7 == 3 ? nil : $0 % 3 == 0 }
    let written = batch(.bool) { column in
      for value in expected {
        if let value { column.append(value) } else { column.appendNull() }
      }
    }
    let read = try roundTrip(written, in: scratch)
    #expect(read.columns[0].values { $0.bool } == expected)
    #expect(read.columns[0].nullCount == expected.count { $0 == nil })
  }

  @Test(arguments: [
    ColumnType.int64, .timestamp(.micros, isAdjustedToUTC: false), .timestamp(.micros, isAdjustedToUTC: true),
    .timestamp(.nanos, isAdjustedToUTC: false),
    .timestamp(.nanos, isAdjustedToUTC: true),
  ])
  func wholeNumbersAndTimestamps(type: ColumnType) throws {
    let expected: [Int64?] = [.min, -1, nil, 0, 1, nil, .max]
    let read = try roundTrip(filled(type, expected) { $0.append($1) }, in: scratch)
    #expect(read.columns[0].values { $0.int64 } == expected)
  }

  @Test func timestampsInMicrosFromYear1To9999() throws {
    let expected: [Int64?] = [-62_135_596_800_000_000, nil, 253_402_300_799_999_999]
    let read = try roundTrip(
      filled(.timestamp(.micros, isAdjustedToUTC: false), expected) { $0.append($1) }, in: scratch)
    #expect(read.columns[0].values { $0.int64 } == expected)
  }

  @Test(arguments: [(TimeUnit.micros, Int64(86_399_999_999)), (.nanos, 86_399_999_999_999)])
  func timesOfDay(unit: TimeUnit, last: Int64) throws {
    let expected: [Int64?] = [0, 1, nil, last]
    let read = try roundTrip(filled(.time64(unit), expected) { $0.append($1) }, in: scratch)
    #expect(read.columns[0].values { $0.int64 } == expected)
  }

  @Test func doublesKeepTheirBits() throws {
    let expected: [Double?] = [
      -.infinity, -.greatestFiniteMagnitude, -0.0, 0, .leastNonzeroMagnitude, nil, .pi, .infinity, .nan,
    ]
    let read = try roundTrip(filled(.float64, expected) { $0.append($1) }, in: scratch)
    #expect(read.columns[0].values { $0.double }.map { $0?.bitPattern } == expected.map { $0?.bitPattern })
  }

  @Test(arguments: [(1, 0), (9, 2), (10, 10), (18, 9), (19, 4), (38, 0), (38, 38)])
  func decimals(precision: Int, scale: Int) throws {
    let largest = (0..<precision).reduce(Int128(1)) { power, _ in power * 10 } - 1
    let expected: [Int128?] = [-largest, -1, 0, nil, 1, largest]
    let type = ColumnType.decimal128(precision: precision, scale: scale)
    let read = try roundTrip(filled(type, expected) { $0.append(decimal: $1) }, in: scratch)
    #expect(read.columns[0].values { $0.decimal } == expected)
  }

  @Test func datesFromYear1To9999() throws {
    let expected: [Int32?] = [-719_162, -1, 0, nil, 1, 2_932_896, .min, .max]
    let read = try roundTrip(filled(.date32, expected) { $0.append(days: $1) }, in: scratch)
    #expect(read.columns[0].values { $0.days } == expected)
  }

  @Test func textsKeepEmptyApartFromNull() throws {
    let expected = ["", nil, "a", "\0", "Zürich", "\u{1F9EA}", String(repeating: "long ", count: 100_000), nil, ""]
    let read = try roundTrip(try filled(.utf8, expected) { try $0.append($1) }, in: scratch)
    #expect(read.columns[0].texts == expected)
  }

  @Test func binaryKeepsEveryByte() throws {
    let expected: [[UInt8]?] = [Array(0...255), [], nil, [0], [255, 254]]
    let written = try filled(.binary, expected) { column, bytes in
      try bytes.withUnsafeBytes { try column.append(bytes: $0) }
    }
    let read = try roundTrip(written, in: scratch)
    #expect(read.columns[0].values { column in { Array(column.bytes($0)) } } == expected)
  }

  private func filled<Value>(
    _ type: ColumnType, _ values: [Value?], _ append: (ColumnBuffer, Value) throws -> Void
  ) rethrows -> RecordBatch {
    try batch(type) { column in
      for value in values {
        if let value { try append(column, value) } else { column.appendNull() }
      }
    }
  }
}
