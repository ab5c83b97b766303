import Plans
import Testing
import Workflows

struct LayoutRevisionTests {
  private let sizing = PartitionSizing(
    .maxRowsPerPartition(100), rows: 0, bytes: nil, extraction: .regular, synchronization: .checksum)

  private func merged(_ parts: [(PartRange, Int)], moves: Set<Int>) -> MeasuredLayout {
    LayoutRevision.merging(.counted(parts), sizing: sizing, firstID: 50) { moves.contains($0.part.id) }
  }

  @Test func `Parts above the limit are told, whole ones too, NULL parts never`() {
    let layout = MeasuredLayout.counted([(.between(nil, 1), 101), (.between(1, nil), 100), (.nullKey, 1_000)])
    #expect(LayoutRevision.oversized(layout, sizing: sizing).map(\.part.id) == [1])
    #expect(LayoutRevision.oversized(.counted([(.whole, 101)]), sizing: sizing).map(\.part.id) == [1])
  }

  @Test func `Small neighbours become one where one of them moves, and their digests add up`() throws {
    let parts: [(PartRange, Int)] = [
      (.between(nil, 1), 5), (.between(1, 2), 0), (.between(2, 3), 19), (.between(3, 4), 60), (.between(4, nil), 1),
      (.nullKey, 1),
    ]
    let result = merged(parts, moves: [2])
    #expect(result.parts.map(\.part.id) == [50, 4, 5, 6])
    let joined = try #require(result.parts.first)
    #expect(joined.part.range == .between(nil, 3))
    #expect(joined.rows == 24)
    #expect(joined.bytes == 2_400)
    #expect(joined.replaces == [1, 2, 3])
    #expect(joined.emptied == [2])
    #expect(joined.digest == RowDigest.sample(5, 1) + .sample(0, 2) + .sample(19, 3))
    #expect(result.totalRows == 86)
  }

  @Test func `Nothing is joined when nothing moves, or the sum is too large`() {
    let small: [(PartRange, Int)] = [(.between(nil, 1), 5), (.between(1, nil), 5)]
    #expect(merged(small, moves: []) == .counted(small))
    let large: [(PartRange, Int)] = [(.between(nil, 1), 13), (.between(1, nil), 12)]
    #expect(merged(large, moves: [1, 2]) == .counted(large))
  }

  @Test func `Pieces of a part that was just cut may join their neighbour`() {
    var layout = MeasuredLayout.counted([(.between(nil, 1), 90), (.between(1, 2), 3), (.between(2, nil), 4)])
    layout.parts[0].replaces = [20]
    layout.parts[1].replaces = [20]
    let result = LayoutRevision.merging(layout, sizing: sizing, firstID: 50) { $0.part.id != 3 }
    #expect(result.parts.map(\.part.id) == [1, 50])
    #expect(result.parts[1].replaces == [20, 3])
  }

  @Test func `Two pieces of one part name it once`() {
    var layout = MeasuredLayout.counted([(.between(nil, 1), 3), (.between(1, nil), 4)])
    layout.parts[0].replaces = [20]
    layout.parts[1].replaces = [20]
    let result = LayoutRevision.merging(layout, sizing: sizing, firstID: 50) { _ in true }
    #expect(result.parts.map(\.replaces) == [[20]])
  }

  @Test func `A digest that is missing is missing in the sum`() {
    var layout = MeasuredLayout.counted([(.between(nil, 1), 3), (.between(1, nil), 4)])
    layout.parts[1].digest = nil
    let result = LayoutRevision.merging(layout, sizing: sizing, firstID: 50) { _ in true }
    #expect(result.parts.count == 1)
    #expect(result.parts[0].digest == nil)
  }

  @Test func `Parts that nobody counted stay`() {
    var layout = MeasuredLayout.counted([(.between(nil, 1), 0), (.between(1, nil), 0)])
    layout.isUnknown = true
    #expect(LayoutRevision.merging(layout, sizing: sizing, firstID: 50) { _ in true } == layout)
  }

  @Test func `Empty neighbours become one however small the parts are`() {
    let tiny = PartitionSizing(
      .maxRowsPerPartition(1), rows: 0, bytes: nil, extraction: .regular, synchronization: .checksum)
    let layout = MeasuredLayout.counted([(.between(nil, 1), 0), (.between(1, 2), 0), (.between(2, nil), 1)])
    let result = LayoutRevision.merging(layout, sizing: tiny, firstID: 50) { _ in true }
    #expect(result.parts.map(\.part.range) == [.between(nil, 2), .between(2, nil)])
  }
}
