import Foundation
import Support
import Testing

/// `state …` and `unlock`.
@Suite struct StateCommandTests {
  private static func loaded(_ workspace: Workspace) async throws {
    try MainRoadTests.make(workspace)
    let applied = try await workspace.run("apply", "wf.json", "--auto-approve")
    try #require(applied.code == 0, "\(applied)")
  }

  @Test func listsAndShowsTables() async throws {
    try await Workspace.with { workspace in
      try await Self.loaded(workspace)
      let list = try await workspace.run("state", "list")
      #expect(list.code == 0, "\(list)")
      for table in ["items", "events", "notes"] { #expect(list.output.contains(table), "\(list)") }
      let shown = try await workspace.run("state", "show", "items")
      #expect(shown.code == 0 && shown.output.contains("5 parts, 100 rows"), "\(shown)")
      let unknown = try await workspace.run("state", "show", "nothing")
      #expect(unknown.code == 1 && unknown.complaint.contains("nothing"), "\(unknown)")
    }
  }

  @Test func forgetsATableAndReloadsIt() async throws {
    try await Workspace.with { workspace in
      try await Self.loaded(workspace)
      let removed = try await workspace.run("state", "rm", "items")
      #expect(removed.code == 0, "\(removed)")
      #expect(try workspace.openTarget().integer("SELECT count(*) FROM items") == 100, "the target keeps its rows")
      let planned = try await workspace.run("plan", "wf.json", "--target", "items", "--detailed-exitcode")
      #expect(planned.code == 2 && planned.output.contains("-/+ items"), "\(planned)")
      let applied = try await workspace.run("apply", "wf.json", "--auto-approve")
      #expect(applied.code == 0, "\(applied)")
      expectNone(try Checker(workspace).problems(["items", "events", "notes"]))
    }
  }

  @Test func followsARenamedSource() async throws {
    try await Workspace.with { workspace in
      try await Self.loaded(workspace)
      try workspace.openSource().execute("ALTER TABLE items RENAME TO things")
      let moved = try await workspace.run("state", "mv", "items", "--source", "things")
      #expect(moved.code == 0, "\(moved)")
      try workspace.workflow([
        "things": """
        "target": {"tableName": "items"}, "synchronization": {"strategy": "checksum"},
        "partitionSize": {"maxRowsPerPartition": 20}
        """
      ])
      let planned = try await workspace.run("plan", "wf.json", "--target", "things", "--detailed-exitcode")
      #expect(planned.code == 0, "\(planned)")
    }
  }

  @Test func pullsAndPushes() async throws {
    try await Workspace.with { workspace in
      try await Self.loaded(workspace)
      let first = try await workspace.run("state", "pull")
      #expect(first.code == 0, "\(first)")
      try workspace.write("old.json", first.output)
      let same = try await workspace.run("state", "push", "old.json")
      #expect(same.code == 0 && same.output.contains("already"), "\(same)")

      try workspace.openSource().execute("UPDATE items SET name = 'x' WHERE id = 1")
      #expect(try await workspace.run("apply", "wf.json", "--auto-approve").code == 0)
      let older = try await workspace.run("state", "push", "old.json")
      #expect(older.code == 1 && older.complaint.contains("serial"), "\(older)")

      let lineage = try #require(try workspace.openState().texts("SELECT value FROM meta WHERE name = 'lineage'").first)
      try workspace.write("foreign.json", first.output.replacingOccurrences(of: lineage, with: "somebody-else"))
      let foreign = try await workspace.run("state", "push", "foreign.json")
      #expect(foreign.code == 4 && foreign.complaint.contains("another state"), "\(foreign)")
      for broken in ["", "{", "[]", String(first.output.prefix(first.output.count / 2))] {
        try workspace.write("broken.json", broken)
        let refused = try await workspace.run("state", "push", "broken.json")
        #expect(refused.code == 1 && refused.errors.hasPrefix("error: "), "\(refused)")
      }
      let piped = try await workspace.run("state", "push", "-", "--force", input: workspace.folder + "/old.json")
      #expect(piped.code == 0, "\(piped)")

      // An old state must not lead to rows that are lost or doubled.
      let applied = try await workspace.run("apply", "wf.json", "--auto-approve")
      #expect(applied.code == 0, "\(applied)")
      expectNone(try Checker(workspace).problems(["items", "events", "notes"]))
    }
  }

  @Test func aPulledStateGoesOnElsewhere() async throws {
    try await Workspace.with { workspace in
      try await Self.loaded(workspace)
      try workspace.write("state.json", try await workspace.run("state", "pull").output)
      let made = try await workspace.run("state", "push", "state.json", "--state", "other/scmplan.db")
      #expect(made.code == 0, "\(made)")
      let planned = try await workspace.run(
        "plan", "wf.json", "--state", "other/scmplan.db", "--exclude", "notes", "--detailed-exitcode")
      #expect(planned.code == 0, "\(planned)")
    }
  }

  @Test func showsAndBreaksLocks() async throws {
    try await Workspace.with { workspace in
      try await Self.loaded(workspace)
      let free = try await workspace.run("unlock")
      #expect(free.code == 0 && free.output.contains("No workflow is locked"), "\(free)")
      let moment = Int(Date().timeIntervalSince1970 * 1000)
      try workspace.openState().execute(
        """
        INSERT INTO locks VALUES ('wf', 'lock-1', 'ann@far', 'far', 7, 7, 'apply', \(moment), \(moment),
          \(moment + 3_600_000))
        """)
      let refused = try await workspace.run("apply", "wf.json", "--auto-approve")
      #expect(refused.code == 3 && refused.complaint.contains("ann@far"), "\(refused)")
      #expect(refused.complaint.contains("unlock"), "\(refused)")
      #expect(try await workspace.run("refresh", "wf.json").code == 3)
      let listed = try await workspace.run("unlock")
      #expect(listed.output.contains("lock-1"), "\(listed)")
      #expect(try await workspace.run("unlock", "lock-2").code == 1)
      let broken = try await workspace.run("unlock", "lock-1")
      #expect(broken.code == 0, "\(broken)")
      let applied = try await workspace.run("apply", "wf.json", "--auto-approve")
      #expect(applied.code == 0, "\(applied)")
    }
  }

  @Test func takesTheLockOfADeadProcess() async throws {
    try await Workspace.with { workspace in
      try await Self.loaded(workspace)
      let dead = try workspace.start("/bin/true", [])
      _ = try await dead.end()
      let host = ProcessInfo.processInfo.hostName
      let moment = Int(Date().timeIntervalSince1970 * 1000)
      try workspace.openState().execute(
        """
        INSERT INTO locks VALUES ('wf', 'lock-1', 'me', '\(host)', \(dead.pid), 1, 'apply', \(moment), \(moment),
          \(moment + 3_600_000))
        """)
      let applied = try await workspace.run("apply", "wf.json", "--auto-approve")
      #expect(applied.code == 0, "\(applied)")
    }
  }
}
