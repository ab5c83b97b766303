import Plans
import Testing
import Workflows

struct LayoutTests {
  private func bounds(_ values: [Int64]) -> [Bound] { values.map { Bound([.integer($0)]) } }

  @Test func `Bounds make half-open ranges, open at both ends, the NULL part last`() {
    let layout = Layout(bounds: bounds([10, 20]), isNullable: true, firstID: 5)
    #expect(layout.parts.map(\.range) == [.between(nil, 10), .between(10, 20), .between(20, nil), .nullKey])
    #expect(layout.parts.map(\.id) == [5, 6, 7, 8])
    #expect(Layout(bounds: [], isNullable: false, firstID: 1).parts.map(\.range) == [.between(nil, nil)])
    #expect(Layout.whole(id: 3).parts == [Part(id: 3, range: .whole)])
  }

  @Test func `A part is cut where it stands`() {
    let layout = Layout(bounds: bounds([10]), isNullable: true, firstID: 1).splitting(
      2, at: bounds([15, 17]), firstID: 4)
    #expect(
      layout.parts.map(\.range) == [.between(nil, 10), .between(10, 15), .between(15, 17), .between(17, nil), .nullKey])
    #expect(layout.parts.map(\.id) == [1, 4, 5, 6, 3])
    #expect(layout.splitting(3, at: bounds([1]), firstID: 9) == layout, "the NULL part cannot be cut")
    #expect(layout.splitting(99, at: bounds([1]), firstID: 9) == layout)
  }

  @Test(
    arguments: [
      ([PartRange.whole], true, nil), ([.whole], false, nil),
      ([.between(nil, nil)], false, nil), ([.between(nil, nil), .nullKey], true, nil),
      ([.between(nil, nil)], true, "there are 0 parts for NULL keys"),
      ([.between(nil, nil), .nullKey], false, "there are 1 parts for NULL keys"),
      ([.between(nil, nil), .nullKey, .nullKey], true, "there are 2 parts for NULL keys"),
      ([], false, "the last part has an end"),
      ([.nullKey], true, "the last part has an end"),
      ([.between(nil, 1)], false, "the last part has an end"),
      ([.between(1, nil)], false, "part 1 does not begin where the part before it ends"),
      ([.between(nil, 1), .between(2, nil)], false, "part 2 does not begin where the part before it ends"),
      ([.between(nil, nil), .between(1, nil)], false, "part 2 follows a part without an end"),
      ([.between(nil, 1), .whole], false, "part 2 covers the table and is not alone"),
      ([.nullKey, .between(nil, nil)], true, "part 2 follows the part for NULL keys"),
    ] as [([PartRange], Bool, String?)])
  func `What does not cover the table once is told`(ranges: [PartRange], isNullable: Bool, gap: String?) {
    let layout = Layout(parts: ranges.enumerated().map { Part(id: $0.offset + 1, range: $0.element) })
    #expect(layout.gap(isNullable: isNullable) == gap)
  }

  @Test func `Two parts with one number are told`() {
    let layout = Layout(parts: [Part(id: 1, range: .between(nil, 1)), Part(id: 1, range: .between(1, nil))])
    #expect(layout.gap(isNullable: false) == "two parts have one number")
  }

  /// Random bounds, splits and merges, from one part on.
  @Test(arguments: 1...200 as ClosedRange<UInt64>)
  func `Whatever is cut and joined, every key is in one part`(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let isNullable = random.once(in: 2)
    let values = Set(
      (0..<Int.random(in: 0...12, using: &random)).map { _ in Int64.random(in: 0...100, using: &random) })
    var layout = Layout(bounds: bounds(values.sorted()), isNullable: isNullable, firstID: 1)
    var next = layout.parts.count + 1
    for _ in 0..<12 {
      guard let part = layout.parts.randomElement(using: &random) else { break }
      if random.once(in: 2), case .keys(let from, let to) = part.range {
        let low = from?.integer ?? -1
        let high = to?.integer ?? 101
        let cuts = (low..<high).dropFirst().filter { _ in random.once(in: 20) }
        layout = layout.splitting(part.id, at: bounds(cuts), firstID: next)
      } else {
        let measured = MeasuredLayout(
          parts: layout.parts.map {
            MeasuredPart(part: $0, rows: Int.random(in: 0...40, using: &random), bytes: 0, digest: nil)
          }, totalRows: 0)
        let sizing = PartitionSizing(
          .maxRowsPerPartition(100), rows: 0, bytes: nil, extraction: .regular, synchronization: .none)
        let merged = LayoutRevision.merging(measured, sizing: sizing, firstID: next) { $0.part.id % 2 == 0 }
        layout = Layout(parts: merged.parts.map(\.part))
      }
      next = max(next, (layout.parts.map(\.id).max() ?? 0) + 1)
      #expect(layout.gap(isNullable: isNullable) == nil, "seed \(seed)")
      for key in (-1...101).map({ Optional(Int64($0)) }) + [nil] {
        let row = ModelRow(serial: 1, version: 1, key: key, watermark: nil)
        let count = layout.parts.count { row.isIn($0.range) }
        #expect(count == (key == nil && !isNullable ? 0 : 1), "seed \(seed), key \(key.map { "\($0)" } ?? "NULL")")
      }
    }
  }
}
