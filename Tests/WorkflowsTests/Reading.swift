import Testing
import Workflows

/// Reads a workflow from its text.
func read(_ text: String) -> WorkflowOutcome {
  Workflow.read(bytes: Array(text.utf8), file: "wf.json")
}

/// The workflow of a text that has nothing wrong with it.
func workflow(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> Workflow {
  let outcome = read(text)
  #expect(outcome.diagnostics.isEmpty, "\(lines(outcome.diagnostics))", sourceLocation: sourceLocation)
  return try #require(outcome.workflow, sourceLocation: sourceLocation)
}

/// A workflow of one table, `own` being the members of its entry beside the names.
func oneTable(_ own: String, target: String = "", defaults: String? = nil) -> String {
  let head = defaults.map { "\"defaultTableConfiguration\": {\($0)}," } ?? ""
  let target = "\"target\": {\"tableName\": \"T\"\(target.isEmpty ? "" : ", " + target)}"
  let own = own.isEmpty ? "" : ", " + own
  return "{\(head) \"tables\": [{\"source\": {\"tableName\": \"t\"}, \(target)\(own)}]}"
}

/// Diagnostics as `place path: message`, warnings with a `?` in front.
func lines(_ diagnostics: [Diagnostic]) -> [String] {
  diagnostics.map { diagnostic in
    let place = diagnostic.position.map(\.description) ?? "-"
    return (diagnostic.severity == .warning ? "?" : "") + "\(place) \(diagnostic.path): \(diagnostic.message)"
  }
}

/// Diagnostics as `path: message`.
func messages(_ diagnostics: [Diagnostic]) -> [String] {
  diagnostics.map { "\($0.path): \($0.message)" }
}
