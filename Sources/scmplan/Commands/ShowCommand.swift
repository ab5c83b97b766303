import ArgumentParser
import Catalogs
import Foundation
import Plans
import Store

/// `scmplan show [RUN, PLAN or TABLE]`: progress, a saved plan, or what the state remembers.
struct ShowCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Shows runs, one run, a saved plan, or what the state remembers of a table.",
    discussion: "A plan file is shown with no connection to anything, also when it is stale.")

  @Argument(help: "A run's number, a plan file, or a table; without it, the runs.")
  var what: String?

  @Flag(help: "Show again and again until nothing moves any more.")
  var watch = false

  @Option(help: "How a plan is written: text or markdown.")
  var format: PlanFormat = .text

  @OptionGroup var shared: SharedOptions

  func run() async throws {
    let json = try shared.report()
    guard let what else { return try await showRuns(json) }
    if let run = Int(what) { return try await showRun(run, json) }
    if FileManager.default.fileExists(atPath: what) { return try showPlan(what, json) }
    try showTable(what, json)
  }

  private func showRuns(_ json: JSONReport?) async throws {
    let store = try Workspace.store(shared)
    repeat {
      let runs = try store.runs(limit: 20)
      let now = currentMilliseconds()
      for run in runs { json?.emit("run", run) }
      refreshScreen()
      shared.text.lines(RunView(style: shared.style, now: now).list(runs))
      guard watch, runs.contains(where: { !$0.isEnded && $0.state != .paused }) else { return }
      try await Task.sleep(for: .seconds(1))
    } while true
  }

  private func showRun(_ id: Int, _ json: JSONReport?) async throws {
    let store = try Workspace.store(shared)
    repeat {
      let progress = try store.progress(run: id)
      let failures = try store.failures(run: id)
      if let json {
        json.emit("run", progress.run)
        for table in progress.tables { json.emit("table", TableLine(table)) }
        for failure in failures { json.emit("failure", try FailureLine(failure, progress, store)) }
      }
      refreshScreen()
      let mixed = try store.mixedSnapshots(run: id)
      shared.text.lines(
        RunView(style: shared.style, now: currentMilliseconds()).details(progress, failures: failures, mixed: mixed))
      guard watch, !progress.run.isEnded, progress.run.state != .paused else { return }
      try await Task.sleep(for: .seconds(1))
    } while true
  }

  /// Starts again at the top of a terminal that is watched.
  private func refreshScreen() {
    if watch, !shared.json, Output.standard.isTerminal { Output.standard.write("\u{1B}[H\u{1B}[2J") }
  }

  private func showPlan(_ path: String, _ json: JSONReport?) throws {
    let plan = try SavedPlan.read(path).plan
    json?.emit("plan", plan)
    switch format {
    case .text: shared.text.lines(PlanView(plan: plan, style: shared.style).lines)
    case .markdown: shared.text.lines(PlanMarkdown(plan: plan).lines)
    }
  }

  private func showTable(_ name: String, _ json: JSONReport?) throws {
    let store = try Workspace.store(shared)
    let found = try StateTables.find(name, in: store)
    for summary in found {
      guard let state = try store.tableState(summary.key) else { continue }
      json?.emit("table", state)
      shared.text.lines(TableStateView(state: state).lines)
    }
  }
}

/// A table of a run, for programs.
struct TableLine: Encodable {
  var source: ObjectName
  var target: ObjectName
  var action: Action
  var isFinished: Bool
  var counts: RunCounts

  init(_ table: TableProgressSummary) {
    source = table.source
    target = table.target
    action = table.action
    isFinished = table.isFinished
    counts = table.counts
  }
}

/// A task that failed for good, with every attempt, for programs.
struct FailureLine: Encodable {
  var table: String
  var kind: TaskKind
  var part: Int?
  var attempts: [AttemptRecord]

  init(_ failure: RetryingTask, _ progress: RunProgress, _ store: Store) throws {
    table = progress.tables.first { $0.index == failure.table }?.source.description ?? ""
    kind = failure.kind
    part = failure.part
    attempts = try store.attempts(task: failure.task)
  }
}
