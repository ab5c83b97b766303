import Foundation
import Support
import Testing

/// `loading.verify` in a run: what the target made of the rows is compared with what was staged.
@Suite struct LoadVerificationTests {
  @Test func aTriggerThatChangesValuesEndsTheRunAndLeavesTheTable() async throws {
    try await Workspace.with { workspace in
      let source = try workspace.openSource()
      try source.execute(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES (1, 'a'), (2, 'secret b'), (3, NULL)")
      try workspace.workflow(["t": #""loading": {"verify": "always"}, "synchronization": {"strategy": "checksum"}"#])
      try await StrategyTests.apply(workspace)
      try await workspace.stopEngines()
      let target = try workspace.openTarget()
      try target.execute(
        "CREATE TRIGGER tidy AFTER INSERT ON t BEGIN UPDATE t SET v = rtrim(v) WHERE id = new.id; END")
      try source.execute("UPDATE t SET v = 'secret b ' WHERE id = 2")
      let refused = try await workspace.run("refresh", "wf.json")
      #expect(refused.code == 5 && refused.said.contains("are not the staged ones"), "\(refused)")
      #expect(!refused.said.contains("secret"), "\(refused)")
      #expect(try target.integer("SELECT count(*) FROM t WHERE v = 'secret b'") == 1)
      try target.execute("DROP TRIGGER tidy")
      let retried = try await workspace.run("runs", "retry", "2")
      #expect(retried.code == 0, "\(retried)")
      #expect(try target.integer("SELECT count(*) FROM t WHERE v = 'secret b '") == 1)
      try await VerifyTests.expectEqual(workspace)
    }
  }

  @Test func everyLoadIsRefusedToBeComparedWhereItsRowsAreNotKnown() async throws {
    try await Workspace.with { workspace in
      try workspace.openSource().execute("CREATE TABLE t (id INTEGER PRIMARY KEY, at DATETIME)")
      try workspace.workflow([
        "t": #""loading": {"verify": "always"}, "synchronization": {"strategy": "watermark", "watermarkColumn": "at"}"#
      ])
      let refused = try await workspace.run("plan", "wf.json")
      #expect(refused.code == 1 && refused.complaint.contains("needs target.metadataColumns"), "\(refused)")
    }
  }
}
