import Foundation
import Glibc
import Parquet
import Testing

/// Every way in which writing is refused or fails.
@Suite struct WriterFailureTests {
  let scratch: Scratch
  let schema = ParquetWriterTests.schema

  init() throws { scratch = try Scratch() }

  @Test(arguments: [
    (Schema([]), "needs a column"),
    (Schema([ColumnSchema(name: "a", type: .int64), ColumnSchema(name: "a", type: .utf8)]), "two columns are named a"),
    (Schema([ColumnSchema(name: "a\0b", type: .int64)]), "zero byte"),
    (Schema([ColumnSchema(name: "a", type: .decimal128(precision: 39, scale: 0))]), "decimal(39,0)"),
    (Schema([ColumnSchema(name: "a", type: .decimal128(precision: 0, scale: 0))]), "decimal(0,0)"),
    (Schema([ColumnSchema(name: "a", type: .decimal128(precision: 5, scale: 6))]), "decimal(5,6)"),
    (Schema([ColumnSchema(name: "a", type: .decimal128(precision: 5, scale: -1))]), "decimal(5,-1)"),
  ])
  func aSchemaThatCannotBe(schema: Schema, says: String) throws {
    let error = #expect(throws: ParquetError.self) { try ParquetWriter(path: scratch.file(), schema: schema) }
    #expect(error?.code == .invalid && error?.description.contains(says) == true)
    #expect(!FileManager.default.fileExists(atPath: scratch.file()))
  }

  @Test func namesThatLookLikePathsStayColumns() throws {
    let names = ["a.b", "a", "b c", "\"quoted\"", "ü", "", "list.element"]
    let batch = RecordBatch(schema: Schema(names.map { ColumnSchema(name: $0, type: .int64) }))
    for column in batch.columns { for row in 0..<100 { column.append(Int64(row % 2)) } }
    let writer = try ParquetWriter(path: scratch.file(), schema: batch.schema)
    try writer.write(batch)
    _ = try writer.close()
    #expect(try ParquetReader(path: scratch.file()).schema == batch.schema)
  }

  @Test func aBatchThatDoesNotMatch() throws {
    let writer = try ParquetWriter(path: scratch.file(), schema: schema)
    func refusal(_ batch: RecordBatch) -> String {
      let error = #expect(throws: ParquetError.self) { try writer.write(batch) }
      #expect(error?.code == .invalid)
      return error?.message ?? ""
    }
    #expect(refusal(RecordBatch(schema: Schema([schema.columns[0]]))).contains("1 columns, the file 2"))
    let swapped = RecordBatch(schema: Schema(schema.columns.reversed()))
    #expect(refusal(swapped).contains("column id is int64 in the file, utf8 in the batch"))
    let ragged = RecordBatch(schema: schema)
    ragged.columns[0].append(Int64(1))
    #expect(refusal(ragged).contains("column text has 0 values, the batch 1 rows"))
    let null = RecordBatch(schema: schema)
    null.columns[0].appendNull()
    null.columns[1].appendNull()
    #expect(refusal(null).contains("column id takes no nulls and has 1"))
    // None of them did harm.
    try writer.write(ParquetWriterTests.rows(0..<2))
    #expect(try writer.close().rows == 2)
  }

  @Test func nothingAfterClose() throws {
    let writer = try ParquetWriter(path: scratch.file(), schema: schema)
    _ = try writer.close()
    #expect(throws: ParquetError.self) { try writer.write(ParquetWriterTests.rows(0..<1)) }
    let error = #expect(throws: ParquetError.self) { try writer.close() }
    #expect(error?.description == "cannot close \(scratch.file()): the file is closed")
  }

  @Test func directoryMissing() {
    let path = scratch.file("absent/rows.parquet")
    let error = #expect(throws: ParquetError.self) { try ParquetWriter(path: path, schema: schema) }
    #expect(error?.systemError == ENOENT)
    #expect(error?.description == "cannot create \(path): No such file or directory")
  }

  @Test func pathIsADirectory() {
    let error = #expect(throws: ParquetError.self) { try ParquetWriter(path: scratch.path, schema: schema) }
    #expect(error?.systemError == EISDIR)
  }

  @Test func directoryReadOnly() async {
    await #expect(processExitsWith: .success) {
      let scratch = try Scratch()
      try FileManager.default.setAttributes([.posixPermissions: 0o555], ofItemAtPath: scratch.path)
      // Root may write anywhere, so the child process stops being it for a while.
      let isRoot = geteuid() == 0
      if isRoot { try #require(seteuid(65_534) == 0) }
      let error = #expect(throws: ParquetError.self) {
        try ParquetWriter(path: scratch.file(), schema: ParquetWriterTests.schema)
      }
      if isRoot { try #require(seteuid(0) == 0) }
      #expect(error?.systemError == EACCES)
      #expect(error?.description.contains("choose a place that may be written") == true)
    }
  }

  @Test func diskFullWhenTheFileIsClosed() throws {
    let writer = try ParquetWriter(path: "/dev/full", schema: schema)
    let error = #expect(throws: ParquetError.self) { try writer.close() }
    #expect(error?.code == .system && error?.systemError == ENOSPC)
    #expect(error?.description.contains("No space left on device; free space there") == true)
  }

  @Test func diskFullInTheMiddle() async {
    await #expect(processExitsWith: .success) {
      // Past its limit a file takes no more bytes, as on a full disk; the limit is the child process's alone.
      signal(SIGXFSZ, SIG_IGN)
      var limit = rlimit(rlim_cur: 200_000, rlim_max: 200_000)
      setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
      let scratch = try Scratch()
      var options = WriterOptions()
      options.compression = .none
      let writer = try ParquetWriter(path: scratch.file(), schema: ParquetWriterTests.schema, options: options)
      var failure: ParquetError?
      for start in 0..<100 where failure == nil {
        do throws(ParquetError) {
          let batch = RecordBatch(schema: ParquetWriterTests.schema)
          for row in 0..<1000 {
            batch.columns[0].append(Int64(start * 1000 + row))
            try batch.columns[1].append("row \(row)")
          }
          try writer.write(batch)
        } catch {
          failure = error
        }
      }
      let error = try #require(failure)
      #expect(error.operation == .write && error.systemError == EFBIG)
      #expect(throws: ParquetError.self) { try writer.close() }
      let size = try FileManager.default.attributesOfItem(atPath: scratch.file())[.size] as? Int
      #expect(size == 200_000)
      #expect(throws: ParquetError.self) { try ParquetReader(path: scratch.file()) }
    }
  }

  @Test func aFailedWriterTakesNothingMore() throws {
    let writer = try ParquetWriter(path: "/dev/full", schema: schema)
    let batch = try ParquetWriterTests.rows(0..<10)
    let first = #expect(throws: ParquetError.self) { try writer.write(batch) }
    #expect(first?.systemError == ENOSPC)
    let second = #expect(throws: ParquetError.self) { try writer.write(batch) }
    #expect(second?.code == .invalid && second?.message == "an earlier call failed")
    #expect(throws: ParquetError.self) { try writer.close() }
    // The batch was given back and is as good as before.
    let again = try ParquetWriter(path: scratch.file(), schema: schema)
    try again.write(batch)
    #expect(try again.close().rows == 10)
  }
}
