import Foundation
import Support
import Testing

/// Rows that leave a source leave the target, for each source and target.
@Suite struct DeletionSourcesTests {
  /// Tables whose keys are numbers in parts, texts and UUIDs, and pairs with NULL.
  private static let workflow = """
    {"defaultTableConfiguration": {"synchronization": {"strategy": "watermark", "watermarkColumn": "at",
       "trackModifications": true, "trackDeletions": true}, "partitionSize": {"maxRowsPerPartition": 30}},
     "tables": [
      {"source": {"tableName": "numbers"}, "target": {"tableName": "numbers"}, "primaryKeyColumns": ["id"]},
      {"source": {"tableName": "words"}, "target": {"tableName": "words"}, "primaryKeyColumns": ["word"]},
      {"source": {"tableName": "codes"}, "target": {"tableName": "codes"}, "primaryKeyColumns": ["code"]},
      {"source": {"tableName": "pairs"}, "target": {"tableName": "pairs"}, "primaryKeyColumns": ["a", "b"]}
    ]}
    """

  /// Deletes in every table, and what is no deletion beside; six rows leave for good.
  private static let changes = [
    "DELETE FROM numbers WHERE id IN (5, 55)", "INSERT INTO numbers VALUES (200, 300, 1.5)",
    "UPDATE numbers SET id = 1000, at = 301 WHERE id = 40", "DELETE FROM words WHERE at = 7",
    "UPDATE words SET word = 'BIG 12', at = 300 WHERE word = 'big 12'", "DELETE FROM codes WHERE at = 9",
    "UPDATE codes SET at = 300 WHERE at = 10", "DELETE FROM pairs WHERE at IN (6, 8)",
  ]

  /// Loads, deletes, and looks that plan, run, verification and the plan after that say the same.
  ///
  /// - Parameters:
  ///   - removed: rows that leave.
  ///   - configure: writes the configuration file.
  private static func check(
    _ workspace: Workspace, removed: Int, workflow: String = workflow, change: ([String]) async throws -> Void
  ) async throws {
    try workspace.write("wf.json", workflow)
    let applied = try await workspace.run("apply", "wf.json", "--auto-approve")
    try #require(applied.code == 0, "\(applied) \(workspace.engineLog)")
    let nothing = try await workspace.run("plan", "wf.json", "--detailed-exitcode")
    #expect(nothing.code == 0, "\(nothing)")
    // Both sides write these keys alike: where nothing left, nothing is read key by key.
    let digests = try await workspace.run(
      "plan", "wf.json", "--target", "numbers", "--target", "words", "--target", "codes", "--detailed-exitcode",
      environment: workspace.fault("extract.after-file=error"))
    #expect(digests.code == 0 && workspace.fired.isEmpty, "\(digests)")

    try await change(changes)
    let planned = try await workspace.run("plan", "wf.json")
    #expect(planned.output.contains("\(removed) rows to remove"), "\(planned)")
    let refreshed = try await workspace.run("refresh", "wf.json")
    #expect(
      refreshed.code == 0 && refreshed.output.contains(" \(removed) removed,"),
      "\(refreshed) \(workspace.engineLog)")
    let verified = try await workspace.run("verify", "wf.json")
    #expect(verified.code == 0, "\(verified)")
    let again = try await workspace.run("plan", "wf.json", "--detailed-exitcode")
    #expect(again.code == 0, "\(again)")

    // Deletions by themselves.
    try await change(["DELETE FROM numbers WHERE id = 66", "DELETE FROM words WHERE at = 20"])
    let last = try await workspace.run("refresh", "wf.json")
    #expect(last.code == 0 && last.output.contains("0 rows, 2 removed,"), "\(last) \(workspace.engineLog)")
    let equal = try await workspace.run("verify", "wf.json")
    #expect(equal.code == 0, "\(equal)")
    try await workspace.enginesEnd()
  }

  @Test func postgreSQL() async throws {
    try await Workspace.with { workspace in
      let database = try PostgresServer.shared().database()
      try database.run(
        """
        CREATE TABLE numbers (id bigint PRIMARY KEY, at bigint, v numeric(10,2));
        INSERT INTO numbers SELECT i, i, i / 4.0 FROM generate_series(1, 100) AS i;
        CREATE TABLE words (word text PRIMARY KEY, at int);
        INSERT INTO words SELECT 'big ' || i, i FROM generate_series(1, 40) AS i;
        CREATE TABLE codes (code uuid PRIMARY KEY, at int);
        INSERT INTO codes SELECT md5(i::text)::uuid, i FROM generate_series(1, 80) AS i;
        CREATE TABLE pairs (a numeric, b timestamptz, at int);
        INSERT INTO pairs SELECT CASE WHEN i % 5 > 0 THEN i / 8.0 END, CASE WHEN i % 3 > 0
          THEN timestamptz '2026-01-01 00:00+00' + i * interval '1 microsecond' END, i FROM generate_series(1, 60) AS i;
        """)
      try PostgreSQLTests.configure(workspace, database)
      try await Self.check(workspace, removed: 8) { for sql in $0 { try database.run(sql) } }
    }
  }

  @Test func redshift() async throws {
    try await Workspace.with { workspace in
      let standIn = try RedshiftStandIn()
      try standIn.database.run(
        """
        CREATE TABLE numbers (id bigint PRIMARY KEY, at bigint, v numeric(10,2));
        INSERT INTO numbers SELECT i, i, i / 4.0 FROM generate_series(1, 100) AS i;
        CREATE TABLE words (word varchar(40) PRIMARY KEY, at int);
        INSERT INTO words SELECT 'big ' || i, i FROM generate_series(1, 40) AS i;
        CREATE TABLE codes (code char(32), at int);
        INSERT INTO codes SELECT md5(i::text), i FROM generate_series(1, 80) AS i;
        CREATE TABLE pairs (a numeric(10,3), b timestamptz, at int);
        INSERT INTO pairs SELECT CASE WHEN i % 5 > 0 THEN i / 8.0 END, CASE WHEN i % 3 > 0
          THEN timestamptz '2026-01-01 00:00+00' + i * interval '1 microsecond' END, i FROM generate_series(1, 60) AS i;
        """)
      try workspace.write(
        "configuration.toml",
        """
        [connections.source.redshift]
        host = "\(standIn.host)"
        port = \(standIn.port)
        database = "\(standIn.database.name)"
        username = "scmplan"
        password = "cmd:echo any"
        sslmode = "disable"
        [connections.target.sqlite]
        path = "\(workspace.target)"
        [state]
        path = "\(workspace.state)"
        """)
      try await Self.check(workspace, removed: 8) { for sql in $0 { try standIn.database.run(sql) } }
    }
  }

  @Test func sqlServer() async throws {
    try await Workspace.with { workspace in
      let database = try await TDSServer.shared().database()
      func rows(_ range: ClosedRange<Int>, _ row: (Int) -> String) -> String {
        range.map { "(\(row($0)))" }.joined(separator: ", ")
      }
      try await database.script(
        """
        CREATE TABLE numbers (id bigint PRIMARY KEY, at bigint, v decimal(10,2));
        INSERT INTO numbers VALUES \(rows(1...100) { "\($0), \($0), \($0).25" });
        CREATE TABLE words (word nvarchar(40) PRIMARY KEY, at int);
        INSERT INTO words VALUES \(rows(1...40) { "N'big \($0)', \($0)" });
        CREATE TABLE codes (code uniqueidentifier PRIMARY KEY, at int);
        INSERT INTO codes VALUES \(rows(1...80) { "'\(String(format: "%08d", $0 * 37 % 90))-0000-4000-8000-000000000000', \($0)" });
        CREATE TABLE pairs (a decimal(10,3) NULL, b datetime2(7) NULL, at int);
        INSERT INTO pairs VALUES \(rows(1...60) {
          "\($0 % 5 > 0 ? "\($0).125" : "NULL"), "
            + "\($0 % 3 > 0 ? "'2026-01-01 00:00:00.00000\(10 + $0)'" : "NULL"), \($0)"
        });
        """)
      try workspace.write(
        "configuration.toml",
        """
        [connections.source.sqlserver]
        host = "127.0.0.1"
        port = \(database.server.facts.port)
        database = "\(database.name)"
        username = "\(database.name)"
        password = "cmd:echo \(database.password)"
        [connections.target.sqlite]
        path = "\(workspace.target)"
        [state]
        path = "\(workspace.state)"
        """)
      try await Self.check(workspace, removed: 8) { for sql in $0 { try await database.script(sql) } }
    }
  }

  @Test func snowflake() async throws {
    try await Workspace.with { workspace in
      let account = try await SnowflakeAccount(workspace)
      let source = try workspace.openSource()
      try source.execute(
        """
        CREATE TABLE numbers (id INTEGER PRIMARY KEY, at INTEGER, v REAL);
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100)
          INSERT INTO numbers SELECT i, i, i / 4.0 FROM n;
        CREATE TABLE words (word TEXT PRIMARY KEY, at INTEGER);
        INSERT INTO words SELECT 'big ' || id, id FROM numbers WHERE id <= 40;
        CREATE TABLE codes (code BLOB PRIMARY KEY, at INTEGER);
        INSERT INTO codes SELECT CAST('code ' || (id * 37 % 90) AS BLOB), id FROM numbers WHERE id <= 80;
        CREATE TABLE pairs (a DECIMAL(10,3), b DATETIME, at INTEGER);
        INSERT INTO pairs SELECT CASE WHEN id % 5 THEN id + 0.125 END,
          CASE WHEN id % 3 THEN '2026-01-01 00:00:' || printf('%02d', id % 60) END, id FROM numbers WHERE id <= 60;
        """)
      let workflow = Self.workflow.replacing(
        #""defaultTableConfiguration": {"#,
        with:
          #""defaultTableConfiguration": {"target": {"databaseName": "\#(account.database)", "schemaName": "public"}, "#
      )
      try await Self.check(workspace, removed: 8, workflow: workflow) { for sql in $0 { try source.execute(sql) } }
      let left = try await account.bench.rows(
        "SELECT COUNT(*)::VARCHAR FROM \(account.database).INFORMATION_SCHEMA.TABLES WHERE TABLE_NAME LIKE '%MERGE%'")
      #expect(left == [["0"]])
    }
  }
}
