import Foundation
import Glibc
import Parquet
import Testing

@Suite struct ParquetReaderTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  /// A file of 3,000 rows of every type in several row groups, and its bytes.
  private func everyType() throws -> (path: String, bytes: [UInt8]) {
    let types = ColumnBufferTests.everyType
    let schema = Schema(types.enumerated().map { ColumnSchema(name: "c\($0)", type: $1) })
    let writer = try ParquetWriter(path: scratch.file("whole.parquet"), schema: schema)
    for start in stride(from: 0, to: 3000, by: 500) {
      let batch = RecordBatch(schema: schema)
      for (column, type) in zip(batch.appenders, types) {
        try ColumnBufferTests.fill(column, type, rows: start..<start + 500)
      }
      try writer.write(batch)
    }
    let path = try writer.close().path
    return (path, try Array(Data(contentsOf: URL(fileURLWithPath: path))))
  }

  private func refusal(_ path: String, columns: [String]? = nil) -> ParquetError? {
    #expect(throws: ParquetError.self) { try ParquetReader(path: path, columns: columns) }
  }

  @Test(arguments: [1, 7, 64, 500, 1000, 100_000]) func batchesHoldNoMoreRowsThanAskedFor(batchRows: Int) throws {
    let path = try everyType().path
    let reader = try ParquetReader(path: path, columns: ["c1", "c4"], batchRows: batchRows)
    #expect(reader.rowGroups > 1)
    let batches = try reader.all()
    #expect(batches.allSatisfy { $0.rows > 0 && $0.rows <= batchRows })
    let ids = batches.flatMap { ColumnBufferTests.texts($0.columns[0]) }
    #expect(ids == (0..<3000).map { $0 % 5 == 4 ? nil : "\($0)" })
    #expect(batches.map { $0.columns[0].nullCount }.reduce(0, +) == 600)
    #expect(try reader.next() == nil)
  }

  @Test func longRowsMakeShortBatches() throws {
    let written = RecordBatch(schema: Schema([ColumnSchema(name: "text", type: .utf8)]))
    for row in 0..<2000 { try written.columns[0].append(String(repeating: "\(row) ", count: 1000)) }
    let writer = try ParquetWriter(path: scratch.file(), schema: written.schema)
    try writer.write(written)
    _ = try writer.close()
    let batches = try ParquetReader(path: scratch.file(), batchBytes: 1 << 20).all()
    #expect(batches.map(\.rows).reduce(0, +) == 2000)
    #expect(
      batches.allSatisfy { batch in (0..<batch.rows).reduce(0) { $0 + batch.columns[0].bytes($1).count } < 2 << 20 })
    #expect(try ParquetReader(path: scratch.file(), batchBytes: 1).all().count == 2000)
  }

  @Test func projectionInTheOrderAskedFor() throws {
    let path = try everyType().path
    let all = try ParquetReader(path: path).all()
    let reader = try ParquetReader(path: path, columns: ["c6", "c0", "c4"])
    #expect(reader.schema.columns.map(\.name) == ["c6", "c0", "c4"])
    #expect(reader.schema.columns.map(\.type) == [.date32, .bool, .utf8])
    let some = try reader.all()
    for (index, original) in [6, 0, 4].enumerated() {
      #expect(
        some.flatMap { ColumnBufferTests.texts($0.columns[index]) }
          == all.flatMap { ColumnBufferTests.texts($0.columns[original]) })
    }
  }

  @Test func columnsThatAreNotThereOrNamedTwiceOrNone() throws {
    let path = try everyType().path
    #expect(refusal(path, columns: ["c1", "C1"])?.message == "the file has no column C1")
    #expect(refusal(path, columns: ["c1", "c1"])?.code == .invalid)
    #expect(refusal(path, columns: [])?.code == .invalid)
  }

  @Test func aBatchOutlivesItsReader() throws {
    var batch: ReadBatch?
    do {
      batch = try ParquetReader(path: everyType().path, batchRows: 500).next()
      try FileManager.default.removeItem(atPath: scratch.file("whole.parquet"))
    }
    let column = try #require(batch).columns[4]
    #expect(column.texts[3] == "xxx3" && column.texts[4] == nil)
  }

  @Test func fileMissing() {
    let error = refusal(scratch.file("absent.parquet"))
    #expect(error?.code == .system && error?.systemError == ENOENT)
    #expect(error?.description == "cannot open \(scratch.file("absent.parquet")): No such file or directory")
  }

  @Test func pathIsADirectory() {
    #expect(refusal(scratch.path) != nil)
  }

  @Test(arguments: ["", "PAR1", "PAR1PAR1", "not a Parquet file at all", String(repeating: "x", count: 100_000)])
  func fileOfSomethingElse(content: String) throws {
    try Data(content.utf8).write(to: URL(fileURLWithPath: scratch.file()))
    let error = refusal(scratch.file())
    #expect(error?.code == .corrupt)
    #expect(error?.description.hasSuffix("; write the file again") == true)
  }

  @Test func truncatedAnywhere() throws {
    let whole = try everyType().bytes
    #expect(whole.count > 10_000)
    for length in stride(from: 0, to: whole.count, by: 100) {
      try Data(whole[..<length]).write(to: URL(fileURLWithPath: scratch.file()))
      #expect(refusal(scratch.file())?.code == .corrupt, "\(length) of \(whole.count) bytes")
    }
  }

  /// Damage that keeps the length may go unnoticed in values, as Parquet has no checksum of its own here, but must
  /// never be worse than an error.
  @Test func bytesChangedAnywhere() throws {
    let whole = try everyType().bytes
    var errors = 0
    for position in stride(from: 0, to: whole.count, by: max(1, whole.count / 400)) {
      var damaged = whole
      damaged[position] ^= 0xFF
      try Data(damaged).write(to: URL(fileURLWithPath: scratch.file()))
      do {
        _ = try ParquetReader(path: scratch.file()).all()
      } catch is ParquetError {
        errors += 1
      }
    }
    #expect(errors > 100)
  }

  @Test func typesThatAreNotHandled() throws {
    // Written by pyarrow 26.0.1 without its schema: {small: int32 [1], wide: int64 [2]} and {list: list<int64> [[1, 2]]}.
    let numbers =
      "UEFSMRUAFRQVFCwVAhUAFQYVBhwAAAACAAAAAgEBAAAAFQAVHBUcLBUCFQAVBhUGHAAAAAIAAAACAQIAAAAAAAAAFQQZPDUAGAZzY2hlbWEVBAAV"
      + "AiUCGAVzbWFsbAAVBCUCGAR3aWRlABYCGRwZLCYAHBUCGSUGABkYBXNtYWxsFQAWAhY6FjomCEkcFQAVABUCADwpBhkmAAIAAAAmABwVBBkl"
      + "BgAZGAR3aWRlFQAWAhZCFkImQkkcFQAVABUCADwpBhkmAAIAAAAWfBYCJggWfAAoIHBhcnF1ZXQtY3BwLWFycm93IHZlcnNpb24gMjYuMC4x"
      + "GSwcAAAcAAAAvQAAAFBBUjE="
    let list =
      "UEFSMRUAFTgVOCwVBBUAFQYVBhwAAAACAAAAAwICAAAABAMBAAAAAAAAAAIAAAAAAAAAFQQZTDUAGAZzY2hlbWEVAgA1AhgEbGlzdBUCFQZMPAAA"
      + "ADUEGARsaXN0FQIAFQQlAhgHZWxlbWVudAAWAhkcGRwmABwVBBklBgAZOARsaXN0BGxpc3QHZWxlbWVudBUAFgQWXhZeJghJHBUAFQAVAgA8"
      + "KSYCAhlGAAAABAAAABZeFgImCBZeACggcGFycXVldC1jcHAtYXJyb3cgdmVyc2lvbiAyNi4wLjEZHBwAAACwAAAAUEFSMQ=="
    try #require(Data(base64Encoded: numbers)).write(to: URL(fileURLWithPath: scratch.file()))
    #expect(refusal(scratch.file())?.code == .unsupported)
    #expect(refusal(scratch.file())?.message.contains("column small is of a type that is not handled") == true)
    let rest = try ParquetReader(path: scratch.file(), columns: ["wide"]).all()
    #expect(rest.map { $0.columns[0].int64(0) } == [2])
    try #require(Data(base64Encoded: list)).write(to: URL(fileURLWithPath: scratch.file()))
    #expect(refusal(scratch.file())?.message == "column list is nested")
  }

  @Test func readingTheWrongLayoutTraps() async {
    await #expect(processExitsWith: .failure) {
      let scratch = try Scratch()
      let read = try roundTrip(batch(.int64) { $0.append(Int64(1)) }, in: scratch)
      _ = read.columns[0].bytes(0)
    }
    await #expect(processExitsWith: .failure) {
      let scratch = try Scratch()
      let read = try roundTrip(batch(.int64) { $0.append(Int64(1)) }, in: scratch)
      _ = read.columns[0].int64(1)
    }
  }
}
