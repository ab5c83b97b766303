import Catalogs
import Plans

/// The state of one table, changed by a run as the store changes it.
struct ModelState {
  private(set) var table: TableState?
  /// What a part's digest becomes once it is loaded, by part.
  private var nextDigests: [Int: RowDigest] = [:]
  private var nextWatermark: WatermarkState?
  /// Parts whose rows come on top of those of other parts.
  private var appended: Set<Int> = []

  /// The layout that a plan leads to; parts that move are not loaded from now on.
  mutating func submit(_ change: TableChange, run: Int, source: Table) {
    var parts = table?.parts ?? []
    let added = change.parts.filter { $0.method != .remove }
    let moving = Set(added.map(\.part.id))
    let replaced = Set(change.parts.flatMap(\.replaces))
    let kept = Set(change.kept.map(\.id))
    switch change.action {
    case .create, .reload, .forget: parts = []
    case .append, .remove, .refresh, .none:
      parts.removeAll { part in
        let id = part.part.id
        if replaced.contains(id) { return true }
        if appended.contains(id) { return moving.contains(id) && part.loadedBy == nil }
        return moving.contains(id) || change.action == .refresh && !kept.contains(id)
      }
    }
    parts += added.map {
      PartState(part: $0.part, window: $0.window, digest: nil, rows: 0, loadedBy: nil, run: run)
    }
    for part in added {
      nextDigests[part.part.id] = part.digest
      if part.window != nil, part.method != .replace { appended.insert(part.part.id) }
    }
    let isFresh = change.action == .create || change.action == .reload
    nextWatermark = change.watermark
    table = TableState(
      key: TableKey(sourceServer: "a", source: change.source, targetServer: "b", target: change.target), workflow: "wf",
      sourceFingerprint: change.sourceFingerprint, sourceTable: source,
      configurationFingerprint: change.configurationFingerprint, partitionKey: change.key,
      addressing: change.addressing,
      parts: Self.ordered(parts), watermark: isFresh ? nil : table?.watermark,
      lastPart: max(table?.lastPart ?? 0, change.parts.map(\.part.id).max() ?? 0), run: run)
  }

  /// A part is in the target.
  ///
  /// - Parameter digest: Of the rows as they were extracted, where the extraction took one; else the plan's digest stands
  ///   for them, if at least the rows' number is the same: rows that came in between may be gone again next time, and the
  ///   plan's digest would then vouch for rows that the target has and the source has not.
  mutating func loaded(_ part: Int, rows: Int, digest: RowDigest?) {
    if let digest, nextDigests[part] != nil {
      nextDigests[part] = digest
    } else if nextDigests[part]?.rows != rows {
      nextDigests[part] = nil
    }
    guard var table, let index = table.parts.firstIndex(where: { $0.part.id == part && $0.loadedBy == nil }) else {
      return
    }
    table.parts[index].rows = rows
    if table.addressing != .rebuild {
      table.parts[index].loadedBy = table.run
      table.parts[index].digest = nextDigests[part]
    }
    self.table = table
  }

  /// The table's run is at its end with every part of the plan in.
  mutating func finish() {
    guard var table else { return }
    if table.addressing == .rebuild {
      for index in table.parts.indices where table.parts[index].loadedBy == nil {
        table.parts[index].loadedBy = table.run
        table.parts[index].digest = nextDigests[table.parts[index].part.id]
      }
    }
    if !table.parts.contains(where: { $0.window != nil && $0.loadedBy == nil }) {
      if !table.parts.contains(where: { !appended.contains($0.part.id) }), let first = table.parts.first {
        appended.remove(first.part.id)
      }
      table.parts.removeAll { appended.contains($0.part.id) }
      appended = []
      for index in table.parts.indices { table.parts[index].window = nil }
      table.watermark = nextWatermark
    }
    self.table = table
  }

  /// Ranges that follow one another, then the NULL part, then windows.
  private static func ordered(_ parts: [PartState]) -> [PartState] {
    func rank(_ part: PartState) -> (Int, Int64, Int) {
      switch part.part.range {
      case .keys(let from, _): (0, from?.integer ?? .min, part.part.id)
      case .nullKey: (1, 0, part.part.id)
      case .whole: (2, 0, part.part.id)
      }
    }
    return parts.sorted { rank($0) < rank($1) }
  }
}
