import Foundation
import Support
import Testing

/// `verify` of a Snowflake target: by the account's own digests, and the same by fetching every row.
@Suite struct SnowflakeVerifyTests {
  private static let schema = """
    CREATE TABLE t (id INTEGER PRIMARY KEY, name VARCHAR(20), note TEXT, price DECIMAL(10,2), f REAL, b BLOB, day DATE,
      made DATETIME, ok BOOLEAN, n INTEGER);
    WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 1500)
      INSERT INTO t SELECT i, 'name ' || i || ' ', CASE i % 5 WHEN 0 THEN '' WHEN 1 THEN NULL ELSE 'Text ' || i END, i * 0.25,
        i / 7.0, CASE i % 4 WHEN 0 THEN NULL ELSE randomblob(i % 9) END, date('2020-01-01', i || ' days'),
        datetime('2020-01-01', i || ' minutes'), i % 2, i * 7 FROM c;
    """

  /// Differences of one place, one blank, one letter's case, NULL and empty, and whole rows.
  private static let plants = [
    "NAME = RTRIM(NAME)", "NAME = UPPER(NAME)", "NOTE = CASE WHEN NOTE = '' THEN NULL ELSE '' END",
    "PRICE = PRICE + 0.01", "F = F * (1::FLOAT + '2.3e-16'::FLOAT)", "B = TO_BINARY('000102030405060708', 'HEX')",
    "DAY = '1999-12-31'::DATE", "MADE = '1999-12-31 23:59:59'::TIMESTAMP_NTZ(0)",
    "OK = CASE WHEN OK THEN FALSE ELSE TRUE END",
    "N = N + 1", "ID = ID + 100000",
  ]

  @Test func bothWaysFindTheSame() async throws {
    try await Workspace.with { workspace in
      let account = try await SnowflakeAccount(workspace)
      let (bench, table) = (account.bench, "\(account.database).PUBLIC.T")
      try workspace.openSource().execute(Self.schema)
      try workspace.write(
        "wf.json",
        """
        {"tables": [{"source": {"tableName": "t"}, "target": {"databaseName": "\(account.database)",
          "schemaName": "public", "tableName": "t"}, "partitionSize": {"maxRowsPerPartition": 1000}}]}
        """)
      let applied = try await workspace.run("apply", "wf.json", "--auto-approve")
      #expect(applied.code == 0, "\(applied) \(workspace.engineLog)")
      let before = try await bench.requests("query", user: account.user).count
      try await VerifyTests.expectEqual(workspace)
      let silent = try await bench.requests("query", user: account.user)[before...].compactMap(\.sql)
      #expect(silent.contains { $0.contains("SCMPLAN_KEY") } && !silent.contains { $0.hasPrefix("SELECT \"ID\"") })

      for (index, plant) in Self.plants.enumerated() {
        for id in [index + 2, 500 + 13 * index] {
          _ = try await bench.rows("UPDATE \(table) SET \(plant) WHERE ID = \(id)")
        }
      }
      _ = try await bench.rows("DELETE FROM \(table) WHERE ID = 1400")
      _ = try await bench.rows("INSERT INTO \(table) SELECT * FROM \(table) WHERE ID = 1401")
      let arguments = ["verify", "wf.json", "--json", "--show-values", "--limit", "1000"]
      let digested = try await workspace.start(arguments).end()
      let fetching = try await bench.requests("query", user: account.user).compactMap(\.sql)
        .filter { $0.hasPrefix("SELECT \"ID\"") }
      #expect(!fetching.isEmpty && fetching.allSatisfy { $0.contains(" IN ('") })
      let fault = try await bench.setFault([
        "act": "error", "kind": "query", "text": "SCMPLAN_ROW", "code": "001003", "user": .text(account.user),
        "every": 1, "times": 100,
      ])
      let fetched = try await workspace.start(arguments).end()
      try await bench.waitForFault(fault)
      #expect(digested.code == 6 && fetched.code == 6, "\(digested) \(fetched)")
      #expect(digested.output == fetched.output)
      struct Line: Decodable {
        struct Content: Decodable { var onlyInSource: Int, onlyInTarget: Int, different: Int }
        var content: Content?
      }
      let lines = try digested.output.split(separator: "\n").map {
        try JSONDecoder().decode(Line.self, from: Data($0.utf8))
      }
      let content = try #require(lines.lazy.compactMap(\.content).first)
      // Two rows of each plant; those whose key moved are on one side each, and so are the deleted and the doubled row.
      #expect(content.different == 2 * (Self.plants.count - 1))
      #expect(content.onlyInSource == 3 && content.onlyInTarget == 3)
    }
  }
}
