import Foundation
import Support
import Testing

/// `verify --html`: a page that needs no other file.
@Suite struct VerifyReportTests {
  private func page(_ workspace: Workspace) throws -> String {
    try String(contentsOfFile: workspace.folder + "/report.html", encoding: .utf8)
  }

  @Test func thePageHasAMapOfThePartsAndTheRowsThatDiffer() async throws {
    try await Workspace.with { workspace in
      try workspace.openSource().execute(
        """
        CREATE TABLE t (id TEXT PRIMARY KEY, v TEXT);
        WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 1000)
          INSERT INTO t SELECT printf('<k & "%04d">', i), 'secret ' || i FROM c;
        """)
      try workspace.workflow([
        "t": #""synchronization": {"strategy": "checksum"}, "partitionSize": {"maxRowsPerPartition": 100}"#
      ])
      try await StrategyTests.apply(workspace)
      let equal = try await workspace.run("verify", "wf.json", "--html", "report.html")
      #expect(equal.code == 0, "\(equal)")
      let calm = try page(workspace)
      let parts = calm.components(separatedBy: "<i class=").count - 1
      #expect(parts >= 10)
      #expect(calm.contains("1 table compared: no difference") && !calm.contains("<i class=\"differs\""))

      try workspace.openTarget().execute(
        """
        UPDATE t SET v = 'other' WHERE id = '<k & "0150">'; DELETE FROM t WHERE id = '<k & "0850">';
        INSERT INTO t VALUES ('<k & "9999">', 'more')
        """)
      let differs = try await workspace.run("verify", "wf.json", "--html", "report.html")
      #expect(differs.code == 6, "\(differs)")
      let text = try page(workspace)
      #expect(text.contains("1 of 1 table differs"))
      #expect(text.components(separatedBy: "<i class=").count - 1 == parts)
      #expect(text.components(separatedBy: "<i class=\"differs\"").count - 1 == 2)
      #expect(text.contains("1 only in the source, 1 only in the target, 1 with other values."))
      #expect(text.contains("<td>&lt;k &amp; &quot;0150&quot;&gt;</td><td>differs</td><td>v</td>"))
      #expect(!text.contains("<k &") && !text.contains("secret") && !text.contains("other</code>"))

      let shown = try await workspace.run("verify", "wf.json", "--html", "report.html", "--show-values", "--limit", "1")
      #expect(shown.code == 6, "\(shown)")
      #expect(try page(workspace).contains("<code>secret 150</code> in the source, <code>other</code> in the target"))
      #expect(try page(workspace).contains("and 2 more"))
    }
  }

  @Test func aFileThatCannotBeMadeIsToldBeforeAnythingIsCompared() async throws {
    try await Workspace.with { workspace in
      try workspace.openSource().execute("CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1)")
      try workspace.workflow(["t": ""])
      try await StrategyTests.apply(workspace)
      let refused = try await workspace.run("verify", "wf.json", "--html", "nowhere/report.html")
      #expect(refused.code == 1 && refused.complaint.contains("cannot write nowhere/report.html"), "\(refused)")
      #expect(!refused.output.contains("equal"), "\(refused)")
    }
  }
}
