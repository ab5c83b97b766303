import Foundation
import Support
import Testing

/// Files that are missing, broken or in the way: a message, the right exit code, and nothing half done.
@Suite struct BadInputTests {
  /// A refusal: its exit code, words of its message, no stack trace, and no target.
  static func refused(
    _ workspace: Workspace, _ arguments: String..., code: Int32 = 1, saying words: String...,
    environment: [String: String] = [:]
  ) async throws {
    let result = try await workspace.start(arguments, environment: environment).end()
    #expect(result.code == code, "\(result)")
    for word in words { #expect(result.errors.localizedCaseInsensitiveContains(word), "\(word) is not in: \(result)") }
    #expect(!result.errors.contains("Fatal error") && !result.errors.contains("Swift."), "\(result)")
  }

  private static let workflows: [(text: String, code: Int32, words: [String])] = [
    ("", 1, ["wf.json:1:1"]), ("{", 1, ["wf.json:1"]), ("[]", 1, ["wf.json:1:1"]), ("{}", 1, ["tables"]),
    (#"{"tables": []}"#, 1, ["tables"]),
    (#"{"tables": [{"source": {"tableName": "t"}}]}"#, 1, ["needs target"]),
    (
      #"{"tables": [{"source": {"tableName": "t"}, "target": {"tableName": "t"}, "partitonSize": "auto"}]}"#, 1,
      ["partitionSize"]
    ),
    (
      #"{"tables": [{"source": {"tableName": "t"}, "target": {"tableName": "t"}}, {"source": {"tableName": "u"}, "target": {"tableName": "t"}}]}"#,
      1, ["same target"]
    ),
    (
      #"{"tables": [{"source": {"tableName": "t"}, "target": {"tableName": "t"}, "synchronization": {"strategy": "watermark"}}]}"#,
      1, ["watermarkColumn"]
    ),
    (
      #"{"tables": [{"source": {"tableName": "t"}, "source": {"tableName": "t"}, "target": {"tableName": "t"}}]}"#, 1,
      ["source"]
    ),
    ("{\"tables\": [{\"source\": {\"tableName\": \"\u{1}\"}}]}", 1, ["wf.json:1"]),
    (String(repeating: "[", count: 100_000), 1, ["wf.json:1"]),
  ]

  @Test(arguments: workflows.indices) func brokenWorkflows(_ index: Int) async throws {
    try await Workspace.with { workspace in
      try workspace.openSource().execute("CREATE TABLE t (id INTEGER PRIMARY KEY)")
      let workflow = Self.workflows[index]
      try workspace.write("wf.json", workflow.text)
      for command in [["validate"], ["plan"], ["apply", "--auto-approve"], ["refresh"]] {
        let result = try await workspace.start([command[0], "wf.json"] + command.dropFirst()).end()
        #expect(result.code == workflow.code, "\(result)")
        for word in workflow.words { #expect(result.complaint.contains(word), "\(result)") }
        #expect(result.output == "", "\(result)")
      }
      #expect(!FileManager.default.fileExists(atPath: workspace.target))
    }
  }

  @Test func namesThatAreNoFilesOrNoNames() async throws {
    try await Workspace.with { workspace in
      try await Self.refused(workspace, "validate", "none.json", saying: "none.json does not exist")
      try await Self.refused(workspace, "plan", "none.json", saying: "none.json does not exist")
      try await Self.refused(workspace, "show", "nothing", saying: "nothing")
      try workspace.write("9 lives.json", "{}")
      try await Self.refused(workspace, "plan", "9 lives.json", code: 64, saying: "--name")
      try await Self.refused(workspace, "plan", code: 64, saying: "workflow")
      try await Self.refused(workspace, "plann", "wf.json", code: 64)
      try await Self.refused(workspace, "plan", "wf.json", "--no-such-option", code: 64, saying: "--no-such-option")
    }
  }

  @Test func configurationsThatCannotBeUsed() async throws {
    try await Workspace.with { workspace in
      try MainRoadTests.make(workspace)
      let good = try workspace.read("configuration.toml")
      try await Self.refused(
        workspace, "plan", "wf.json", "--config", "none.toml", saying: "no configuration at", "none.toml")
      try await Self.refused(
        workspace, "plan", "wf.json", saying: "none.toml", environment: ["SCMPLAN_CONFIG": "none.toml"])
      try FileManager.default.createDirectory(
        atPath: workspace.folder + "/folder.toml", withIntermediateDirectories: true)
      try await Self.refused(
        workspace, "plan", "wf.json", "--config", "folder.toml", saying: "folder.toml cannot be read")
      try workspace.write("open.toml", good, mode: 0o666)
      try await Self.refused(workspace, "plan", "wf.json", "--config", "open.toml", saying: "everybody may write")
      for (text, words) in [
        ("[", "broken.toml:1"), ("[connections.source.sqlite]\npath = 7\n", "path"), ("what = 1\n", "what"),
        ("[connections.source.sqlite]\npath = \"a\"\npath = \"b\"\n", "broken.toml"), ("", "source"),
        ("\u{0}", "broken.toml"),
        (
          good.replacingOccurrences(of: "lease_seconds = 3", with: "lease_seconds = 2").replacingOccurrences(
            of: "heartbeat_seconds = 1", with: "heartbeat_seconds = 2"), "heartbeat_seconds"
        ),
        (good.replacingOccurrences(of: "\"\(workspace.source)\"", with: "\"env:NOT_SET\""), "NOT_SET"),
      ] {
        try workspace.write("broken.toml", text)
        try await Self.refused(workspace, "plan", "wf.json", "--config", "broken.toml", saying: words)
      }
      try workspace.write("readable.toml", good, mode: 0o644)
      let warned = try await workspace.run("plan", "wf.json", "--config", "readable.toml")
      #expect(warned.code == 0 && warned.complaint.contains("everybody may read"), "\(warned)")
      #expect(!FileManager.default.fileExists(atPath: workspace.target))
    }
  }

  @Test func sourcesThatCannotBeRead() async throws {
    try await Workspace.with { workspace in
      try MainRoadTests.make(workspace)
      let whole = try Data(contentsOf: URL(fileURLWithPath: workspace.source))
      let file = URL(fileURLWithPath: workspace.source)
      try FileManager.default.removeItem(at: file)
      try await Self.refused(workspace, "plan", "wf.json", saying: workspace.source)
      #expect(!FileManager.default.fileExists(atPath: workspace.source), "reading a source never makes one")
      try Data("this is no database, and long enough to be told from one\n".utf8).write(to: file)
      try await Self.refused(workspace, "plan", "wf.json", saying: "not a SQLite database")
      var corrupt = whole
      for page in stride(from: 4096, to: corrupt.count, by: 4096) {
        corrupt.replaceSubrange(
          page..<min(page + 200, corrupt.count), with: Data(repeating: 0xA5, count: min(200, corrupt.count - page)))
      }
      try corrupt.write(to: file)
      try await Self.refused(workspace, "plan", "wf.json", saying: workspace.source)
      try whole.prefix(5000).write(to: file)
      try await Self.refused(workspace, "plan", "wf.json", saying: workspace.source)
      try FileManager.default.removeItem(at: file)
      try FileManager.default.createDirectory(at: file, withIntermediateDirectories: false)
      try await Self.refused(workspace, "plan", "wf.json", saying: workspace.source)
      try FileManager.default.removeItem(at: file)
      try whole.write(to: file)
      try workspace.openSource().execute("DROP TABLE notes")
      try await Self.refused(workspace, "plan", "wf.json", saying: "notes")
      #expect(!FileManager.default.fileExists(atPath: workspace.target))
    }
  }

  @Test func targetsThatCannotBeWritten() async throws {
    try await Workspace.with { workspace in
      try MainRoadTests.make(workspace)
      let file = URL(fileURLWithPath: workspace.target)
      try Data("this is no database, and long enough to be told from one\n".utf8).write(to: file)
      try await Self.refused(workspace, "plan", "wf.json", saying: "not a SQLite database", workspace.target)
      try FileManager.default.removeItem(at: file)
      try FileManager.default.createDirectory(at: file, withIntermediateDirectories: false)
      try await Self.refused(workspace, "plan", "wf.json", saying: workspace.target)
    }
  }

  @Test func plansThatAreBroken() async throws {
    try await Workspace.with { workspace in
      try MainRoadTests.make(workspace)
      #expect(try await workspace.run("plan", "wf.json", "--out", "good.plan.json").code == 0)
      let good = try workspace.read("good.plan.json")
      try await Self.refused(workspace, "apply", "none.plan.json", saying: "none.plan.json")
      for text in [
        "", "{}", "[1]", String(good.prefix(good.count / 2)),
        good.replacingOccurrences(of: "\"lineage\"", with: "\"linage\""),
      ] {
        try workspace.write("bad.plan.json", text)
        try await Self.refused(workspace, "apply", "bad.plan.json", saying: "bad.plan.json")
        try await Self.refused(workspace, "show", "bad.plan.json", saying: "bad.plan.json")
      }
      let lineage = try #require(try workspace.openState().texts("SELECT value FROM meta WHERE name = 'lineage'").first)
      try workspace.write("foreign.plan.json", good.replacingOccurrences(of: lineage, with: "another"))
      try await Self.refused(workspace, "apply", "foreign.plan.json", code: 4)
      try await Self.refused(workspace, "apply", "good.plan.json", "--target", "items", code: 64)
      #expect(!FileManager.default.fileExists(atPath: workspace.target))
    }
  }

  @Test func statesThatCannotBeUsed() async throws {
    try await Workspace.with { workspace in
      try MainRoadTests.make(workspace)
      try await Self.refused(workspace, "runs", "list", saying: "no state")
      #expect(try await workspace.run("apply", "wf.json", "--auto-approve").code == 0)
      try await workspace.enginesEnd()
      let state = try workspace.openState()
      try state.execute("PRAGMA wal_checkpoint(TRUNCATE)")
      let whole = try Data(contentsOf: URL(fileURLWithPath: workspace.state))
      func place(_ name: String, _ data: Data) throws -> String {
        try data.write(to: URL(fileURLWithPath: workspace.folder + "/" + name))
        return name
      }
      for name in [
        try place("truncated.db", whole.prefix(whole.count / 2)), try place("page.db", whole.prefix(4096)),
        try place("text.db", Data("no database at all, but long enough to look at it\n".utf8)),
      ] {
        for command in [["plan", "wf.json"], ["state", "list"], ["state", "pull"], ["runs", "list"]] {
          let result = try await workspace.start(command + ["--state", name]).end()
          #expect(result.code == 1 && result.complaint.contains(name), "\(result)")
        }
      }
      _ = try place("newer.db", whole)
      try SQLiteFile(workspace.folder + "/newer.db").execute(
        "UPDATE meta SET value = '999' WHERE name = 'schema_version'")
      try await Self.refused(workspace, "plan", "wf.json", "--state", "newer.db", saying: "version 999")
      try SQLiteFile(workspace.folder + "/other.db", isNew: true).execute("CREATE TABLE shopping (list TEXT)")
      try await Self.refused(workspace, "plan", "wf.json", "--state", "other.db", saying: "something else")
      try await Self.refused(workspace, "plan", "wf.json", "--state", "source.db/s.db", saying: "source.db")
      expectNone(try Checker(workspace).problems(["items", "events", "notes"]))
    }
  }
}
