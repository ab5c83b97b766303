import ArgumentParser
import Foundation
import Workflows

/// `scmplan validate WF`: checks the workflow with no connection.
struct ValidateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "validate", abstract: "Checks a workflow file; connects to nothing.")

  @Argument(help: "The workflow file.")
  var workflow: String

  @OptionGroup var shared: SharedOptions

  func run() throws {
    let outcome = try WorkflowFile.read(workflow)
    let report = DiagnosticReport(file: WorkflowFile.displayName(workflow), diagnostics: outcome.diagnostics)
    if let json = try shared.report() {
      for diagnostic in outcome.diagnostics { json.emit("diagnostic", diagnostic) }
      json.emit("summary", Summary(valid: outcome.document != nil, tables: outcome.workflow?.tables.count))
    }
    guard let workflow = outcome.workflow else {
      if !shared.json { Output.error.line(report.text) }
      throw Failure.silent(.error)
    }
    if !report.diagnostics.isEmpty, !shared.json { Output.error.line(report.text) }
    shared.text.line("\(self.workflow): \(Numbers.plural(workflow.tables.count, "table")), nothing wrong.")
  }

  private struct Summary: Encodable {
    var valid: Bool
    var tables: Int?
  }
}
