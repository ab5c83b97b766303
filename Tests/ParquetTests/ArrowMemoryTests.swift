import Parquet
import Testing

@Suite struct ArrowMemoryTests {
  @Test func memoryInUseIsSeen() throws {
    let scratch = try Scratch()
    let batch = try ParquetWriterTests.rows(0..<20_000)
    let writer = try ParquetWriter(path: scratch.file(), schema: batch.schema)
    try writer.write(batch)
    _ = try writer.close()
    let reader = try ParquetReader(path: scratch.file())
    let read = try #require(try reader.next())
    #expect(ArrowMemory.bytesAllocated > 0)
    withExtendedLifetime(read) {}
    #expect(ArrowMemory.peak > 0)
    ArrowMemory.releaseUnused()
    #expect(["jemalloc", "mimalloc", "system"].contains(ArrowMemory.backend))
    #expect(ArrowMemory.libraryVersion.split(separator: ".").count == 3)
  }
}
