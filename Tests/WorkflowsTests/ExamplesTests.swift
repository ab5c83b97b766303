import Testing
import Workflows

/// The examples and the pages that show them are read by the program they describe.
@Suite struct ExamplesTests {
  @Test(arguments: try Files.examples())
  func readsTheExample(_ path: String) throws {
    let outcome = Workflow.read(bytes: try Files.bytes(path), file: path)
    #expect(DiagnosticReport(file: path, diagnostics: outcome.diagnostics).text.isEmpty)
    #expect(outcome.workflow != nil)
  }
}
