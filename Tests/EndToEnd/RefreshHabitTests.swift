import Foundation
import Support
import Testing

/// `refresh` as a job that runs again and again with nobody watching.
@Suite struct RefreshHabitTests {
  /// Two tables that a refresh finds unchanged.
  static func calm(_ workspace: Workspace) async throws {
    try MainRoadTests.make(workspace)
    try workspace.workflow([
      "items": #""synchronization": {"strategy": "checksum"}, "partitionSize": {"maxRowsPerPartition": 20}"#,
      "events": #""synchronization": {"strategy": "watermark", "watermarkColumn": "at"}"#,
    ])
    let applied = try await workspace.run("apply", "wf.json", "--auto-approve")
    try #require(applied.code == 0, "\(applied)")
  }

  private static func check(_ workspace: Workspace) throws {
    expectNone(try Checker(workspace).problems(["items", "events"]))
  }

  private static func change(_ workspace: Workspace) throws {
    try workspace.openSource().execute(
      "UPDATE items SET name = 'changed' WHERE id IN (1, 30, 50, 70, 99); INSERT INTO events VALUES (61, 99, 'new')")
  }

  @Test func saysNothingWhenNothingChanged() async throws {
    try await Workspace.with { workspace in
      try await Self.calm(workspace)
      let calm = try await workspace.run("refresh", "wf.json")
      #expect(calm.code == 0 && calm.output == "" && calm.errors == "", "\(calm)")
      let told = try await workspace.run("refresh", "wf.json", "--json")
      #expect(told.code == 0 && told.output.contains(#""type":"unchanged""#), "\(told)")
      // On a terminal somebody waits for an answer.
      let script = try workspace.start(
        "/usr/bin/script", ["-qec", "'\(Program.scmplan)' refresh wf.json", "/dev/null"])
      let seen = try await script.end()
      #expect(seen.code == 0 && seen.output.contains("wf: no changes"), "\(seen)")
    }
  }

  @Test func saysOneLineForEachTableThatChanged() async throws {
    try await Workspace.with { workspace in
      try await Self.calm(workspace)
      try workspace.openSource().execute("UPDATE items SET name = 'changed' WHERE id = 1")
      let refreshed = try await workspace.run("refresh", "wf.json")
      #expect(refreshed.code == 0 && refreshed.errors == "", "\(refreshed)")
      let lines = refreshed.output.split(separator: "\n")
      #expect(lines.count == 2, "\(refreshed)")
      #expect(
        try lines.first?.wholeMatch(
          of: Regex(
            #"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ wf: 1 of 2 tables changed, 20 rows in .*, next watermark checks .*"#))
          != nil, "\(refreshed)")
      #expect(lines.last?.contains("items") == true && lines.last?.contains("1 part refreshed") == true, "\(refreshed)")
      try Self.change(workspace)
      let both = try await workspace.run("refresh", "wf.json")
      #expect(both.output.split(separator: "\n").count == 3 && both.output.contains("1 part appended"), "\(both)")
      try Self.check(workspace)
    }
  }

  @Test func failedPartsAreToldOnStderr() async throws {
    try await Workspace.with { workspace in
      try await Self.calm(workspace)
      try workspace.openTarget().execute("CREATE UNIQUE INDEX one_name ON items (name)")
      try workspace.openSource().execute("UPDATE items SET name = 'same' WHERE id IN (1, 2)")
      let failed = try await workspace.run("refresh", "wf.json")
      #expect(failed.code == 5 && failed.output == "" && failed.complaint.contains("runs retry 2"), "\(failed)")
    }
  }

  // MARK: Others at work

  /// Somebody else writes to the target: loads wait, and looking at it does not.
  private static func holdTarget(_ workspace: Workspace) throws -> SQLiteFile {
    let target = try workspace.openTarget()
    try target.execute("BEGIN IMMEDIATE")
    return target
  }

  private static func waitsForTarget(_ workspace: Workspace, run: Int) async throws {
    _ = try await waiting(for: "a task to wait for the target") {
      try workspace.openState().integer(
        "SELECT 1 FROM tasks WHERE run = \(run) AND kind = 'prepare' AND state = 'running'")
    }
  }

  @Test func theSecondOfTwoWaitsAndFindsNothingToDo() async throws {
    try await Workspace.with { workspace in
      try await Self.calm(workspace)
      try Self.change(workspace)
      let target = try Self.holdTarget(workspace)
      let first = try workspace.start(["refresh", "wf.json"])
      try await Self.waitsForTarget(workspace, run: 2)
      let hasty = try await workspace.run("refresh", "wf.json")
      #expect(hasty.code == 3 && hasty.complaint.contains("run 2 of wf is at work"), "\(hasty)")
      #expect(hasty.complaint.contains("--lock-timeout") && hasty.complaint.contains("process"), "\(hasty)")
      let patient = try workspace.start(["refresh", "wf.json", "--lock-timeout", "1h"])
      try target.execute("COMMIT")
      let ended = try await first.end()
      #expect(ended.code == 0 && ended.output.contains("2 of 2 tables changed"), "\(ended)")
      let waited = try await patient.end()
      #expect(waited.code == 0 && waited.output == "", "\(waited)")
      #expect(try workspace.openState().integer("SELECT count(*) FROM runs") == 2)
      try Self.check(workspace)
    }
  }

  @Test func theLockIsWaitedForAndItsHolderNamed() async throws {
    try await Workspace.with { workspace in
      try await Self.calm(workspace)
      // A lock of another host, which only time or a person can take away.
      let state = try workspace.openState()
      try state.execute(
        "INSERT INTO locks VALUES ('wf', 'l-1', 'ann@desk', 'desk', 7, 1, 'apply', 0, 0, 9000000000000000)")
      let refused = try await workspace.run("refresh", "wf.json", "--lock-timeout", "0.5")
      #expect(refused.code == 3 && refused.complaint.contains("ann@desk for apply"), "\(refused)")
      let waiting = try workspace.start(["refresh", "wf.json", "--lock-timeout", "PT1H"])
      try state.execute("DELETE FROM locks WHERE id = 'l-1'")
      let ended = try await waiting.end()
      #expect(ended.code == 0, "\(ended)")
      let wrong = try await workspace.run("refresh", "wf.json", "--lock-timeout", "soon")
      #expect(wrong.code == 64, "\(wrong)")
    }
  }

  @Test func aRunThatWasLeftAloneIsBroughtToItsEnd() async throws {
    try await Workspace.with { workspace in
      try await Self.calm(workspace)
      try Self.change(workspace)
      try await workspace.enginesEnd()
      let killed = try await workspace.run(
        "refresh", "wf.json", environment: workspace.fault("store.submit.after-commit=kill"))
      try #require(killed.signal == SIGKILL, "\(killed)")
      let next = try await workspace.run("refresh", "wf.json")
      #expect(next.code == 0 && next.output.contains("2 of 2 tables changed"), "\(next)")
      #expect(try workspace.openState().integer("SELECT count(*) FROM runs") == 2, "no second run was needed")
      try Self.check(workspace)
    }
  }

  @Test func aRunThatSomebodyPausedIsTheirs() async throws {
    try await Workspace.with { workspace in
      try await Self.calm(workspace)
      try Self.change(workspace)
      try await workspace.enginesEnd()
      _ = try await workspace.run(
        "refresh", "wf.json", environment: workspace.fault("store.submit.after-commit=kill"))
      #expect(try await workspace.run("runs", "pause", "2").code == 0)
      let refused = try await workspace.run("refresh", "wf.json", "--lock-timeout", "1h")
      #expect(refused.code == 3 && refused.complaint.contains("runs resume 2"), "\(refused)")
      #expect(try await workspace.run("runs", "resume", "2").code == 0)
      try Self.check(workspace)
    }
  }

  // MARK: Time

  @Test func stopsAtItsTimeAndTheNextOneGoesOn() async throws {
    try await Workspace.with { workspace in
      try await Self.calm(workspace)
      try Self.change(workspace)
      let target = try Self.holdTarget(workspace)
      let limited = try workspace.start(["refresh", "wf.json", "--max-duration", "1h"])
      try await Self.waitsForTarget(workspace, run: 2)
      // An hour later, seen from the run.
      try workspace.openState().execute("UPDATE runs SET stop_at = 1 WHERE id = 2")
      try target.execute("COMMIT")
      let stopped = try await limited.end()
      #expect(stopped.code == 2, "\(stopped)")
      #expect(
        stopped.output.contains("time is up") && stopped.output.contains("left for the next refresh"), "\(stopped)")
      let shown = try await workspace.run("show", "2")
      #expect(shown.output.contains("--max-duration") && shown.output.contains("paused"), "\(shown)")

      // What changed meanwhile comes with a run of its own, after the first one.
      try workspace.openSource().execute("UPDATE items SET name = 'later' WHERE id = 10")
      let next = try await workspace.run("refresh", "wf.json")
      #expect(next.code == 0, "\(next)")
      try Self.check(workspace)
      let states = try workspace.openState().texts("SELECT state FROM runs ORDER BY id")
      #expect(Set(states) == ["completed"], "\(states)")
      let twice = try workspace.openTarget().integer(
        "SELECT count(*) FROM (SELECT 1 FROM scmplan_ledger GROUP BY target, run, part HAVING count(*) > 1)")
      #expect(twice == 0)
      #expect(try await workspace.run("refresh", "wf.json").output == "")
    }
  }

  @Test func theEngineKeepsTheTimeWhenNobodyFollows() async throws {
    try await Workspace.with { workspace in
      try await Self.calm(workspace)
      try Self.change(workspace)
      let target = try Self.holdTarget(workspace)
      let followed = try workspace.start(["refresh", "wf.json", "--max-duration", "1h"])
      try await Self.waitsForTarget(workspace, run: 2)
      #expect(followed.send(SIGKILL))
      _ = try await followed.end()
      try workspace.openState().execute("UPDATE runs SET stop_at = 1 WHERE id = 2")
      try target.execute("COMMIT")
      _ = try await waiting(for: "the run to stop") {
        try workspace.openState().integer("SELECT 1 FROM runs WHERE id = 2 AND state = 'paused' AND stop_at = 1")
      }
      #expect(try workspace.openState().integer("SELECT loaded_parts < parts FROM runs WHERE id = 2") == 1)
      let next = try await workspace.run("refresh", "wf.json")
      #expect(next.code == 0, "\(next)")
      try Self.check(workspace)
    }
  }

  @Test func applyStopsAtItsTimeToo() async throws {
    try await Workspace.with { workspace in
      try MainRoadTests.make(workspace)
      let stopped = try await workspace.run("apply", "wf.json", "--auto-approve", "--max-duration", "0.001")
      #expect(stopped.code == 2 && stopped.output.contains("stopped at its time"), "\(stopped)")
      #expect(stopped.output.contains("runs resume 1"), "\(stopped)")
      let again = try await workspace.run("runs", "resume", "1", "--max-duration", "PT0.001S")
      #expect(again.code == 2, "\(again)")
      let resumed = try await workspace.run("runs", "resume", "1")
      #expect(resumed.code == 0, "\(resumed)")
      expectNone(try Checker(workspace).problems(["items", "events", "notes"]))
      for text in ["0", "-1", "PT", "5 minutes", "1e99"] {
        let wrong = try await workspace.run("refresh", "wf.json", "--max-duration=\(text)")
        #expect(wrong.code == 64 && wrong.complaint.contains("max-duration"), "\(wrong)")
      }
    }
  }

  // MARK: What needs a look

  @Test func aRefusedPlanIsSavedAndTheCommandTold() async throws {
    try await Workspace.with { workspace in
      try await Self.calm(workspace)
      let source = try workspace.openSource()
      try source.execute("ALTER TABLE items ADD COLUMN more TEXT; UPDATE items SET name = 'x' WHERE id = 1")
      let refused = try await workspace.run("refresh", "wf.json")
      #expect(refused.code == 1 && refused.output == "", "\(refused)")
      #expect(refused.complaint.contains("column more TEXT: column added"), "\(refused)")
      #expect(refused.complaint.contains("scmplan show state/wf.plan.json"), "\(refused)")
      #expect(refused.complaint.contains("scmplan apply state/wf.plan.json"), "\(refused)")
      #expect(try workspace.openTarget().texts("SELECT name FROM items WHERE id = 1") == ["item 1"])
      let applied = try await workspace.run("apply", "state/wf.plan.json")
      #expect(applied.code == 0, "\(applied)")
      try Self.check(workspace)
      #expect(try await workspace.run("refresh", "wf.json").output == "")
    }
  }

  @Test func aNewTableIsNotBegunWithByARefresh() async throws {
    try await Workspace.with { workspace in
      try await Self.calm(workspace)
      try workspace.workflow([
        "items": #""synchronization": {"strategy": "checksum"}, "partitionSize": {"maxRowsPerPartition": 20}"#,
        "events": #""synchronization": {"strategy": "watermark", "watermarkColumn": "at"}"#,
        "notes": #""target": {"tableName": "log", "writeMode": "append"}"#,
      ])
      try workspace.openTarget().execute("CREATE TABLE log (text TEXT); INSERT INTO log VALUES ('mine')")
      let refused = try await workspace.run("refresh", "wf.json")
      #expect(refused.code == 1 && refused.complaint.contains("notes never loaded by this state"), "\(refused)")
      #expect(try workspace.openTarget().integer("SELECT count(*) FROM log") == 1)
      let rest = try await workspace.run("refresh", "wf.json", "--exclude", "notes")
      #expect(rest.code == 0, "\(rest)")
    }
  }

  @Test func aShrunkTableIsRefusedWithTheWayForward() async throws {
    try await Workspace.with { workspace in
      try await Self.calm(workspace)
      try workspace.openSource().execute("DELETE FROM items WHERE id <= 20")
      let refused = try await workspace.run("refresh", "wf.json")
      #expect(refused.code == 1 && refused.complaint.contains("had 20 rows and has none now"), "\(refused)")
      #expect(
        refused.complaint.contains("onShrink") && refused.complaint.contains("scmplan plan wf.json"), "\(refused)")
      #expect(!refused.complaint.contains("scmplan apply"), "a plan that cannot be applied is not offered: \(refused)")
      let tried = try await workspace.run("apply", "state/wf.plan.json")
      #expect(tried.code == 1 && tried.complaint.contains("onShrink"), "\(tried)")
      #expect(try workspace.openTarget().integer("SELECT count(*) FROM items") == 100)
      try workspace.write(
        "wf.json", try workspace.read("wf.json").replacing(#""checksum""#, with: #""checksum", "onShrink": "allow""#))
      let allowed = try await workspace.run("refresh", "wf.json")
      #expect(allowed.code == 0, "\(allowed)")
      try Self.check(workspace)
    }
  }
}
