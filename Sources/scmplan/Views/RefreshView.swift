import Catalogs
import Engine
import Foundation
import Plans
import Store

/// What a refresh says: one stamped line, and one for each table that changed.
struct RefreshView {
  var workflow: String
  /// When the refresh began.
  var began: Date

  var unchanged: String { "\(stamp) \(workflow): no changes" }

  /// A run that came to its end, or stopped at its time.
  func lines(_ plan: Plan, _ summary: RunSummary) -> [String] {
    let loaded = summary.tables.filter { $0.counts.loadedParts > 0 || ($0.counts.parts == 0 && $0.isFinished) }
    let all = Numbers.plural(plan.tables.count { $0.action != .forget }, "table")
    let took = Numbers.duration(Double(summary.worked) / 1000)
    let removed = summary.removedRows > 0 ? ", \(Numbers.count(summary.removedRows)) removed," : ""
    var head =
      "\(stamp) \(workflow): \(loaded.count) of \(all) changed, \(Numbers.rows(summary.loadedRows))\(removed) in \(took)"
    head += left(summary) ?? watermarks(plan)
    return [head]
      + Columns.table(
        loaded.map { table in
          let counts = table.counts
          return [
            "  " + table.source.short, words(table.action, counts.loadedParts, of: counts.parts),
            Numbers.rows(counts.loadedRows),
            told(counts),
          ]
        }, rightAligned: [2])
  }

  /// What a run that stopped at its time leaves for the next one.
  private func left(_ summary: RunSummary) -> String? {
    guard summary.run.state == .paused else { return nil }
    let counts = summary.run.counts
    let parts = "\(counts.parts - counts.loadedParts) of \(Numbers.plural(counts.parts, "part"))"
    return "; time is up, \(parts) left for the next refresh"
  }

  /// What is promised of the rows that the next windows bring: as much as of the weakest of them.
  private func watermarks(_ plan: Plan) -> String {
    let classes = plan.tables.filter { $0.watermark != nil }.compactMap { $0.guarantees.last?.class }
    guard !classes.isEmpty else { return "" }
    let weakest: Guarantee.Class =
      classes.contains(.bestEffort) ? .bestEffort : classes.contains(.lagBounded) ? .lagBounded : .exact
    return ", next watermark checks \(weakest.rawValue)"
  }

  /// Rows that went: what left the source, and what made place for others.
  private func told(_ counts: RunCounts) -> String {
    let texts = [(counts.removedRows, "removed"), (counts.deletedRows, "replaced")].filter { $0.0 > 0 }
    return texts.map { "\(Numbers.plural($0.0, "row")) \($0.1)" }.joined(separator: ", ")
  }

  private func words(_ action: Action, _ loaded: Int, of parts: Int) -> String {
    let number = loaded == parts ? Numbers.plural(parts, "part") : "\(loaded) of \(Numbers.plural(parts, "part"))"
    switch action {
    case .append: return "\(number) appended"
    case .remove: return "\(number) looked through"
    case .reload: return "\(number) reloaded"
    case .create, .refresh, .none, .forget: return parts == 0 ? "table altered" : "\(number) refreshed"
    }
  }

  /// `2026-11-20T10:40:02Z`.
  private var stamp: String { began.formatted(.iso8601) }
}
