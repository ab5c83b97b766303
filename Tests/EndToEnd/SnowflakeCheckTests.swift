import Foundation
import Support
import Testing

/// `check` and plans that ask a Snowflake account, as the program says it.
@Suite struct SnowflakeCheckTests {
  private static func make(_ workspace: Workspace, _ database: String) throws {
    try workspace.openSource().execute(
      """
      CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT);
      CREATE TABLE lake (id INTEGER PRIMARY KEY, name TEXT);
      CREATE TABLE linked (id INTEGER PRIMARY KEY);
      INSERT INTO items VALUES (1, 'a'); INSERT INTO lake VALUES (1, 'a'); INSERT INTO linked VALUES (1);
      """)
    try workspace.write(
      "wf.json",
      """
      {"defaultTableConfiguration": {"target": {"databaseName": "\(database)", "schemaName": "public"}},
       "tables": [
        {"source": {"tableName": "items"}, "target": {"tableName": "items"}},
        {"source": {"tableName": "lake"}, "target": {"tableName": "lake", "tableType": "iceberg",
         "icebergConfig": {"externalVolume": "lake_volume"}}},
        {"source": {"tableName": "linked"}, "target": {"tableName": "linked", "tableType": "iceberg",
         "icebergConfig": {"catalog": "glue", "catalogTableName": "db.linked"}}}
      ]}
      """)
  }

  private static let good: [String: BenchValue] = [
    "volumes": ["LAKE_VOLUME": [:]], "integrations": ["GLUE": [:]],
  ]

  private struct Finding: Decodable {
    var type: String
    var outcome: String?
    var subject: String?
    var remedy: String?
  }

  private static func words(_ text: String) -> String {
    text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  @Test func anAccountInOrderIsLookedOver() async throws {
    try await Workspace.with { workspace in
      let account = try await SnowflakeAccount(workspace)
      try Self.make(workspace, account.database)
      try await account.become(Self.good)
      let result = try await workspace.run("check", "wf.json")
      #expect(result.code == 0, "\(result)")
      for subject in [
        "Snowflake TESTORG-BENCH: logged in", "clock: agrees", "warehouse COMPUTE_WH: ran a statement",
        "schema \(account.database).PUBLIC: role ACCOUNTADMIN may make tables",
        "stage \(account.database).PUBLIC.SCMPLAN_STAGE: a file was written",
        "Iceberg table \(account.database).PUBLIC.LAKE: its preconditions hold: 1 of 1",
        "external volume LAKE_VOLUME: Snowflake can write", "target snow: opened; 0 of 3 tables there already",
      ] { #expect(Self.words(result.output).contains(subject), "\(subject) in \(result)") }
      #expect(result.output.contains("Everything that a run needs is there"))
      let objects = try await account.bench.rows("SHOW OBJECTS IN SCHEMA \(account.database).PUBLIC")
      #expect(objects.isEmpty)
    }
  }

  @Test func everythingThatIsWrongIsSaidAtOnce() async throws {
    try await Workspace.with { workspace in
      let account = try await SnowflakeAccount(workspace)
      let database = account.database
      try Self.make(workspace, database)
      try await account.become([
        "roles": ["MOVER", "PUBLIC"], "grants": ["MOVER": [["USAGE", "DATABASE", .text(database)]]],
        "suspended": true, "clock": 4000, "storage_port": 9, "region": "GCP_EUROPE_WEST4",
        "volumes": ["LAKE_VOLUME": ["allow_writes": false, "broken": "readResult"]],
        "integrations": ["GLUE": ["enabled": false]],
      ])
      let failed = [
        "clock", "warehouse COMPUTE_WH", "schema \(database).PUBLIC", "stage \(database).PUBLIC.SCMPLAN_STAGE",
        "Iceberg table \(database).PUBLIC.LAKE", "Iceberg table \(database).PUBLIC.LINKED",
        "external volume LAKE_VOLUME",
      ]
      let text = try await workspace.run("check", "wf.json")
      #expect(text.code == 1, "\(text)")
      for subject in failed { #expect(text.output.contains("failed   \(subject)"), "\(subject) in \(text)") }
      for statement in [
        "timedatectl set-ntp true", "ALTER WAREHOUSE COMPUTE_WH SET AUTO_RESUME = TRUE;",
        "open 127.0.0.1:9 in the firewall",
        "GRANT USAGE, CREATE TABLE, CREATE STAGE ON SCHEMA \"\(database)\".\"PUBLIC\" TO ROLE \"MOVER\";",
        "ALTER EXTERNAL VOLUME LAKE_VOLUME SET ALLOW_WRITES = TRUE;",
        "ALTER CATALOG INTEGRATION GLUE SET ENABLED = TRUE;",
      ] { #expect(Self.words(text.output).contains(statement), "\(statement) in \(text)") }
      #expect(text.output.contains("7 checks failed"), "\(text)")

      let json = try await workspace.run("check", "wf.json", "--json")
      #expect(json.code == 1)
      let lines = try json.output.split(separator: "\n").map {
        try JSONDecoder().decode(Finding.self, from: Data($0.utf8))
      }
      let wrong = lines.filter { $0.outcome == "failed" }
      #expect(wrong.compactMap(\.subject) == failed, "\(json)")
      #expect(wrong.allSatisfy { $0.remedy?.isEmpty == false }, "\(json)")
      #expect(json.output.contains(#""failed":7"#))
    }
  }

  @Test func aNetworkPolicyIsToldOnceAndNothingElseIsTried() async throws {
    try await Workspace.with { workspace in
      let account = try await SnowflakeAccount(workspace)
      try Self.make(workspace, account.database)
      try await account.become(["network": false])
      let result = try await workspace.run("check", "wf.json")
      #expect(result.code == 1 && result.output.contains("1 check failed"), "\(result)")
      #expect(Self.words(result.output).contains("SHOW PARAMETERS LIKE 'NETWORK_POLICY' FOR USER"), "\(result)")
      #expect(try await account.bench.requests("login", user: account.user).count == 1)
    }
  }

  /// What the account says is a part of the plan, the same each time; what it denies refuses the plan.
  @Test func aPlanAsksForWhatIcebergTablesNeed() async throws {
    try await Workspace.with { workspace in
      let account = try await SnowflakeAccount(workspace)
      try Self.make(workspace, account.database)
      try await account.become(Self.good)
      let first = try await workspace.run("plan", "wf.json", "--out", "one.json")
      #expect(first.code == 0 && first.output.contains("preconditions: 1 of 1 hold in the account"), "\(first)")
      #expect(first.output.contains("preconditions: 2 of 2 hold in the account"), "\(first)")
      #expect(try await workspace.run("plan", "wf.json", "--out", "two.json").code == 0)
      #expect(try workspace.read("one.json") == workspace.read("two.json"))
      #expect(try workspace.read("one.json").contains(#""verdict""#))

      try await account.become(["volumes": ["LAKE_VOLUME": ["allow_writes": false]]])
      let refused = try await workspace.run("plan", "wf.json", "--out", "three.json")
      #expect(refused.output.contains("Refused: the plan cannot be applied"), "\(refused)")
      let said = Self.words(refused.output)
      #expect(said.contains("ALTER EXTERNAL VOLUME LAKE_VOLUME SET ALLOW_WRITES = TRUE;"), "\(refused)")
      #expect(said.contains("catalog integration GLUE exists, is enabled and may be used: no"), "\(refused)")
      #expect(try await workspace.run("plan", "wf.json", "--out", "four.json").code == refused.code)
      #expect(try workspace.read("three.json") == workspace.read("four.json"))
      try FileManager.default.moveItem(
        atPath: workspace.folder + "/three.json", toPath: workspace.folder + "/three.plan.json")
      let applied = try await workspace.run("apply", "three.plan.json", "--auto-approve")
      #expect(applied.code == 1, "\(applied)")
      #expect(try await account.bench.rows("SHOW OBJECTS IN SCHEMA \(account.database).PUBLIC").isEmpty)

      try FileManager.default.createDirectory(atPath: workspace.folder + "/ddl", withIntermediateDirectories: true)
      try workspace.write("ddl/other.sql", "CREATE TABLE X.Y.OTHER (A NUMBER(38,0));")
      let offline = try await workspace.run("plan", "wf.json", "--target-ddl", "ddl", "--out", "five.json")
      #expect(offline.code == 0 && offline.output.contains("preconditions: not checked, no account"), "\(offline)")
    }
  }

  /// Nothing moves, so nothing is refused; the next rows would be, and the reader hears of it.
  @Test func whatFailsWhereNothingMovesIsAWarning() async throws {
    try await Workspace.with { workspace in
      let account = try await SnowflakeAccount(workspace)
      try Self.make(workspace, account.database)
      let text = try workspace.read("wf.json").replacing(
        #""lake_volume"}}}"#, with: #""lake_volume"}}, "synchronization": {"strategy": "checksum"}}"#)
      try workspace.write("wf.json", text)
      try await account.become(Self.good)
      let applied = try await workspace.run("apply", "wf.json", "--target", "lake", "--auto-approve")
      #expect(applied.code == 0, "\(applied) \(workspace.engineLog)")
      try await account.become(["volumes": ["LAKE_VOLUME": ["allow_writes": false]]])
      let still = try await workspace.run("plan", "wf.json", "--target", "lake")
      #expect(still.code == 0 && still.output.contains("No changes."), "\(still)")
      #expect(Self.words(still.output).contains("SET ALLOW_WRITES = TRUE;"), "\(still)")
      try workspace.openSource().execute("INSERT INTO lake VALUES (2, 'b')")
      let moves = try await workspace.run("plan", "wf.json", "--target", "lake")
      #expect(moves.output.contains("Refused: the plan cannot be applied"), "\(moves)")
    }
  }
}
