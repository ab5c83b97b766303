import Foundation
import Support
import Testing

/// `init`: a first workflow out of the source's catalog.
@Suite struct InitTests {
  private static let tables = """
    CREATE TABLE orders (id INTEGER PRIMARY KEY, v); INSERT INTO orders VALUES (1, 2);
    CREATE TABLE "price list" (sku TEXT PRIMARY KEY); INSERT INTO "price list" VALUES ('a');
    CREATE TABLE orders_backup (id INTEGER); CREATE VIEW latest AS SELECT * FROM orders;
    """

  @Test func whatItWritesIsPlannedAndApplied() async throws {
    try await Workspace.with { workspace in
      try workspace.openSource().execute(Self.tables)
      let made = try await workspace.run("init", "first.json", "--exclude", "*_backup")
      #expect(made.code == 0, "\(made)")
      #expect(made.output.contains("first.json: 2 tables of SQLite for SQLite"), "\(made)")
      #expect(try await workspace.run("validate", "first.json").code == 0)
      let applied = try await workspace.run("apply", "first.json", "--auto-approve")
      #expect(applied.code == 0, "\(applied)")
      #expect(try await workspace.run("plan", "first.json", "--detailed-exitcode").code == 0)
    }
  }

  @Test func viewsComeWhenAskedForAndJSONSaysHowMany() async throws {
    try await Workspace.with { workspace in
      try workspace.openSource().execute(Self.tables)
      let made = try await workspace.run("init", "first.json", "--views", "--json")
      #expect(made.output.contains(#""tables":4"#), "\(made)")
    }
  }

  @Test func refusesWhatItCannotDo() async throws {
    try await Workspace.with { workspace in
      try workspace.openSource().execute(Self.tables)
      try "mine".write(toFile: workspace.folder + "/taken.json", atomically: true, encoding: .utf8)
      let cases: [(arguments: [String], words: String)] = [
        (["taken.json"], "is there already"), (["9.json"], "digit"), (["none/wf.json"], "cannot be written"),
        (["wf.json", "--target", "nothing*"], "none of the 4 tables"),
      ]
      for (arguments, words) in cases {
        let result = try await workspace.start(["init"] + arguments).end()
        #expect(result.code != 0 && result.complaint.contains(words), "\(result)")
      }
      #expect(try String(contentsOfFile: workspace.folder + "/taken.json", encoding: .utf8) == "mine")
      #expect(!FileManager.default.fileExists(atPath: workspace.folder + "/wf.json"))
    }
  }
}
