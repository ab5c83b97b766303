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
      What needs a look first is refused: a new table, a reload, a changed schema. The plan is then saved for review, and \
      `scmplan apply` takes it.
      """)

  @Argument(help: "The workflow file.")
  var workflow: String

  @OptionGroup var options: WorkflowOptions
  @OptionGroup var selection: SelectionOptions
  @OptionGroup var shared: SharedOptions

  func run() async throws {
    let workspace = try Workspace(shared)
    let store = try workspace.openStore()
    let name = try WorkflowFile.name(of: workflow, given: options.name)
    let began = Date()
    guard let run = try submit(name, workspace, store) else {
      shared.text.line("\(Self.stamp(began)) \(name): no changes")
      return
    }
    var session = RunSession(workspace: workspace, store: store, shared: shared)
    session.isQuiet = true
    let summary: RunSummary?
    do {
      summary = try await session.follow(run, detach: false)
    } catch let failure as Failure where failure.status == .failedParts {
      let ended = try RunSummary(
        run: run.id, store: store, stage: workspace.folder + "/stage", now: currentMilliseconds())
      Output.error.line(SummaryView(ended, style: .plain).lines.joined(separator: "\n"))
      throw failure
    }
    guard let summary else { return }
    let changed = summary.tables.count { $0.counts.parts > 0 }
    let removed = summary.removedRows > 0 ? ", \(Numbers.count(summary.removedRows)) removed," : ""
    shared.text.line(
      "\(Self.stamp(began)) \(name): \(changed) of \(Numbers.plural(try store.tableSummaries(workflow: name).count, "table")) changed, "
        + "\(Numbers.count(summary.loadedRows)) rows\(removed) in \(Numbers.duration(Double(summary.worked) / 1000))")
  }

  /// Nil when nothing changed.
  private func submit(_ name: String, _ workspace: Workspace, _ store: Store) throws -> Run? {
    let lock = try WorkflowLock(name, for: "refresh", in: store, timeout: options.lockTimeout)
    defer { lock.release() }
    let planning = Planning(workspace: workspace, store: store, options: options, selection: selection.selection)
    let saved = try planning.plan(workflow).saved
    let plan = saved.plan
    let path = workspace.planPath(workflow: name)
    let review = plan.tables.filter(needsReview)
    if let first = review.first {
      try saved.write(to: path)
      let rest = review.count > 1 ? ", and \(review.count - 1) more" : ""
      throw Failure(
        .error,
        "\(name) needs a look: \(first.source.short): \(first.refusals.first ?? first.drift.first.map(DriftText.text) ?? first.reason.rawValue)\(rest)",
        "Nothing was changed. See it with: scmplan show \(path)", "then: scmplan apply \(path)")
    }
    guard plan.hasChanges else { return nil }
    try saved.write(to: path)
    return try ApplyCommand.submit(saved, to: store)
  }

  private func needsReview(_ table: TableChange) -> Bool {
    if !table.refusals.isEmpty || !table.drift.isEmpty { return true }
    switch table.action {
    case .create, .forget: return true
    case .reload: return table.reason != .strategyNone && table.reason != .notLoaded && table.reason != .requested
    case .refresh, .append, .remove, .none: return false
    }
  }

  /// `2026-11-20T10:40:02Z`.
  private static func stamp(_ date: Date) -> String { date.formatted(.iso8601) }
}
