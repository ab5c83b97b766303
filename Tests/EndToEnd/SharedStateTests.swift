import Foundation
import Support
import Testing

/// A state on PostgreSQL: everything that works with a file works with it, and it outlives its server's restarts.
@Suite struct SharedStateTests {
  private static let table =
    #""synchronization": {"strategy": "checksum"}, "partitionSize": {"maxRowsPerPartition": 100}"#
  private static let password = "right"

  /// Runs `body` with a workspace whose state is in a schema of its own.
  private func with(
    _ server: PostgresServer, user: String? = nil, _ body: (Workspace, [String: String]) async throws -> Void
  ) async throws {
    let database = try server.database()
    if let user { try database.run("GRANT CREATE ON DATABASE \(database.name) TO \(user)") }
    try await Workspace.with { workspace in
      let text = try workspace.read("configuration.toml")
      let head = try #require(text.range(of: "[state]"))
      try workspace.write("configuration.toml", text[..<head.lowerBound] + "[state]\nurl = \"env:STATE_URL\"\n")
      let login = user.map { "\($0):\(Self.password)" } ?? server.user
      try await body(
        workspace,
        ["STATE_URL": "postgresql://\(login)@\(server.host):\(server.port)/\(database.name)?schema=moves"])
    }
  }

  private func fill(_ workspace: Workspace) throws {
    try workspace.openSource().execute(
      """
      CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT);
      WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 1000) INSERT INTO t SELECT i, 'v' || i FROM c;
      """)
    try workspace.workflow(["t": Self.table])
  }

  /// What a document of a state says of its tables and of its lineage; its serial grows with each push.
  private func tables(_ document: String) throws -> NSDictionary {
    let content = try #require(try JSONSerialization.jsonObject(with: Data(document.utf8)) as? [String: Any])
    return NSDictionary(dictionary: content.filter { ["tables", "lineage"].contains($0.key) })
  }

  private func expectEqual(_ workspace: Workspace) throws {
    let rows = "SELECT id, v FROM t ORDER BY id"
    #expect(try workspace.openSource().rows(rows) == workspace.openTarget().rows(rows))
  }

  @Test func aMigrationFromPlanToVerify() async throws {
    try await with(.shared(), user: "needs_password") { workspace, environment in
      try fill(workspace)
      let applied = try await workspace.run("apply", "wf.json", "--auto-approve", environment: environment)
      #expect(applied.code == 0, "\(applied)\n\(workspace.engineLog)")
      try expectEqual(workspace)
      try workspace.openSource().execute("UPDATE t SET v = 'new' WHERE id = 550")
      let refreshed = try await workspace.run("refresh", "wf.json", environment: environment)
      #expect(refreshed.code == 0, "\(refreshed)")
      try expectEqual(workspace)
      for command in [["verify", "wf.json"], ["show"], ["runs", "list"], ["state", "list"], ["check", "wf.json"]] {
        let result = try await workspace.start(command, environment: environment).end()
        #expect(result.code == 0, "\(command): \(result)")
        #expect(!"\(result)".contains(Self.password + "@"), "\(result)")
      }
      #expect(!workspace.engineLog.contains(Self.password + "@"))
      #expect(!FileManager.default.fileExists(atPath: workspace.state))

      // From one kind of store into the other, and the plan is the same.
      let document = try await workspace.run("state", "pull", environment: environment)
      try workspace.write("state.json", document.output)
      let pushed = try await workspace.run(
        "state", "push", "state.json", "--state", "copy/scmplan.db", environment: environment)
      #expect(pushed.code == 0, "\(pushed)")
      let again = try await workspace.run("state", "pull", "--state", "copy/scmplan.db", environment: environment)
      #expect(try tables(again.output) == tables(document.output))
      let nothing = try await workspace.run("plan", "wf.json", "--state", "copy/scmplan.db", environment: environment)
      #expect(nothing.code == 0 && nothing.said.contains("No changes"), "\(nothing)")
    }
  }

  @Test func theServerIsRestartedAndTheEngineKilledInMidRun() async throws {
    let server = try PostgresServer.own()
    try await with(server) { workspace, environment in
      try fill(workspace)
      let applying = try workspace.start(
        ["apply", "wf.json", "--auto-approve"],
        environment: environment.merging(workspace.fault("load.before-commit@3=kill")) { $1 })
      _ = try await waiting(for: "the engine to be killed", seconds: 120) { workspace.fired.isEmpty ? nil : true }
      server.restart(.immediate)
      let applied = try await applying.end()
      #expect(applied.code == 0, "\(applied)\n\(workspace.engineLog)")
      try expectEqual(workspace)
      let verified = try await workspace.run("verify", "wf.json", environment: environment)
      #expect(verified.code == 0, "\(verified)")
    }
  }

  @Test func placesThatCannotBeUsedAreToldWithoutTheirPasswords() async throws {
    try await with(.shared()) { workspace, environment in
      try fill(workspace)
      let url = try #require(environment["STATE_URL"])
      let server = try PostgresServer.shared()
      let cases: [(url: String, words: String)] = [
        (url.replacing("\(server.user)@", with: "needs_password:secret-word@"), "password authentication failed"),
        (url.replacing(":\(server.port)/", with: ":1/"), "cannot be reached"),
        ("postgresql://secret-word", "it names no user"),
        (url + "&sslmod=require", "sslmod is no parameter of it"),
        (url.replacing("schema=moves", with: "schema=Moves"), "a schema is lower-case letters"),
        ("snowflake://a:secret-word@b", "only a state on PostgreSQL is built yet"),
      ]
      for (url, words) in cases {
        let refused = try await workspace.run("plan", "wf.json", environment: ["STATE_URL": url])
        #expect(refused.code == 1 && refused.complaint.contains(words), "\(url): \(refused)")
        #expect(!refused.complaint.contains("secret-word"), "\(refused)")
      }
      let argument = try await workspace.run("plan", "wf.json", "--state", url, environment: environment)
      #expect(argument.code == 1 && argument.complaint.contains("--state takes a SQLite file"), "\(argument)")
    }
  }
}
