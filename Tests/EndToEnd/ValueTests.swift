import Foundation
import Support
import Testing

/// Every kind of value, key and name, through the whole program.
@Suite struct ValueTests {
  /// Every storage class, at its edges.
  private static let values = [
    "NULL", "0", "1", "-1", "9223372036854775807", "-9223372036854775808", "9007199254740993", "1.5", "-0.0", "1e308",
    "5e-324", "9e999", "-9e999", "123456789.123456789", "0.1", "''", "'text'", "'123'", "'1.0'", "'1e3'", "' 1 '",
    "'ünïcødé 日本 🐟'", "CAST(x'610062' AS TEXT)", "x''", "x'00ff'", "x'616263'", "zeroblob(5000)",
    "'2026-11-21 10:31:12.123456789'", "'2026-11-21'", "'24:61:00'", "'true'", "'a' || char(10) || 'b' || char(13)",
  ]

  private static let columns = [
    "i INTEGER", "b BIGINT", "t TEXT", "v VARCHAR(10)", "r REAL", "d DOUBLE", "n NUMERIC", "m DECIMAL(10,2)", "x BLOB",
    "a", "y BOOLEAN", "e DATE", "z DATETIME", "s TIMESTAMP", "j JSON",
  ]

  @Test func everyStorageClassInEveryAffinity() async throws {
    try await Workspace.with { workspace in
      let source = try workspace.openSource()
      try source.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, \(Self.columns.joined(separator: ", ")))")
      for value in Self.values {
        let row = Self.columns.map { _ in value }.joined(separator: ", ")
        try source.execute("INSERT INTO t SELECT (SELECT ifnull(max(id), 0) + 1 FROM t), \(row)")
      }
      try workspace.workflow(["t": #""synchronization": {"strategy": "checksum"}"#])
      try await StrategyTests.apply(workspace)
      expectNone(try Checker(workspace).problems(["t"]))
      let again = try await workspace.run("plan", "wf.json", "--detailed-exitcode")
      #expect(again.code == 0, "\(again)")
      try await VerifyTests.expectEqual(workspace)
    }
  }

  /// A column of one storage class each, so that typed columns are typed.
  @Test func columnsOfOneKindEach() async throws {
    try await Workspace.with { workspace in
      try workspace.openSource().execute(
        """
        CREATE TABLE t (i INTEGER NOT NULL, r REAL, t TEXT NOT NULL, b BLOB, d DATE, z DATETIME, m DECIMAL(15,4),
          y BOOLEAN, g INTEGER GENERATED ALWAYS AS (i * 2) VIRTUAL, PRIMARY KEY (i)) WITHOUT ROWID;
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
        INSERT INTO t SELECT i * 7919 % 1000003 - 500000, i / 7.0, printf('%s-%d', hex(randomblob(3)), i), randomblob(i % 40),
          date('2026-01-01', i || ' days'), datetime('2026-01-01', i || ' minutes'), i / 10000.0, i % 2 FROM n;
        """)
      try workspace.workflow(["t": #""partitionSize": {"maxRowsPerPartition": 60}"#])
      try await StrategyTests.apply(workspace)
      expectNone(try Checker(workspace).problems(["t"]))
      try await VerifyTests.expectEqual(workspace)
    }
  }

  /// What no value tells the type of keeps the type that earlier values chose.
  @Test func columnsThatLoseTheirLastValue() async throws {
    try await Workspace.with { workspace in
      let source = try workspace.openSource()
      try source.execute(
        """
        CREATE TABLE t (id INTEGER PRIMARY KEY, v, n NUMERIC, d DATETIME, kept);
        INSERT INTO t VALUES (1, 1, 2, '2026-11-21', 'a'), (2, 3, 4, '2026-11-22', 'b');
        """)
      try workspace.workflow(["t": #""synchronization": {"strategy": "checksum", "onShrink": "allow"}"#])
      try await StrategyTests.apply(workspace)
      for change in [
        "UPDATE t SET v = NULL, n = NULL, d = NULL", "UPDATE t SET v = 7, kept = NULL", "DELETE FROM t",
        "INSERT INTO t VALUES (3, 1, 2, '2026-11-23', 'c')",
      ] {
        try source.execute(change)
        try await StrategyTests.apply(workspace)
        expectNone(try Checker(workspace).problems(["t"]))
      }
    }
  }

  struct Key: Sendable, CustomTestStringConvertible {
    var name: String
    /// Columns and constraints of the table.
    var table: String
    /// The key columns of row `i`.
    var row: String
    var members = ""
    var testDescription: String { name }
  }

  static let keys = [
    Key(name: "composite", table: "a INTEGER, b TEXT, v, PRIMARY KEY (a, b)", row: "i / 7, 'b' || (i % 7)"),
    Key(name: "text", table: "a TEXT PRIMARY KEY, v", row: "'k' || (i * 7919 % 10007)"),
    Key(
      name: "nocase", table: "a TEXT COLLATE NOCASE PRIMARY KEY, v",
      row: "CASE i % 2 WHEN 0 THEN 'Ab' ELSE 'aB' END || i"),
    Key(name: "blob", table: "a BLOB PRIMARY KEY, v", row: "CAST('k' || i AS BLOB)"),
    Key(name: "real", table: "a REAL PRIMARY KEY, v", row: "i / 3.0 - 20"),
    Key(
      name: "mixed classes", table: "a PRIMARY KEY, v",
      row: "CASE i % 4 WHEN 0 THEN i WHEN 1 THEN i / 2.0 WHEN 2 THEN 't' || i ELSE CAST('b' || i AS BLOB) END"),
    Key(name: "integer, descending", table: "a INTEGER, v, PRIMARY KEY (a DESC)", row: "-i * 3"),
    Key(
      name: "extremes", table: "a INTEGER PRIMARY KEY, v",
      row: "CASE i WHEN 1 THEN -9223372036854775808 WHEN 2 THEN 9223372036854775807 ELSE i * 76861433640456465 END"),
    Key(
      name: "nullable", table: "a INTEGER, v", row: "CASE WHEN i % 5 THEN i END",
      members: #", "columnNamesToPartitionBy": ["a"]"#),
    Key(
      name: "nullable composite", table: "a TEXT, b INTEGER, v",
      row: "CASE WHEN i % 5 THEN 'a' || (i % 9) END, CASE WHEN i % 4 THEN i END",
      members: #", "columnNamesToPartitionBy": ["a", "b"]"#),
    Key(
      name: "one value fills parts", table: "a INTEGER, v", row: "i / 60",
      members: #", "columnNamesToPartitionBy": ["a"]"#),
    Key(name: "date", table: "a DATE PRIMARY KEY, v", row: "date('2026-01-01', i || ' days')"),
    Key(name: "unique index", table: "a TEXT NOT NULL UNIQUE, v", row: "'u' || i"),
    Key(name: "none", table: "a TEXT, v", row: "'n' || (i % 3)"),
    Key(
      name: "part column", table: "a TEXT COLLATE NOCASE PRIMARY KEY, v", row: "'p' || i",
      members: #", "target": {"tableName": "t", "metadataColumns": true}"#),
  ]

  @Test(arguments: keys) func keysOfEveryKind(_ key: Key) async throws {
    try await Workspace.with { workspace in
      let source = try workspace.openSource()
      try source.execute(
        """
        CREATE TABLE t (\(key.table));
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 120)
          INSERT INTO t SELECT \(key.row), 'v' || i FROM n;
        """)
      try workspace.workflow([
        "t": #""synchronization": {"strategy": "checksum"}, "partitionSize": {"maxRowsPerPartition": 25}"# + key.members
      ])
      let metadata = ["_SCMPLAN_RUN", "_SCMPLAN_PART", "_SCMPLAN_LOADED_AT"]
      for change in ["UPDATE t SET v = 'changed' WHERE v IN ('v3', 'v77')", "DELETE FROM t WHERE v = 'v9'", ""] {
        try await StrategyTests.apply(workspace)
        expectNone(
          try Checker(workspace).differences("t", ignoring: metadata) + Checker(workspace).ledgerProblems(),
          "before \(change)")
        try source.execute(change)
      }
      let nothing = try await workspace.run("plan", "wf.json", "--detailed-exitcode")
      #expect(nothing.code == 0, "\(nothing)")
    }
  }

  @Test func oddNames() async throws {
    try await Workspace.with { workspace in
      let source = try workspace.openSource()
      let names = [
        "select", "with space", "quo\"te", "semi;colon--", "ünïcødé 日本", "UPPER", "1digit", "dot.ted", "a'b",
        "per%cent", "back\\slash",
      ]
      for name in names {
        try source.execute(
          """
          CREATE TABLE \(Checker.quoted(name)) ("order" INTEGER PRIMARY KEY, "with space" TEXT, "日本" BLOB, "a""b" REAL, "%s" INT);
          INSERT INTO \(Checker.quoted(name)) VALUES (1, 'x', x'01', 1.5, 7), (2, NULL, NULL, NULL, NULL);
          """)
      }
      let entries = names.map { name in
        let written = Workspace.quoted(Checker.quoted(name))
        return #"{"source": {"tableName": \#(written)}, "target": {"tableName": \#(written)}}"#
      }
      try workspace.write(
        "wf.json",
        #"{"defaultTableConfiguration": {"synchronization": {"strategy": "checksum"}}, "tables": [\#(entries.joined(separator: ","))]}"#
      )
      try await StrategyTests.apply(workspace)
      expectNone(try Checker(workspace).problems(names))
    }
  }

  @Test func filtersMapsAndMarks() async throws {
    try await Workspace.with { workspace in
      let source = try workspace.openSource()
      try source.execute(
        """
        CREATE TABLE t (id INTEGER PRIMARY KEY, old_name TEXT, amount INTEGER);
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50)
          INSERT INTO t SELECT i, 'n' || i, i * 10 FROM n;
        """)
      try workspace.workflow([
        "t": """
        "target": {"tableName": "mapped", "metadataColumns": true}, "synchronization": {"strategy": "checksum"},
        "whereClauseCriteria": "amount > 100 OR id = 1", "partitionSize": {"maxRowsPerPartition": 15},
        "columnNameMappings": [{"sourceName": "old_name", "targetName": "new_name"}],
        "columnTypeMappings": [{"sourceType": "TEXT", "targetType": "VARCHAR(20)"}]
        """
      ])
      for _ in 1...2 {
        try await StrategyTests.apply(workspace)
        let checker = Checker(workspace)
        let metadata = ["_SCMPLAN_RUN", "_SCMPLAN_PART", "_SCMPLAN_LOADED_AT"]
        expectNone(
          try checker.differences(
            "t", target: "mapped", renamed: ["old_name": "new_name"], where: "amount > 100 OR id = 1",
            ignoring: metadata))
        expectNone(try checker.ledgerProblems())
        let target = try workspace.openTarget()
        #expect(
          try target.texts("SELECT type FROM pragma_table_info('mapped') WHERE name = 'new_name'") == ["VARCHAR(20)"])
        #expect(
          try target.rows(#"SELECT "_SCMPLAN_RUN", "_SCMPLAN_PART", count(*) FROM mapped GROUP BY 1, 2 ORDER BY 2"#)
            == workspace.openState().rows(
              "SELECT run, part, row_count FROM part_states WHERE row_count > 0 ORDER BY part"),
          "the part column tells which part brought a row")
        try source.execute("UPDATE t SET amount = 5000 WHERE id IN (2, 40)")
      }
    }
  }
}
