import Foundation
import Support
import Testing

/// Plan, apply, change, refresh, show: what a person does first.
@Suite struct MainRoadTests {
  /// Three tables: by checksum in parts of 20 rows, by watermark, and reloaded whole.
  static func make(_ workspace: Workspace) throws {
    let source = try workspace.openSource()
    try source.execute(
      """
      CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT, price REAL, image BLOB);
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100)
        INSERT INTO items SELECT i, 'item ' || i, i / 4.0, zeroblob(i % 7) FROM n;
      CREATE TABLE events (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, what TEXT);
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60)
        INSERT INTO events SELECT i, i / 3, 'event ' || i FROM n;
      CREATE TABLE notes (text TEXT);
      INSERT INTO notes VALUES ('a'), ('a'), (NULL), ('');
      """)
    try workspace.workflow([
      "items": """
      "synchronization": {"strategy": "checksum"}, "partitionSize": {"maxRowsPerPartition": 20}
      """,
      "events": """
      "synchronization": {"strategy": "watermark", "watermarkColumn": "at"}
      """,
      "notes": "",
    ])
  }

  @Test func plansAppliesRefreshesAndShows() async throws {
    try await Workspace.with { workspace in
      try Self.make(workspace)
      let checker = Checker(workspace)
      let validated = try await workspace.run("validate", "wf.json")
      #expect(validated.code == 0, "\(validated)")
      #expect(!FileManager.default.fileExists(atPath: workspace.state), "validate makes no state")

      let planned = try await workspace.run("plan", "wf.json")
      #expect(planned.code == 0, "\(planned)")
      #expect(planned.output.contains("+ items"))
      #expect(planned.output.contains("Plan: 3 tables to create"))
      #expect(!FileManager.default.fileExists(atPath: workspace.target), "planning makes no target")

      let applied = try await workspace.run("apply", "state/wf.plan.json")
      #expect(applied.code == 0, "\(applied)")
      #expect(applied.output.contains("Run 1 completed"), "\(applied)")
      expectNone(try checker.problems(["items", "events", "notes"]))

      let again = try await workspace.run("plan", "wf.json", "--target", "items", "--target", "events")
      #expect(again.code == 0 && again.output.contains("No changes."), "\(again)")

      let source = try workspace.openSource()
      try source.execute(
        """
        UPDATE items SET name = 'changed' WHERE id = 42;
        INSERT INTO events VALUES (61, 20, 'tie'), (62, 21, 'new'), (63, 22, 'newer');
        INSERT INTO notes VALUES ('b');
        """)
      let refreshed = try await workspace.run("refresh", "wf.json")
      #expect(refreshed.code == 0, "\(refreshed)")
      #expect(refreshed.output.contains("wf: 3 of 3 tables changed"), "\(refreshed)")
      expectNone(try checker.problems(["items", "events", "notes"]))

      let runs = try await workspace.run("show")
      #expect(runs.code == 0 && runs.output.contains("completed"), "\(runs)")
      let run = try await workspace.run("show", "2")
      #expect(run.code == 0 && run.output.contains("counted, equal"), "\(run)")
      let plan = try await workspace.run("show", "state/wf.plan.json")
      #expect(plan.code == 0 && plan.output.contains("~ items"), "\(plan)")
      let table = try await workspace.run("show", "items")
      #expect(table.code == 0 && table.output.contains("5 parts, 100 rows"), "\(table)")
      try await workspace.enginesEnd()
      #expect(try FileManager.default.contentsOfDirectory(atPath: workspace.stage) == [], "nothing stays staged")
    }
  }

  @Test func tellsByExitCodeWhetherThereAreChanges() async throws {
    try await Workspace.with { workspace in
      try Self.make(workspace)
      let first = try await workspace.run("plan", "wf.json", "--detailed-exitcode", "--out", "plans/first.json")
      #expect(first.code == 2, "\(first)")
      #expect(FileManager.default.fileExists(atPath: workspace.folder + "/plans/first.json"))
      let applied = try await workspace.run("apply", "plans/first.json")
      #expect(applied.code == 0, "\(applied)")
      let second = try await workspace.run("plan", "wf.json", "--detailed-exitcode", "--exclude", "notes")
      #expect(second.code == 0, "\(second)")
      let replaced = try await workspace.run(
        "plan", "wf.json", "--detailed-exitcode", "--target", "items", "--replace", "items")
      #expect(replaced.code == 2 && replaced.output.contains("-/+ items"), "\(replaced)")
    }
  }

  @Test func plansOnlyWhatIsAskedFor() async throws {
    try await Workspace.with { workspace in
      try Self.make(workspace)
      let some = try await workspace.run("plan", "wf.json", "--target", "i*", "--target", "notes", "--exclude", "n*")
      #expect(some.output.contains("items") && !some.output.contains("notes") && !some.output.contains("events"))
      let applied = try await workspace.run("apply", "wf.json", "--target", "items", "--auto-approve")
      #expect(applied.code == 0, "\(applied)")
      expectNone(try Checker(workspace).problems(["items"]))
      #expect(
        try workspace.openTarget().texts("SELECT name FROM sqlite_schema WHERE name IN ('events', 'notes')") == [])
      let rest = try await workspace.run("apply", "wf.json", "--auto-approve")
      #expect(rest.code == 0, "\(rest)")
      expectNone(try Checker(workspace).problems(["items", "events", "notes"]))
    }
  }

  @Test func asksBeforeItAppliesAWorkflow() async throws {
    try await Workspace.with { workspace in
      try Self.make(workspace)
      let refused = try await workspace.run("apply", "wf.json")
      #expect(refused.code == 1 && refused.complaint.contains("--auto-approve"), "\(refused)")
      #expect(!FileManager.default.fileExists(atPath: workspace.target))
      let runs = try await workspace.run("runs", "list")
      #expect(runs.output.contains("No runs yet"), "\(runs)")
    }
  }

  @Test func writesPlansForReviewAndForPrograms() async throws {
    try await Workspace.with { workspace in
      try Self.make(workspace)
      let markdown = try await workspace.run("plan", "wf.json", "--format", "markdown")
      #expect(markdown.code == 0 && markdown.output.contains("| `+` | items |"), "\(markdown)")
      let json = try await workspace.run("plan", "wf.json", "--json", "--detailed-exitcode")
      #expect(json.code == 2, "\(json)")
      let lines = try json.output.split(separator: "\n").map { try Self.object(String($0)) }
      #expect(lines.first?["type"] as? String == "version" && lines.first?["format"] as? Int == 1)
      #expect(lines.last?["type"] as? String == "plan")
      let into = try await workspace.run("plan", "wf.json", "--json-into", "plan.jsonl")
      #expect(into.output.contains("+ items"))
      #expect(try workspace.read("plan.jsonl").hasPrefix("{\"format\":1"))
      let applied = try await workspace.run("apply", "wf.json", "--auto-approve", "--json")
      #expect(applied.code == 0, "\(applied)")
      let kinds = try applied.output.split(separator: "\n").map { try Self.object(String($0))["type"] as? String }
      #expect(kinds.first == "version" && kinds.last == "summary", "\(applied)")
      for arguments in [
        ["show", "--json"], ["show", "1", "--json"], ["show", "items", "--json"], ["state", "list", "--json"],
      ] {
        let shown = try await workspace.start(arguments).end()
        #expect(shown.code == 0, "\(shown)")
        for line in shown.output.split(separator: "\n") { _ = try Self.object(String(line)) }
      }
    }
  }

  @Test func refusesAPlanTheSecondTime() async throws {
    try await Workspace.with { workspace in
      try Self.make(workspace)
      _ = try await workspace.run("plan", "wf.json", "--out", "p.plan.json")
      #expect(try await workspace.run("apply", "p.plan.json").code == 0)
      let again = try await workspace.run("apply", "p.plan.json")
      #expect(again.code == 4 && again.complaint.contains("stale"), "\(again)")
      let shown = try await workspace.run("show", "p.plan.json")
      #expect(shown.code == 0 && shown.output.contains("+ items"), "\(shown)")
      expectNone(try Checker(workspace).problems(["items", "events", "notes"]))
    }
  }

  @Test func plansTheSameBytesTwice() async throws {
    try await Workspace.with { workspace in
      try Self.make(workspace)
      for round in 0..<2 {
        for name in ["a", "b"] {
          let planned = try await workspace.run("plan", "wf.json", "--out", "\(name).json")
          #expect(planned.code == 0, "\(planned)")
        }
        #expect(try workspace.read("a.json") == workspace.read("b.json"), "round \(round)")
        if round == 0 { #expect(try await workspace.run("apply", "a.json").code == 0) }
      }
    }
  }

  static func object(_ line: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
  }
}
