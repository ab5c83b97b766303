import Testing
import Workflows

@Suite struct DiagnosticReportTests {
  private func diagnostic(_ line: Int, _ column: Int, _ path: String, _ message: String) -> Diagnostic {
    Diagnostic(at: Position(line: line, column: column), path: path, message: message)
  }

  @Test func printsInColumnsAndInOrder() {
    let report = DiagnosticReport(
      file: "wf.json",
      diagnostics: [
        diagnostic(22, 24, "tables[3].synchronization", "watermark needs watermarkColumn"),
        diagnostic(31, 17, "tables[5].target", "same target as tables[1] (ANALYTICS.DBO.ORDERS)"),
        diagnostic(14, 7, "tables[2].partitonSize", "unknown property; did you mean partitionSize?"),
      ])
    #expect(
      report.text == """
        wf.json:14:7  tables[2].partitonSize     unknown property; did you mean partitionSize?
        wf.json:22:24 tables[3].synchronization  watermark needs watermarkColumn
        wf.json:31:17 tables[5].target           same target as tables[1] (ANALYTICS.DBO.ORDERS)
        3 errors in wf.json.
        """)
  }

  @Test func marksWarningsAndCountsThem() {
    let report = DiagnosticReport(
      file: "c.toml",
      diagnostics: [
        Diagnostic(.warning, at: nil, path: "", message: "everybody may read"), diagnostic(2, 1, "", "no valid TOML"),
      ])
    #expect(
      report.text == "c.toml     warning: everybody may read\nc.toml:2:1 no valid TOML\n1 error, 1 warning in c.toml.")
  }

  @Test func letsAVeryLongPathStandOut() {
    let long = "tables[0]." + String(repeating: "x", count: 50)
    let report = DiagnosticReport(
      file: "w", diagnostics: [diagnostic(1, 1, "affinity", "a"), diagnostic(1, 2, long, "b")])
    #expect(report.lines == ["w:1:1 affinity  a", "w:1:2 \(long)  b"])
  }

  @Test func saysNothingAboutNothing() {
    #expect(DiagnosticReport(file: "w", diagnostics: []).text.isEmpty)
  }

  @Test func showsOddKeysSafely() throws {
    let outcome = read("{\"tables\": [], \"a\\u001b[31m b\": 1, \"\(String(repeating: "k", count: 500))\": 2}")
    let paths = outcome.diagnostics.map(\.path)
    #expect(paths.contains("[\"a\\u{1b}[31m b\"]"))
    #expect(paths.allSatisfy { $0.count < 80 })
  }
}
