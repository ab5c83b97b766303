import Foundation
import Support
import Testing

/// A plan for Snowflake from definition files, with no account at hand.
@Suite struct TargetDDLTests {
  private static let definitions = """
    USE SCHEMA SHOP.PUBLIC;
    CREATE OR REPLACE TABLE ITEMS (
      ID NUMBER(38,0) NOT NULL, NAME VARCHAR(20) COMMENT 'what it is called', PRICE FLOAT, IMAGE BINARY,
      NOTE VARCHAR DEFAULT 'none' NOT NULL, PRIMARY KEY (ID)
    );
    CREATE VIEW V AS SELECT 1 AS X;
    """

  private static func make(_ workspace: Workspace, ddl: String = definitions) throws {
    try workspace.openSource().execute(
      """
      CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT, price REAL, image BLOB);
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100)
        INSERT INTO items SELECT i, 'item ' || i, i / 4.0, zeroblob(i % 7) FROM n;
      CREATE TABLE notes ("Order" TEXT, at TEXT);
      INSERT INTO notes VALUES ('a', NULL), ('b', NULL);
      """)
    try workspace.write(
      "wf.json",
      """
      {"tables": [
        {"source": {"tableName": "items"}, "target": {"databaseName": "SHOP", "schemaName": "public", "tableName": "Items"},
         "synchronization": {"strategy": "checksum"}, "partitionSize": {"maxRowsPerPartition": 40}},
        {"source": {"tableName": "notes"}, "target": {"databaseName": "SHOP", "schemaName": "public", "tableName": "notes"}}
      ]}
      """)
    try workspace.write(
      "configuration.toml",
      """
      [connections.source.sqlite]
      path = "\(workspace.source)"
      [connections.target.snow]
      platform = "snowflake"
      connection_name = "prod"
      [state]
      path = "\(workspace.state)"
      """)
    try FileManager.default.createDirectory(atPath: workspace.folder + "/ddl/more", withIntermediateDirectories: true)
    try workspace.write("ddl/more/items.sql", ddl)
  }

  @Test func aPlanIsCompleteAndTheSameEveryTime() async throws {
    try await Workspace.with { workspace in
      try Self.make(workspace)
      let first = try await workspace.run("plan", "wf.json", "--target-ddl", "ddl", "--out", "one.json")
      #expect(first.code == 0, "\(first)")
      #expect(
        first.output.contains("The target is read from 1 file in ddl with 1 table, and was not asked."), "\(first)")
      let words = first.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      #expect(words.contains("Passed over: 1 CREATE VIEW"), "\(first)")
      let second = try await workspace.run("plan", "wf.json", "--target-ddl", "ddl", "--out", "two.json")
      #expect(second.code == 0)
      let text = try workspace.read("one.json")
      #expect(try workspace.read("two.json") == text)
      for words in [
        #""folder": "ddl""#, #""platform": "snowflake""#, "COPY INTO SHOP.PUBLIC.ITEMS (ID, NAME, PRICE, IMAGE)",
        #"$1:\"ID\"::NUMBER(19,0)"#, "DELETE FROM SHOP.PUBLIC.ITEMS WHERE ID IS NOT NULL AND ID < 41",
        "CREATE TABLE IF NOT EXISTS SHOP.PUBLIC.NOTES (", #"\"ORDER\" VARCHAR(134217728)"#,
        "FROM @SHOP.PUBLIC.SCMPLAN_STAGE/",
      ] { #expect(text.contains(words), "\(words)") }
      #expect(!text.contains("CREATE TABLE IF NOT EXISTS SHOP.PUBLIC.ITEMS"))
      let shown = try await workspace.run("show", "one.json")
      #expect(shown.code == 0 && shown.output.contains("was not asked"), "\(shown)")
    }
  }

  @Test func aColumnThatIsTooNarrowIsWidenedAndOneThatCannotBeIsRefused() async throws {
    try await Workspace.with { workspace in
      try Self.make(
        workspace,
        ddl: "CREATE TABLE SHOP.PUBLIC.ITEMS (ID NUMBER(5,0), NAME VARCHAR(3), PRICE FLOAT, IMAGE VARCHAR(9))")
      let planned = try await workspace.run("plan", "wf.json", "--target-ddl", "ddl")
      #expect(planned.code == 1)
      let text = try workspace.read("state/wf.plan.json")
      #expect(text.contains("ALTER TABLE SHOP.PUBLIC.ITEMS ALTER COLUMN ID SET DATA TYPE NUMBER(19,0)"))
      #expect(planned.output.contains("IMAGE") || planned.output.contains("image"), "\(planned)")
    }
  }

  @Test func mistakesInTheFilesAreShownWhereTheyStand() async throws {
    try await Workspace.with { workspace in
      try Self.make(workspace, ddl: "CREATE TABLE T (\n  A NUMBER(99),\n  B INT);\nCREATE TABLE U (A INT B);")
      try await BadInputTests.refused(
        workspace, "plan", "wf.json", "--target-ddl", "ddl", saying: "more/items.sql:2:5", "NUMBER(99)",
        "more/items.sql:4:23")
      try await BadInputTests.refused(
        workspace, "plan", "wf.json", "--target-ddl", "nowhere", saying: "no such folder")
      try await BadInputTests.refused(
        workspace, "plan", "wf.json", "--target-ddl", "state", saying: "no .sql")
    }
  }

  @Test func withoutFilesTheMessageSaysWhatIsMissing() async throws {
    try await Workspace.with { workspace in
      try Self.make(workspace)
      try await BadInputTests.refused(workspace, "plan", "wf.json", saying: "--target-ddl")
      try workspace.configure()
      try await BadInputTests.refused(
        workspace, "plan", "wf.json", "--target-ddl", "ddl", code: 64, saying: "for a Snowflake target")
    }
  }
}
