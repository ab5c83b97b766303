import Catalogs
import Plans
import Workflows

/// A source table in memory, and the answers that planning asks a source for.
struct ModelSource {
  var rows: [ModelRow] = []

  func rows(in range: PartRange, _ window: Window?) -> [ModelRow] {
    rows.filter { $0.isIn(range) && $0.isIn(window) }
  }

  func watermark(after: KeyValue?, _ overlap: (KeyValue) -> Window?) -> WatermarkFacts {
    let values = rows.compactMap(\.watermark)
    let bound = values.max().map { KeyValue.integer($0) }
    func ties(_ value: KeyValue?) -> RowDigest? {
      value.flatMap(overlap).map { window in rows.filter { $0.isIn(window) }.digest }
    }
    let window = bound.map { Window(column: "changed", after: after, through: $0) }
    return WatermarkFacts(
      bound: bound, nullRows: rows.count - values.count, ties: ties(after), boundTies: ties(bound),
      newRows: window.map { window in rows.count { $0.isIn(window) } } ?? 0, guarantee: Guarantee(.bestEffort, "late"))
  }

  /// Cut points of values that come in order, at most `most` of them to a piece unless one value has more.
  static func cuts(_ sorted: [Int64], most: Int) -> [Int64] {
    var cuts: [Int64] = []
    var piece = 0
    var index = 0
    while index < sorted.count {
      var end = index
      while end < sorted.count, sorted[end] == sorted[index] { end += 1 }
      if piece > 0, piece + end - index > most {
        cuts.append(sorted[index])
        piece = 0
      }
      piece += end - index
      index = end
    }
    return cuts
  }

  /// What is measured for a plan: parts counted, cut and joined until they fit.
  func observe(
    _ facts: TableFacts, _ assessment: Assessment, _ planner: Planner, table: Table, sizing: PartitionSizing
  ) -> Observation {
    let isIncremental = assessment.basis == .incremental
    let isWatermark = facts.configuration.synchronization.strategy == .watermark
    let after = isIncremental ? facts.state?.reached?.bound : nil
    let watermark =
      isWatermark
      ? self.watermark(after: after) { planner.overlap(facts, column: "changed", endingAt: $0) } : nil
    if isWatermark, isIncremental { return windows(facts, table, watermark, sizing) }
    let window = watermark?.bound.map { Window(column: "changed", after: nil, through: $0, includesNull: true) }
    return Observation(
      source: table, layout: layout(facts, assessment, window, sizing), sizing: sizing, watermark: watermark)
  }

  private func windows(
    _ facts: TableFacts, _ table: Table, _ watermark: WatermarkFacts?, _ sizing: PartitionSizing
  ) -> Observation {
    var cuts: [KeyValue] = []
    if let after = facts.state?.reached?.bound, let newRows = watermark?.newRows, newRows > sizing.splitAbove {
      let values = rows.compactMap(\.watermark).filter { $0 > after.integer }.sorted()
      cuts = Self.cuts(values, most: sizing.rowsPerPart).map { .integer($0) }
    }
    return Observation(
      source: table, layout: MeasuredLayout(parts: [], totalRows: 0, isUnknown: true), sizing: sizing,
      watermark: watermark, windowCuts: cuts)
  }

  private func layout(
    _ facts: TableFacts, _ assessment: Assessment, _ window: Window?, _ sizing: PartitionSizing
  ) -> MeasuredLayout {
    let isIncremental = assessment.basis == .incremental
    var next = (facts.state?.lastPart ?? 0) + 1
    var layout = Layout.whole(id: next)
    if isIncremental { layout.parts = facts.state?.parts.map(\.part) ?? [] }
    next += 1
    var origins: [Int: Int] = [:]
    if let key = assessment.key {
      for part in LayoutRevision.oversized(measured(layout, window, [:], facts), sizing: sizing) {
        let bounds = Self.cuts(
          rows(in: part.part.range, window).compactMap(\.key).sorted(), most: sizing.rowsPerPart
        ).map { Bound([.integer($0)]) }
        guard !bounds.isEmpty else { continue }
        let before = Set(layout.parts.map(\.id))
        layout =
          part.part.range == .whole
          ? Layout(bounds: bounds, isNullable: key.isNullable, firstID: next)
          : layout.splitting(part.part.id, at: bounds, firstID: next)
        let pieces = layout.parts.map(\.id).filter { !before.contains($0) }
        if isIncremental { for piece in pieces { origins[piece] = part.part.id } }
        next += pieces.count
      }
    }
    let found = measured(layout, window, origins, facts)
    guard isIncremental, !facts.configuration.target.metadataColumns else { return found }
    let known = Dictionary(uniqueKeysWithValues: (facts.state?.parts ?? []).map { ($0.part.id, $0) })
    return LayoutRevision.merging(found, sizing: sizing, firstID: next) { part in
      known[part.part.id].map { $0.loadedBy == nil || $0.digest == nil || $0.digest != part.digest } ?? true
    }
  }

  private func measured(
    _ layout: Layout, _ window: Window?, _ origins: [Int: Int], _ facts: TableFacts
  ) -> MeasuredLayout {
    let hasDigest = facts.configuration.synchronization.strategy == .checksum
    let all = rows.filter { $0.isIn(window) }
    return MeasuredLayout(
      parts: layout.parts.map { part in
        let rows = all.filter { $0.isIn(part.range) }
        return MeasuredPart(
          part: part, rows: rows.count, bytes: rows.count * 50, digest: hasDigest ? rows.digest : nil,
          replaces: origins[part.id].map { [$0] } ?? [])
      }, totalRows: all.count)
  }
}
