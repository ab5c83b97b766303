import Plans
import Testing
import Workflows

struct PartitionSizingTests {
  private func sizing(
    _ size: PartitionSize, rows: Int, bytes: Int?, unload: Bool = false, _ strategy: Synchronization.Strategy = .none
  ) -> PartitionSizing {
    PartitionSizing(
      size, rows: rows, bytes: bytes, extraction: unload ? .unload : .regular, synchronization: strategy)
  }

  @Test func `auto aims at 64 MB or half a million rows`() {
    #expect(sizing(.auto, rows: 1_000_000, bytes: 1_000_000_000).rowsPerPart == 67_108)
    #expect(sizing(.auto, rows: 1_000_000, bytes: 10_000_000).rowsPerPart == 500_000)
    #expect(sizing(.auto, rows: 1_000_000, bytes: nil).rowsPerPart == 500_000)
    #expect(sizing(.auto, rows: 1_000_000, bytes: nil).limit == nil)
  }

  @Test func `auto makes parts small under checksum and large for UNLOAD`() {
    #expect(sizing(.auto, rows: 1_000_000, bytes: 10_000_000, .checksum).rowsPerPart == 100_000)
    #expect(sizing(.auto, rows: 1_000_000, bytes: 1_000_000_000, .checksum).rowsPerPart == 16_777)
    #expect(sizing(.auto, rows: 1_000_000, bytes: 1_000_000_000, unload: true).rowsPerPart == 1_073_741)
  }

  @Test(arguments: [(99 << 30, 1_000), (100 << 30, 10_000)])
  func `auto never makes more parts than a plan can bear`(bytes: Int, most: Int) {
    for rows in [most, most + 1, 1_000_000_000, 10_000_000_001] {
      let rowsPerPart = sizing(.auto, rows: rows, bytes: bytes).rowsPerPart
      #expect((rows + rowsPerPart - 1) / rowsPerPart <= most)
    }
  }

  @Test func `targetSizeMb divides by the size of a row`() {
    let sizing = sizing(.targetSizeMb(2), rows: 100, bytes: 100 * 1024)
    #expect(sizing.rowsPerPart == 2048)
    #expect(sizing.splitAbove == 4096)
    #expect(sizing.mergeBelow == 512)
  }

  @Test func `maxRowsPerPartition is a limit`() {
    let sizing = sizing(.maxRowsPerPartition(500), rows: 1_000, bytes: nil)
    #expect(sizing.rowsPerPart == 500)
    #expect(sizing.limit == 500)
    #expect(sizing.splitAbove == 500)
    #expect(sizing.mergeBelow == 125)
  }

  @Test(arguments: [
    PartitionSize.auto, .targetSizeMb(1), .targetSizeMb(.max), .maxRowsPerPartition(.max), .maxRowsPerPartition(0),
  ])
  func `Extremes neither trap nor give parts of nothing`(size: PartitionSize) {
    let cases = [0, 1, 2, Int.max].flatMap { rows in ([nil, 0, 1, Int.max] as [Int?]).map { (rows, $0) } }
    for (rows, bytes) in cases {
      let sizing = sizing(size, rows: rows, bytes: bytes, unload: rows.isMultiple(of: 2), .checksum)
      #expect(sizing.rowsPerPart >= 1)
      #expect(sizing.splitAbove >= sizing.rowsPerPart)
      #expect(sizing.mergeBelow >= 1)
      #expect(sizing.mergeBelow <= sizing.splitAbove)
    }
  }

  @Test func `A table without rows by its statistics is not cut row by row`() {
    #expect(sizing(.auto, rows: 0, bytes: 1 << 40).rowsPerPart > 100_000)
    #expect(sizing(.targetSizeMb(64), rows: 0, bytes: 1 << 40).rowsPerPart > 100_000)
  }
}
