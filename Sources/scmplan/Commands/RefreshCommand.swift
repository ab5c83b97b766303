import ArgumentParser
import Catalogs
import Engine
import Foundation
import Plans
import Store

/// `scmplan refresh WF`: brings over what changed since the last run; fit for cron.
struct RefreshCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "refresh", abstract: "Brings over what changed since the last run, without asking.",
    discussion: """
      Says nothing when nothing changed, unless somebody looks on at a terminal; else one line, and one for each table. \
      What needs a look first is refused: a new table, a reload, a changed schema. The plan is then saved for review, and \
      `scmplan apply` takes it.

      A run of the workflow that stopped at its time (--max-duration), or whose engine is gone, is brought to its end \
      first. One that is at work is waited for, as the workflow's lock is: --lock-timeout.
      """)

  @Argument(help: "The workflow file.")
  var workflow: String

  @OptionGroup var limit: DurationOption
  @OptionGroup var options: WorkflowOptions
  @OptionGroup var selection: SelectionOptions
  @OptionGroup var shared: SharedOptions

  func run() async throws {
    let stopAt = limit.stopAt
    let json = try shared.report()
    let workspace = try Workspace(shared)
    let store = try workspace.openStore()
    let name = try WorkflowFile.name(of: workflow, given: options.name)
    var session = RunSession(workspace: workspace, store: store, shared: shared)
    session.isQuiet = true
    var hasMoved = false
    var selection = selection.selection
    while true {
      let view = RefreshView(workflow: name, began: Date())
      let turn = try await WorkflowTurn(
        workflow: name, operation: "refresh", store: store, timeout: options.lockTimeout.seconds
      ).take()
      let run: Run?
      do {
        defer { turn.lock.release() }
        run =
          try turn.unfinished.map { try goOn(with: $0, until: stopAt, store) }
          ?? submit(name, selection, stopAt, workspace, store)
      }
      guard let run else {
        if !hasMoved { unchanged(view, json) }
        return
      }
      let reloaded = try await follow(run, session, view, json, store)
      hasMoved = true
      // What was left of an earlier run is in; what changed since is another plan. Tables that it reloaded whatever changed
      // are not reloaded once more.
      guard turn.unfinished != nil else { return }
      selection.excludes += reloaded.map(\.description)
    }
  }

  private func unchanged(_ view: RefreshView, _ json: JSONReport?) {
    json?.emit("unchanged", Unchanged(workflow: view.workflow))
    // A job's output becomes a mail: where nobody looks on, nothing happened is nothing said.
    if Output.standard.isTerminal { shared.text.line(view.unchanged) }
  }

  /// - Returns: the tables that the run brought anew whatever had changed.
  private func follow(
    _ run: Run, _ session: RunSession, _ view: RefreshView, _ json: JSONReport?, _ store: Store
  ) async throws -> [ObjectName] {
    let summary = try await session.follow(run, json)
    let plan = try PlanFile.plan(from: Data(try store.plan(run.plan).utf8), place: "plan \(run.plan)")
    switch summary.run.state {
    case .completed: shared.text.lines(view.lines(plan, summary))
    case .cancelled where run.state == .cancelled: return []
    case .paused where summary.run.stopAt != nil: shared.text.lines(view.lines(plan, summary))
    default:
      Output.error.line(SummaryView(summary, style: .plain).lines.joined(separator: "\n"))
    }
    try RunSession.checkEnd(of: summary.run)
    return plan.tables.filter { $0.reason == .strategyNone }.map(\.source)
  }

  /// Opens what an earlier run left, and its time anew.
  private func goOn(with run: Run, until stopAt: Milliseconds?, _ store: Store) throws -> Run {
    guard run.state != .cancelled else { return run }
    return try store.resume(run: run.id, stopAt: stopAt, now: currentMilliseconds())
  }

  /// Nil when nothing changed.
  private func submit(
    _ name: String, _ selection: TableSelection, _ stopAt: Milliseconds?, _ workspace: Workspace, _ store: Store
  ) throws -> Run? {
    let planning = Planning(workspace: workspace, store: store, options: options, selection: selection)
    let saved = try planning.plan(workflow).saved
    let review = saved.plan.tables.filter(\.needsReview)
    guard review.isEmpty else {
      let path = workspace.planPath(workflow: name)
      try saved.write(to: path)
      throw Failure(
        .error, lines: ReviewText(plan: saved.plan, path: Workspace.display(path), workflow: workflow).lines)
    }
    guard saved.plan.hasChanges else { return nil }
    try saved.write(to: workspace.planPath(workflow: name))
    return try ApplyCommand.submit(saved, until: stopAt, to: store)
  }

  private struct Unchanged: Encodable {
    var workflow: String
  }
}
