import Parquet
import Testing

@Suite struct ColumnBufferTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  static let everyType: [ColumnType] = [
    .bool, .int64, .float64, .decimal128(precision: 38, scale: 4), .utf8, .binary, .date32, .time64(.micros),
    .timestamp(.nanos, isAdjustedToUTC: true),
  ]

  /// Appends to a column of any type a value that depends on the row, or a null in every fifth row.
  static func fill(_ column: some ColumnAppending, _ type: ColumnType, rows: Range<Int>) throws {
    for row in rows {
      if row % 5 == 4 {
        column.appendNull()
        continue
      }
      switch type {
      case .bool: column.append(row % 3 == 0)
      case .int64, .time64, .timestamp: column.append(Int64(row))
      case .float64: column.append(Double(row) / 3)
      case .decimal128: column.append(decimal: Int128(row) << 70)
      case .date32: column.append(days: Int32(row))
      case .utf8, .binary: try column.append(String(repeating: "x", count: row % 4) + "\(row)")
      }
    }
  }

  /// What ``fill(_:_:rows:)`` appended, as text of each value.
  static func texts(_ column: ReadColumn) -> [String?] {
    column.values { column in
      { row in
        switch column.type {
        case .bool: "\(column.bool(row))"
        case .int64, .time64, .timestamp: "\(column.int64(row))"
        case .float64: "\(column.double(row))"
        case .decimal128: "\(column.decimal(row) >> 70)"
        case .date32: "\(column.days(row))"
        case .utf8, .binary: String(decoding: column.bytes(row), as: UTF8.self)
        }
      }
    }
  }

  @Test(arguments: everyType) func growingKeepsWhatIsThere(type: ColumnType) throws {
    let small = RecordBatch(schema: Schema([ColumnSchema(name: "value", type: type)]), capacity: 1)
    let large = RecordBatch(schema: small.schema, capacity: 5000)
    try Self.fill(small.columns[0], type, rows: 0..<5000)
    try Self.fill(large.columns[0], type, rows: 0..<5000)
    #expect(small.columns[0].count == 5000)
    #expect(small.columns[0].nullCount == 1000)
    #expect(small.byteCount == large.byteCount)
    let texts = Self.texts(try roundTrip(small, in: scratch).columns[0])
    #expect(texts == Self.texts(try roundTrip(large, in: scratch).columns[0]))
    #expect(texts.count { $0 == nil } == 1000)
  }

  @Test(arguments: everyType) func resetLeavesNothingBehind(type: ColumnType) throws {
    let used = RecordBatch(schema: Schema([ColumnSchema(name: "value", type: type)]))
    try Self.fill(used.columns[0], type, rows: 0..<3000)
    let held = used.allocatedByteCount
    used.reset()
    #expect(used.rows == 0 && used.columns[0].nullCount == 0)
    #expect(used.byteCount == 0)
    #expect(used.allocatedByteCount == held)
    // Shifted by one row, so that nulls and bits fall where there were none.
    try Self.fill(used.columns[0], type, rows: 1..<2001)
    let fresh = RecordBatch(schema: used.schema)
    try Self.fill(fresh.appenders[0], type, rows: 1..<2001)
    #expect(used.byteCount == fresh.byteCount)
    #expect(
      Self.texts(try roundTrip(used, in: scratch).columns[0])
        == Self.texts(try roundTrip(fresh, in: scratch).columns[0]))
  }

  @Test func resetGivesUpMoreBytesThanAskedToKeep() throws {
    let column = ColumnBuffer(.utf8)
    let empty = column.allocatedByteCount
    try column.append(String(repeating: "x", count: 1 << 20))
    #expect(column.allocatedByteCount > 1 << 20)
    column.reset(keepingAtMost: 1 << 16)
    #expect(column.allocatedByteCount == empty)
    try column.append("again")
    #expect(column.count == 1)
  }

  @Test func byteCountFollowsArrowsLayout() throws {
    let text = ColumnBuffer(.utf8)
    try text.append("abc")
    text.appendNull()
    #expect(text.byteCount == 3 + 2 * 4 + 1)
    let bits = ColumnBuffer(.bool)
    for _ in 0..<9 { bits.append(true) }
    #expect(bits.byteCount == 2 + 2)
    let decimal = ColumnBuffer(.decimal128(precision: 10, scale: 0))
    decimal.append(decimal: 1)
    #expect(decimal.byteCount == 16 + 1)
  }

  @Test func bytesWrittenInPlace() throws {
    let written = try batch(.utf8) { column in
      try column.append("before")
      try column.append(upTo: 100) { room in
        room.copyBytes(from: "in place".utf8)
        return 8
      }
      try column.append(upTo: 0) { _ in 0 }
      try column.append(upTo: 100_000) { _ in 0 }
      try column.append("after")
    }
    #expect(try roundTrip(written, in: scratch).columns[0].texts == ["before", "in place", "", "", "after"])
  }

  @Test func twoGibibytesAreRefusedAndNothingIsAppended() throws {
    let written = try batch(.binary) { column in
      try column.append("kept")
      for extra in [Int(Int32.max) - 3, .max] {
        let error = #expect(throws: ParquetError.self) { try column.append(upTo: extra) { _ in 0 } }
        #expect(error?.code == .tooLarge)
        #expect(error?.description.contains("end the batch earlier") == true)
      }
      #expect(column.count == 1)
      try column.append("also kept")
    }
    #expect(try roundTrip(written, in: scratch).columns[0].texts == ["kept", "also kept"])
  }

  @Test func anAppendOfAnotherLayoutTraps() async {
    await #expect(processExitsWith: .failure) { ColumnBuffer(.date32).append(Int64(1)) }
    await #expect(processExitsWith: .failure) { ColumnBuffer(.int64).append(1.5) }
    await #expect(processExitsWith: .failure) { ColumnBuffer(.int64).append(true) }
    await #expect(processExitsWith: .failure) { try ColumnBuffer(.int64).append("text") }
  }

  @Test func aBatchIsFilledOnOneThreadAndEncodedOnAnother() async throws {
    let written = RecordBatch(schema: Schema([ColumnSchema(name: "value", type: .int64)]))
    try await Task.detached { try Self.fill(written.columns[0], .int64, rows: 0..<100) }.value
    let path = scratch.file()
    let summary = try await Task.detached {
      let writer = try ParquetWriter(path: path, schema: written.schema)
      try writer.write(written)
      return try writer.close()
    }.value
    #expect(summary.rows == 100)
  }
}
