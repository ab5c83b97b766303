import Catalogs
import Engine
import Store

/// A run while it moves: bars on a terminal, one line for each table that is done elsewhere.
final class ProgressView {
  private let output: Output
  private let style: Style
  private let isSilent: Bool
  /// Lines on the screen that the next snapshot replaces.
  private var shown = 0
  private var told: Set<Int> = []
  private static let bar = 24
  /// Tables shown at a time; those that are done and those that wait are counted.
  private static let most = 12

  init(output: Output, style: Style, isSilent: Bool) {
    self.output = output
    self.style = style
    self.isSilent = isSilent
  }

  func show(_ snapshot: RunSnapshot) {
    guard !isSilent else { return }
    guard output.isTerminal else { return tell(snapshot) }
    let width = output.width
    let lines = lines(snapshot).map { String($0.prefix(width + ($0.contains("\u{1B}") ? 16 : 0))) }
    let up = shown > 0 ? "\u{1B}[\(shown)A" : ""
    output.write(up + lines.map { "\u{1B}[2K" + $0 + "\n" }.joined() + "\u{1B}[J")
    shown = lines.count
  }

  /// Leaves the last picture where it is.
  func close() {
    shown = 0
  }

  private func lines(_ snapshot: RunSnapshot) -> [String] {
    let moving = snapshot.tables.filter { $0.phase != .done && $0.phase != .waiting }
    let others = snapshot.tables.filter { $0.phase == .done } + snapshot.tables.filter { $0.phase == .waiting }
    let shown = Array((moving + others).prefix(Self.most)).sorted { $0.summary.index < $1.summary.index }
    let name = min(24, shown.map { $0.summary.source.short.count }.max() ?? 0)
    var lines = shown.map { line($0, name: name) }
    let hidden = snapshot.tables.count - shown.count
    if hidden > 0 {
      lines.append("  and \(hidden) more, \(snapshot.tables.count { $0.phase == .done }) of all done")
    }
    for task in snapshot.retrying.prefix(3) {
      let table = snapshot.tables.first { $0.summary.index == task.table }?.summary.source.short ?? ""
      let wait = Numbers.duration(Double(max(0, task.next - snapshot.now)) / 1000)
      let part = task.part.map { " part \($0)" } ?? ""
      lines.append(
        "  \(style.yellow("retrying"))  \(table)\(part), attempt \(task.failures + 1) of \(task.maxAttempts) in \(wait): \(task.error.firstLine)"
      )
    }
    if case .absent = snapshot.service { lines.append("  no engine is running; it is started again") }
    return lines
  }

  private func line(_ table: TableSnapshot, name: Int) -> String {
    let counts = table.summary.counts
    let full = Int((table.fraction * Double(Self.bar)).rounded(.down))
    let bar = String(repeating: "━", count: full) + style.dim(String(repeating: "─", count: Self.bar - full))
    let head = "  \(Columns.left(table.summary.source.short, name))  \(bar)  "
    switch table.phase {
    case .done:
      return head + "\(style.green("done"))  \(Numbers.rows(counts.loadedRows))"
        + (counts.parts > 0 ? "  counted, equal" : "")
    case .failed: return head + style.red("failed") + "  \(counts.loadedParts)/\(counts.parts) parts"
    case .waiting: return head + table.phase.rawValue
    default:
      let rate = table.rowsPerSecond.map { "  \(Numbers.count(Int($0))) rows/s" } ?? ""
      let left = table.secondsLeft.map { "  \(Numbers.clock($0)) left" } ?? ""
      return head + "\(counts.loadedParts)/\(counts.parts) parts  \(Numbers.rows(table.rows))\(rate)\(left)"
    }
  }

  /// Without a terminal: a line when a table is done, or fails.
  private func tell(_ snapshot: RunSnapshot) {
    for table in snapshot.tables where !told.contains(table.summary.index) {
      guard table.phase == .done || table.phase == .failed else { continue }
      told.insert(table.summary.index)
      let counts = table.summary.counts
      let end = table.phase == .done ? "done" : "failed"
      output.line(
        "  \(table.summary.source.short): \(end), \(counts.loadedParts)/\(counts.parts) parts, "
          + "\(Numbers.rows(counts.loadedRows))")
    }
  }
}

extension String {
  var firstLine: String { split(separator: "\n").first.map(String.init) ?? "" }
}
