import Crypto
import Foundation
import Glibc
import Parquet
import Testing

@Suite struct ParquetWriterTests {
  let scratch: Scratch
  static let schema = Schema([
    ColumnSchema(name: "id", type: .int64, isNullable: false), ColumnSchema(name: "text", type: .utf8),
  ])

  init() throws { scratch = try Scratch() }

  static func rows(_ range: Range<Int>, text: (Int) -> String = { "row \($0)" }) throws -> RecordBatch {
    let batch = RecordBatch(schema: schema)
    for row in range {
      batch.columns[0].append(Int64(row))
      try batch.columns[1].append(text(row))
    }
    return batch
  }

  private func write(
    _ batches: [RecordBatch], to name: String = "rows.parquet", options: WriterOptions = WriterOptions()
  ) throws -> FileSummary {
    let writer = try ParquetWriter(path: scratch.file(name), schema: Self.schema, options: options)
    for batch in batches { try writer.write(batch) }
    return try writer.close()
  }

  @Test(arguments: [0, 1]) func noRows(emptyBatches: Int) throws {
    let summary = try write((0..<emptyBatches).map { _ in try Self.rows(0..<0) })
    #expect(summary.rows == 0 && summary.rowGroups == 0)
    let reader = try ParquetReader(path: summary.path)
    #expect(reader.rows == 0 && reader.rowGroups == 0)
    #expect(reader.schema == Self.schema)
    #expect(try reader.next() == nil)
  }

  @Test func oneRow() throws {
    let summary = try write([Self.rows(7..<8)])
    #expect(summary.rows == 1 && summary.rowGroups == 1)
    let batches = try ParquetReader(path: summary.path).all()
    #expect(batches.map { $0.columns[0].int64(0) } == [7])
    #expect(batches.map { $0.columns[1].texts } == [["row 7"]])
  }

  @Test func columnsOfOnlyEmptyTextAndOnlyNulls() throws {
    let batch = RecordBatch(
      schema: Schema([ColumnSchema(name: "empty", type: .utf8), ColumnSchema(name: "null", type: .binary)]))
    for _ in 0..<10 {
      try batch.columns[0].append("")
      batch.columns[1].appendNull()
    }
    let writer = try ParquetWriter(path: scratch.file(), schema: batch.schema)
    try writer.write(batch)
    _ = try writer.close()
    let read = try #require(try ParquetReader(path: scratch.file()).next())
    #expect(read.columns[0].texts == Array(repeating: "", count: 10))
    #expect(read.columns[1].nullCount == 10)
  }

  @Test func eachBatchIsARowGroup() throws {
    let summary = try write((0..<40).map { try Self.rows($0 * 500..<$0 * 500 + 500) } + [Self.rows(0..<0)])
    let reader = try ParquetReader(path: summary.path)
    #expect(summary.rowGroups == 40 && reader.rowGroups == 40)
    let ids = try reader.all().flatMap { batch in (0..<batch.rows).map { batch.columns[0].int64($0) } }
    #expect(ids == (0..<20_000).map { Int64($0) })
  }

  @Test func theSummaryDescribesTheBytesOnDisk() throws {
    let summary = try write((0..<20).map { try Self.rows($0 * 1000..<$0 * 1000 + 1000) })
    let data = try Data(contentsOf: URL(fileURLWithPath: summary.path))
    #expect(summary.rows == 20_000)
    #expect(summary.bytes == data.count)
    #expect(try SHA256.digest(ofFile: summary.path).hex == summary.sha256)
  }

  @Test func whatIsWrittenIsInTheFile() throws {
    let writer = try ParquetWriter(path: scratch.file(), schema: Self.schema)
    for start in 0..<20 {
      try writer.write(Self.rows(start * 2000..<start * 2000 + 2000) { "\($0) is unlike any other" })
      let size = try FileManager.default.attributesOfItem(atPath: writer.path)[.size] as? Int
      #expect(writer.bytesWritten == size)
    }
    let last = writer.bytesWritten
    let bytes = try writer.close().bytes
    #expect(last > bytes * 9 / 10 && last < bytes)
  }

  @Test func compressionMakesFilesSmallerAndReadable() throws {
    var bytes: [Int] = []
    for compression in [WriterOptions.Compression.none, .snappy, .zstd(level: 1)] {
      var options = WriterOptions()
      options.compression = compression
      options.dictionary = .never
      let summary = try write([Self.rows(0..<5000)], options: options)
      bytes.append(summary.bytes)
      let read = try ParquetReader(path: summary.path).all()
      #expect(read.flatMap { $0.columns[1].texts } == (0..<5000).map { "row \($0)" })
    }
    #expect(bytes == bytes.sorted(by: >) && Set(bytes).count == 3)
  }

  @Test func aDictionaryIsChosenForRepeatedValuesOnly() throws {
    func sha(_ dictionary: WriterOptions.Dictionary, _ text: (Int) -> String) throws -> String {
      var options = WriterOptions()
      options.dictionary = dictionary
      let batch = RecordBatch(schema: Schema([ColumnSchema(name: "text", type: .utf8)]))
      for row in 0..<20_000 { try batch.columns[0].append(text(row)) }
      let writer = try ParquetWriter(path: scratch.file(), schema: batch.schema, options: options)
      try writer.write(batch)
      return try writer.close().sha256
    }
    func repeated(_ row: Int) -> String { "value \(row &* 7919 % 300)" }
    func unique(_ row: Int) -> String { "value \(row)" }
    #expect(try sha(.sampled, repeated) == sha(.always, repeated))
    #expect(try sha(.sampled, repeated) != sha(.never, repeated))
    #expect(try sha(.sampled, unique) == sha(.never, unique))
    #expect(try sha(.sampled, unique) != sha(.always, unique))
  }

  @Test func theFooterHoldsTheGivenMetadataAndNoOther() throws {
    var options = WriterOptions()
    options.metadata = ["part": "4", "läuft": "ja", "empty": ""]
    let summary = try write([Self.rows(0..<3)], options: options)
    #expect(try ParquetReader(path: summary.path).metadata == options.metadata)
    #expect(try ParquetReader(path: write([]).path).metadata == [:])
  }

  @Test func onlyItsOwnerMayReadAFile() throws {
    let path = try write([Self.rows(0..<3)]).path
    #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o600)
  }

  @Test func anExistingFileIsReplaced() throws {
    let long = try write([Self.rows(0..<5000)])
    let short = try write([Self.rows(0..<5)])
    #expect(short.path == long.path && short.bytes < long.bytes)
    #expect(try ParquetReader(path: short.path).rows == 5)
  }

  @Test func aDroppedWriterLeavesNoWholeFileAndNoOpenFile() throws {
    do {
      let writer = try ParquetWriter(path: scratch.file(), schema: Self.schema)
      try writer.write(Self.rows(0..<100))
      #expect(openFiles(at: scratch.file()) == 1)
    }
    #expect(openFiles(at: scratch.file()) == 0)
    #expect(throws: ParquetError.self) { try ParquetReader(path: scratch.file()) }
  }

  private func openFiles(at path: String) -> Int {
    let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
    return entries.count { (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/" + $0)) == path }
  }
}
