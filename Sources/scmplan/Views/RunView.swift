import Catalogs
import Foundation
import Plans
import Store

/// Runs and their tables as lines of text.
struct RunView {
  var style: Style
  var now: Milliseconds

  /// One line a run, newest first.
  func list(_ runs: [Run]) -> [String] {
    guard !runs.isEmpty else { return ["No runs yet. Make one: scmplan apply WORKFLOW"] }
    let rows = runs.map { run in
      let worked = Double(run.worked(now: now)) / 1000
      let isMoving = run.state == .executing
      let rate = isMoving && worked > 0 ? Numbers.count(Int(Double(run.counts.loadedRows) / worked)) + " rows/s" : "-"
      return [
        run.workflow, "\(run.id)", run.state.rawValue, "\(run.counts.loadedParts)/\(run.counts.parts)",
        Numbers.count(run.counts.loadedRows), rate, Self.moment(run.started ?? run.created), Numbers.clock(worked),
      ]
    }
    return Columns.table(
      [["Workflow", "Run", "State", "Parts", "Rows", "Rate", "Started", "Took"]] + rows, rightAligned: [1, 3, 4, 5, 7])
  }

  /// One run: its tables, what runs, what failed and what was read as of more than one moment.
  func details(_ progress: RunProgress, failures: [RetryingTask], mixed: [Int: [Int]]) -> [String] {
    let run = progress.run
    let worked = Double(run.worked(now: now)) / 1000
    var lines = [
      "Run \(run.id) of \(run.workflow): \(style.bold(run.state.rawValue)), "
        + "\(run.counts.loadedParts) of \(Numbers.plural(run.counts.parts, "part")), "
        + "\(Numbers.rows(run.counts.loadedRows)) in \(Numbers.duration(worked))"
    ]
    if run.state == .paused {
      let why = run.stopAt == nil ? "" : "Its time (--max-duration) was over. "
      lines.append("\(why)Resume it with: scmplan runs resume \(run.id)")
    }
    lines.append("")
    lines += Columns.table(
      progress.tables.map { table in
        [
          "  " + table.source.short, state(table),
          "\(table.counts.loadedParts)/\(table.counts.parts) parts", Numbers.rows(table.counts.loadedRows),
          table.counts.deletedRows > 0 ? "\(Numbers.count(table.counts.deletedRows)) replaced" : "",
          table.counts.removedRows > 0 ? "\(Numbers.count(table.counts.removedRows)) removed" : "",
        ]
      }, rightAligned: [2, 3])
    lines += progress.retrying.prefix(10).map { task in
      let wait = Double(max(0, task.next - now)) / 1000
      return
        "  \(style.yellow("retrying")) \(place(task, progress)), attempt \(task.failures + 1) of \(task.maxAttempts) "
        + "in \(Numbers.duration(wait)): \(task.error)"
    }
    return lines + failed(failures, progress) + SnapshotNote.lines(mixed, of: progress.tables, style: style)
  }

  /// One block for each task that failed for good.
  func failed(_ failures: [RetryingTask], _ progress: RunProgress) -> [String] {
    failures.prefix(20).flatMap { task in
      ["  \(style.red("failed")) \(place(task, progress)), \(Numbers.plural(task.failures, "attempt")):"]
        + task.error.split(separator: "\n").flatMap { Columns.wrapped(String($0), 74) }.map { "      " + $0 }
    } + (failures.count > 20 ? ["  and \(failures.count - 20) more"] : [])
  }

  private func place(_ task: RetryingTask, _ progress: RunProgress) -> String {
    let table = progress.tables.first { $0.index == task.table }?.source.short ?? "table \(task.table)"
    return "\(table) \(task.kind.rawValue)" + (task.part.map { ", part \($0)" } ?? "")
  }

  private func state(_ table: TableProgressSummary) -> String {
    if table.counts.discardedTasks > 0 { return "failed" }
    if table.isFinished { return table.counts.parts == 0 ? "done" : "counted, equal" }
    return table.isPrepared ? "moving" : "waiting"
  }

  /// `10:31:12` today, `2026-11-20` before.
  static func moment(_ milliseconds: Milliseconds) -> String {
    let date = Date(timeIntervalSince1970: Double(milliseconds) / 1000)
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.dateFormat = Calendar.current.isDateInToday(date) ? "HH:mm:ss" : "yyyy-MM-dd"
    return formatter.string(from: date)
  }
}
