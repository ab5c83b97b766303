import Catalogs
import Engine
import Foundation
import Store

/// How a run ended, as lines of text.
struct SummaryView {
  var summary: RunSummary
  var style: Style

  init(_ summary: RunSummary, style: Style) {
    self.summary = summary
    self.style = style
  }

  var lines: [String] {
    let run = summary.run
    let took = Numbers.duration(Double(summary.worked) / 1000)
    let amount = [
      "\(Numbers.plural(summary.loadedParts, "part")) loaded", Numbers.rows(summary.loadedRows),
      Numbers.bytes(summary.bytes),
      summary.deletedRows > 0 ? "\(Numbers.plural(summary.deletedRows, "row")) replaced" : nil,
      summary.removedRows > 0 ? "\(Numbers.plural(summary.removedRows, "row")) removed" : nil,
    ].compactMap { $0 }.joined(separator: ", ")
    switch run.state {
    case .completed:
      return [style.bold("Run \(run.id) completed in \(took)") + ": \(amount).", equal].filter { !$0.isEmpty } + mixed
    case .paused where run.stopAt != nil:
      return [
        style.bold("Run \(run.id) stopped at its time")
          + ": \(amount), \(run.counts.parts - run.counts.loadedParts) of "
          + "\(Numbers.plural(run.counts.parts, "part")) left.",
        "Go on with it: scmplan runs resume \(run.id), or the next scmplan refresh",
      ]
    case .paused:
      return [
        "Run \(run.id) is paused: \(run.counts.loadedParts) of \(Numbers.plural(run.counts.parts, "part")) loaded.",
        "Resume it with: scmplan runs resume \(run.id)",
      ]
    case .cancelled: return ["Run \(run.id) was cancelled: \(amount)."]
    default:
      let head =
        "Run \(run.id) \(run.state.rawValue): \(run.counts.loadedParts) of \(Numbers.plural(run.counts.parts, "part")) loaded."
      return [style.bold(head)] + summary.failures.prefix(20).flatMap(failure)
        + (summary.failures.count > 20 ? ["  and \(summary.failures.count - 20) more"] : [])
        + mixed + ["Fix it and run: scmplan runs retry \(run.id)"]
    }
  }

  private var equal: String {
    guard summary.loadedParts > 0 else { return "" }
    return summary.isCountedEqual
      ? "Source = extracted = loaded for every part." : "Counts differ: see scmplan show \(summary.run.id)."
  }

  private var mixed: [String] { SnapshotNote.lines(summary.mixed, of: summary.tables, style: style) }

  private func failure(_ failure: RunSummary.Failure) -> [String] {
    let part = failure.task.part.map { " part \($0)" } ?? ""
    let head =
      "  \(style.red("failed"))  \(failure.table.source.short)\(part), \(failure.task.kind.rawValue), "
      + "\(Numbers.plural(failure.attempts.count, "attempt"))"
    let error = failure.task.error.split(separator: "\n").flatMap { Columns.wrapped(String($0), 74) }
    return [head] + error.map { "      " + $0 }
      + (failure.staged.map { ["      staged files are kept in \($0)"] } ?? [])
  }
}

/// Where a run stands, for programs.
struct ProgressLine: Encodable {
  struct Table: Encodable {
    var table: String
    var phase: TableSnapshot.Phase
    var parts: Int
    var loadedParts: Int
    var rows: Int
    var bytes: Int
    var rowsPerSecond: Double?
    var secondsLeft: Double?
  }

  var run: Int
  var state: RunState
  var tables: [Table]

  init(_ snapshot: RunSnapshot) {
    run = snapshot.run.id
    state = snapshot.run.state
    tables = snapshot.tables.map { table in
      Table(
        table: table.summary.source.description, phase: table.phase, parts: table.summary.counts.parts,
        loadedParts: table.summary.counts.loadedParts, rows: table.rows, bytes: table.bytes,
        rowsPerSecond: table.rowsPerSecond, secondsLeft: table.secondsLeft)
    }
  }
}

/// How a run ended, for programs.
struct SummaryLine: Encodable {
  struct Failed: Encodable {
    var table: String
    var part: Int?
    var kind: TaskKind
    var attempts: [AttemptRecord]
    var staged: String?
  }

  var run: Run
  var milliseconds: Int
  var countedEqual: Bool
  /// Tables whose parts were read as of more than one moment: how many parts of each, the newest last.
  var mixedSnapshots: [String: [Int]]
  var failures: [Failed]

  init(_ summary: RunSummary) {
    run = summary.run
    milliseconds = summary.worked
    countedEqual = summary.isCountedEqual
    let mixed = summary.tables.compactMap { table in
      summary.mixed[table.index].map { (table.source.description, $0) }
    }
    mixedSnapshots = Dictionary(mixed) { first, _ in first }
    failures = summary.failures.map { failure in
      Failed(
        table: failure.table.source.description, part: failure.task.part, kind: failure.task.kind,
        attempts: failure.attempts, staged: failure.staged)
    }
  }
}
