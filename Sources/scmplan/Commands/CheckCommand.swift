import ArgumentParser
import Engine
import Foundation
import Plans
import Store
import Workflows

/// `scmplan check [WF]`: tries connections, tables, stage and state; says what to fix, and how.
struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Tries source, target, stage and state; says what to fix, and how.",
    discussion: "With a workflow, its tables are looked for on both sides, and its filters tried. Nothing is changed.")

  @Argument(help: "The workflow file; without one, the connections alone are tried.")
  var workflow: String?

  @OptionGroup var options: WorkflowOptions
  @OptionGroup var shared: SharedOptions

  func run() throws {
    let workspace = try Workspace(shared)
    let document = try workflow.map(WorkflowFile.document)
    let (source, target) = try options.connections(of: workspace.configuration)
    if let problems = document?.check(source: source.platform, target: target.platform), !problems.isEmpty {
      Output.error.line(
        DiagnosticReport(file: WorkflowFile.displayName(workflow ?? ""), diagnostics: problems).text)
      guard !problems.hasErrors else { throw Failure.silent(.error) }
    }
    var opener = ConnectionOpener(configuration: workspace.configuration, resolver: ReferenceValues())
    opener.isHurried = true
    let check = MigrationCheck(
      opener: opener,
      workflow: document?.workflow, source: source, target: target, stage: workspace.folder + "/stage",
      openStore: { workspace.state.mayExist ? try workspace.openStore() : nil })
    let json = try shared.report()
    let view = CheckView(style: shared.style)
    var counts: [CheckFinding.Outcome: Int] = [:]
    check.run { finding in
      counts[finding.outcome, default: 0] += 1
      json?.emit("finding", finding)
      shared.text.lines(view.lines(finding))
    }
    shared.text.lines(view.summary(counts))
    json?.emit("summary", Summary(ok: counts[.ok] ?? 0, warnings: counts[.warning] ?? 0, failed: counts[.failed] ?? 0))
    if counts[.failed] != nil { throw Failure.silent(.error) }
  }

  private struct Summary: Encodable {
    var ok: Int
    var warnings: Int
    var failed: Int
  }
}
