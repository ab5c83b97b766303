import Plans
import Store

/// What the state remembers of one table, as lines of text.
struct TableStateView {
  var state: TableState

  var lines: [String] {
    let loaded = state.parts.filter { $0.loadedBy != nil }
    let rows = loaded.reduce(0) { $0 + $1.rows }
    let strategy = state.watermark.map { "watermark \($0.column) \($0.bound.map { "\($0)" } ?? "none")" }
    let changed = state.run.map { ", last changed by run \($0)" } ?? ""
    let head =
      "\(state.key.source) -> \(state.key.target)   "
      + (strategy.map { $0 + ", " } ?? "")
      + "\(Numbers.plural(state.parts.count, "part")), \(Numbers.plural(rows, "row"))\(changed)"
    let table = state.parts.map { part in
      [
        "  \(part.part.id)", from(part), to(part), Numbers.exact(part.rows), digest(part.digest),
        part.loadedBy.map { "run \($0)" } ?? "not loaded",
      ]
    }
    return [head]
      + Columns.table([["  part", "from", "to", "rows", "digest", "loaded by"]] + table, rightAligned: [3])
  }

  private func from(_ part: PartState) -> String {
    switch part.part.range {
    case .nullKey: return "NULL"
    case .keys(let from, _): return from.map { "\($0)" } ?? "…"
    case .whole: return part.window?.after.map { "after \($0)" } ?? "…"
    }
  }

  private func to(_ part: PartState) -> String {
    switch part.part.range {
    case .nullKey: return "NULL"
    case .keys(_, let to): return to.map { "\($0)" } ?? "…"
    case .whole: return part.window.map { "through \($0.through)" } ?? "…"
    }
  }

  /// The ends of the digest's two words: enough to see a change.
  private func digest(_ digest: RowDigest?) -> String {
    guard let digest else { return "-" }
    return "\(Hex.text(digest.high).prefix(4))…\(Hex.text(digest.low).suffix(2))"
  }
}
