import ArgumentParser
import Catalogs
import Engine
import Foundation
import Plans
import Store

/// `scmplan apply [WF or PLAN]`: hands a plan to the background engine and follows it.
struct ApplyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "apply", abstract: "Does what a plan lists, in the background, and follows it.",
    discussion: """
      A saved plan is applied as it is: giving it is the approval. A workflow is planned first, and applied after you \
      agree, or with --auto-approve. Ctrl-C pauses the run; --detach leaves it running.
      """)

  @Argument(help: "A plan file, or a workflow file.")
  var file: String

  @Flag(name: .customLong("auto-approve"), help: "Apply a workflow's plan without asking.")
  var autoApprove = false

  @Flag(help: "Leave the run to the background engine.")
  var detach = false

  @Flag(name: .customLong("no-scan"), help: "Skip what costs the source a scan while planning.")
  var noScan = false

  @OptionGroup var limit: DurationOption
  @OptionGroup var options: WorkflowOptions
  @OptionGroup var selection: SelectionOptions
  @OptionGroup var shared: SharedOptions

  func run() async throws {
    let stopAt = limit.stopAt
    let workspace = try Workspace(shared)
    let store = try workspace.openStore()
    let submitted = try isPlan ? submitPlan(store, stopAt) : submitWorkflow(workspace, store, stopAt)
    guard let run = submitted else { return }
    try await RunSession(workspace: workspace, store: store, shared: shared).follow(run, detach: detach)
  }

  /// A plan file says which format it has; a workflow has tables of its own.
  private var isPlan: Bool {
    if file.hasSuffix(".plan.json") { return true }
    guard let data = FileManager.default.contents(atPath: file) else { return false }
    return (try? PlanFile.plan(from: data, place: file)) != nil
  }

  private func submitPlan(_ store: Store, _ stopAt: Milliseconds?) throws -> Run? {
    let chosen = selection.selection
    guard chosen == TableSelection() else {
      throw Failure(
        .usage, "a saved plan is applied as it is", "Use --target, --exclude and --replace with scmplan plan.")
    }
    let saved = try SavedPlan.read(file)
    try Self.checkRefusals(saved.plan, shared)
    let lock = try WorkflowLock(saved.plan.workflow, for: "apply", in: store, timeout: options.lockTimeout.seconds)
    defer { lock.release() }
    guard saved.plan.hasChanges else {
      shared.text.line(PlanSummary(saved.plan).unchanged)
      return nil
    }
    return try Self.submit(saved, until: stopAt, to: store)
  }

  private func submitWorkflow(_ workspace: Workspace, _ store: Store, _ stopAt: Milliseconds?) throws -> Run? {
    if shared.json, !autoApprove {
      throw Failure(.usage, "--json cannot ask", "Give --auto-approve, or a saved plan.")
    }
    let name = try WorkflowFile.name(of: file, given: options.name)
    let lock = try WorkflowLock(name, for: "apply", in: store, timeout: options.lockTimeout.seconds)
    defer { lock.release() }
    let planning = Planning(
      workspace: workspace, store: store, options: options, selection: selection.selection, skipsScans: noScan,
      waiting: shared.json ? nil : .error)
    let result = try planning.plan(file)
    let plan = result.saved.plan
    try result.saved.write(to: workspace.planPath(workflow: plan.workflow))
    shared.text.lines(PlanView(plan: plan, style: shared.style, effort: result.effort).lines)
    if plan.hasRefusals { throw Failure.silent(.error) }
    guard plan.hasChanges else { return nil }
    if !autoApprove { try askForApproval() }
    return try Self.submit(result.saved, until: stopAt, to: store)
  }

  private func askForApproval() throws {
    guard isatty(STDIN_FILENO) == 1 else {
      throw Failure(
        .error, "nobody is there to approve the plan", "Give --auto-approve, or apply the saved plan after review.")
    }
    Output.standard.write("\nApply this plan? Only yes is accepted: ")
    guard readLine() == "yes" else { throw Failure(.error, "not applied; the plan is saved") }
  }

  static func checkRefusals(_ plan: Plan, _ shared: SharedOptions) throws {
    guard plan.hasRefusals else { return }
    let refused = plan.tables.flatMap { table in table.refusals.map { "\(table.source.short): \($0)" } }
    throw Failure(.error, "the plan cannot be applied: \(refused[0])", "Settle it, then make a new plan: scmplan plan")
  }

  static func submit(_ saved: SavedPlan, until stopAt: Milliseconds?, to store: Store) throws -> Run {
    try store.submit(
      Submission(plan: saved.plan, planID: saved.id, planContent: saved.text, stopAt: stopAt),
      now: currentMilliseconds())
  }
}
