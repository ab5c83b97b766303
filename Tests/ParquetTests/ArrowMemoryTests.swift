import Parquet
import Testing

@Suite struct ArrowMemoryTests {
  @Test func memoryInUseIsSeen() throws {
    let scratch = try Scratch()
    let batch = try ParquetWriterTests.rows(0..<20_000)
    let writer = try ParquetWriter(path: scratch.file(), schema: batch.schema)
    try writer.write(batch)
    #expect(ArrowMemory.bytesAllocated > 0)
    #expect(ArrowMemory.peak > 0)
    _ = try writer.close()
    ArrowMemory.releaseUnused()
    #expect(["jemalloc", "mimalloc", "system"].contains(ArrowMemory.backend))
    #expect(ArrowMemory.libraryVersion.split(separator: ".").count == 3)
  }
}
