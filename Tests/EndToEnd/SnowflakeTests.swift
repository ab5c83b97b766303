import Foundation
import Support
import Testing

/// From a SQLite file into the bench's account, by the program itself.
@Suite struct SnowflakeTests {
  private static func make(_ workspace: Workspace, _ database: String) throws {
    try workspace.openSource().execute(
      """
      CREATE TABLE items (id INTEGER NOT NULL, name NVARCHAR(20), price REAL, cost DECIMAL(10,2), made DATE,
        seen DATETIME, ok BOOLEAN);
      CREATE UNIQUE INDEX items_id ON items (id);
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100)
        INSERT INTO items SELECT i, CASE WHEN i % 9 = 0 THEN '' ELSE 'item ' || i END, i / 4.0, i + 0.25,
          '2024-02-' || printf('%02d', 1 + i % 28), '2024-02-29 12:00:' || printf('%02d', i % 60),
          CASE i % 3 WHEN 0 THEN NULL ELSE i % 2 END FROM n;
      CREATE TABLE notes ("Order" TEXT, n INTEGER);
      INSERT INTO notes VALUES ('it''s \\ ü', 9223372036854775807), (NULL, NULL), ('', 0);
      """)
    try workspace.write(
      "wf.json",
      """
      {"defaultTableConfiguration": {"target": {"databaseName": "\(database)", "schemaName": "public"}},
       "tables": [
        {"source": {"tableName": "items"}, "target": {"tableName": "items"},
         "synchronization": {"strategy": "checksum"}, "partitionSize": {"maxRowsPerPartition": 40}},
        {"source": {"tableName": "notes"}, "target": {"tableName": "notes"}}
      ]}
      """)
  }

  @Test func tablesAreMadeLoadedAndRefreshed() async throws {
    try await Workspace.with { workspace in
      let account = try await SnowflakeAccount(workspace)
      let (bench, database) = (account.bench, account.database)
      try Self.make(workspace, database)
      let applied = try await workspace.run("apply", "wf.json", "--auto-approve")
      #expect(applied.code == 0, "\(applied) \(workspace.engineLog)")
      let counts =
        "SELECT COUNT(*)::VARCHAR, COUNT(DISTINCT ID)::VARCHAR, MAX(COST)::VARCHAR, "
        + "COUNT(CASE WHEN NAME = 'changed' THEN 1 END)::VARCHAR FROM \(database).PUBLIC.ITEMS"
      #expect(try await bench.rows(counts) == [["100", "100", "100.25", "0"]])
      #expect(
        try await bench.rows(
          "SELECT NAME, PRICE::VARCHAR, MADE::VARCHAR, OK::VARCHAR FROM \(database).PUBLIC.ITEMS WHERE ID IN (9, 10) ORDER BY ID"
        )
          == [["", "2.25", "2024-02-10", nil], ["item 10", "2.5", "2024-02-11", "false"]])
      #expect(
        try await bench.rows("SELECT \"ORDER\", N::VARCHAR FROM \(database).PUBLIC.NOTES ORDER BY 2 NULLS FIRST")
          == [[nil, nil], ["", "0"], ["it's \\ ü", "9223372036854775807"]])
      #expect(
        try await waiting(for: "the account to be told of the end") {
          guard let told = try? await account.told() else { return nil }
          return told.allSatisfy { $0[1] == "COMPLETED" } && told.count == 2 ? told : nil
        } == [
          ["wf", "COMPLETED", "completed", "\(database).PUBLIC.ITEMS", "3", "100", nil],
          ["wf", "COMPLETED", "completed", "\(database).PUBLIC.NOTES", "1", "3", nil],
        ])
      try await VerifyTests.expectEqual(workspace)
      let again = try await workspace.run("plan", "wf.json", "--target", "items")
      #expect(again.code == 0 && again.output.contains("No changes."), "\(again)")

      try workspace.openSource().execute(
        "UPDATE items SET name = 'changed' WHERE id = 42; DELETE FROM items WHERE id = 43;")
      let refreshed = try await workspace.run("refresh", "wf.json", "--target", "items")
      #expect(refreshed.code == 0, "\(refreshed) \(workspace.engineLog)")
      #expect(try await bench.rows(counts) == [["99", "99", "100.25", "1"]])
      let left = try await bench.rows(
        "SELECT COUNT(*)::VARCHAR FROM \(database).PUBLIC.SCMPLAN_LEDGER WHERE STATE = 'loaded'")
      #expect(left == [["5"]])
    }
  }

  /// A plan from files is the plan of the account that has what the files say, but for the lines that say where that is from.
  @Test func aPlanFromFilesIsTheLivePlan() async throws {
    try await Workspace.with { workspace in
      let account = try await SnowflakeAccount(workspace)
      let (bench, database) = (account.bench, account.database)
      try Self.make(workspace, database)
      let ddl = """
        CREATE TABLE \(database).PUBLIC.ITEMS (ID NUMBER(38,0) NOT NULL, NAME VARCHAR(20), PRICE FLOAT, COST NUMBER(10,2),
          MADE DATE, SEEN TIMESTAMP_NTZ(9), OK BOOLEAN)
        """
      _ = try await bench.rows(ddl)
      try FileManager.default.createDirectory(atPath: workspace.folder + "/ddl", withIntermediateDirectories: true)
      try workspace.write("ddl/items.sql", ddl + ";")
      let live = try await workspace.run("plan", "wf.json", "--out", "live.json")
      #expect(live.code == 0, "\(live)")
      let files = try await workspace.run(
        "plan", "wf.json", "--target-ddl", "ddl", "--out", "files.json")
      #expect(files.code == 0, "\(files)")
      var fromFiles = try Self.object(workspace.read("files.json"))
      #expect(fromFiles.removeValue(forKey: "targetDDL") != nil)
      let fromAccount = try Self.object(workspace.read("live.json"))
      #expect(NSDictionary(dictionary: fromFiles) == NSDictionary(dictionary: fromAccount))
      try FileManager.default.moveItem(
        atPath: workspace.folder + "/files.json", toPath: workspace.folder + "/files.plan.json")
      let loaded = try await workspace.run("apply", "files.plan.json")
      #expect(loaded.code == 0, "\(loaded) \(workspace.engineLog)")
      #expect(try await bench.rows("SELECT COUNT(*)::VARCHAR FROM \(database).PUBLIC.ITEMS") == [["100"]])
    }
  }

  private static func object(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  @Test func aWrongPasswordIsToldAndNothingHappens() async throws {
    try await Workspace.with { workspace in
      let database = try await SnowflakeAccount(workspace).database
      try Self.make(workspace, database)
      let text = try workspace.read(".snowflake/connections.toml").replacing("secret", with: "hush-hush")
      try workspace.write(".snowflake/connections.toml", text)
      let result = try await workspace.run("plan", "wf.json")
      #expect(result.code == 1 && result.complaint.contains("390100"), "\(result)")
      #expect(!result.errors.contains("hush-hush"))
    }
  }
}
