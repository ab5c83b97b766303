import ArgumentParser
import Faults
import Foundation
import Plans

/// `scmplan plan WF`: inspects, computes, prints, saves the plan.
struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan", abstract: "Shows what a workflow would move and why, and saves it as a plan.",
    discussion: """
      Nothing is changed. The plan is saved as state/NAME.plan.json, or where --out says; `scmplan apply` does exactly \
      what it lists. With --detailed-exitcode the exit code is 2 when something would move.
      """)

  @Argument(help: "The workflow file.")
  var workflow: String

  @Option(help: ArgumentHelp("Where the plan is saved.", valueName: "file"))
  var out: String?

  @Option(help: "text or markdown, for a comment on a pull request.")
  var format: PlanFormat = .text

  @Flag(name: .customLong("detailed-exitcode"), help: "Exit with 2 when there are changes.")
  var detailedExitCode = false

  @Flag(name: .customLong("no-scan"), help: "Skip what costs the source a scan; those parts are known at apply.")
  var noScan = false

  @Option(
    name: .customLong("target-ddl"),
    help: ArgumentHelp(
      "Read a Snowflake target from a folder of CREATE TABLE files, and ask no account.", valueName: "dir"))
  var targetDDL: String?

  @OptionGroup var options: WorkflowOptions
  @OptionGroup var selection: SelectionOptions
  @OptionGroup var shared: SharedOptions

  func run() throws {
    let json = try shared.report()
    let workspace = try Workspace(shared)
    let store = try workspace.openStore()
    let planning = Planning(
      workspace: workspace, store: store, options: options, selection: selection.selection, skipsScans: noScan,
      targetDDL: targetDDL, waiting: shared.json ? nil : .error)
    let result = try planning.plan(workflow)
    let plan = result.saved.plan
    let path = out ?? workspace.planPath(workflow: plan.workflow)
    try FaultPoint.reach(.planBeforeSave)
    try result.saved.write(to: path)
    try FaultPoint.reach(.planAfterSave)

    json?.emit("plan", plan)
    switch format {
    case .text:
      shared.text.lines(PlanView(plan: plan, style: shared.style, effort: result.effort).lines)
      if plan.hasChanges, !plan.hasRefusals {
        shared.text.lines([
          "Saved to \(Workspace.display(path)). Apply it with:", "  scmplan apply \(Workspace.display(path))",
        ])
      }
    case .markdown: shared.text.lines(PlanMarkdown(plan: plan).lines)
    }
    if plan.hasRefusals { throw Failure.silent(.error) }
    if detailedExitCode, plan.hasChanges { throw Failure.silent(.changes) }
  }
}
