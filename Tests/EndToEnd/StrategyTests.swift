import Foundation
import Support
import Testing

/// What moves when something changed, by strategy: no more and no less.
@Suite struct StrategyTests {
  /// Parts, rows loaded and rows deleted of the newest run.
  static func moved(_ workspace: Workspace) throws -> [RawValue] {
    try workspace.openState().rows(
      "SELECT loaded_parts, loaded_rows, deleted_rows FROM runs ORDER BY id DESC LIMIT 1")[0]
  }

  static func apply(_ workspace: Workspace) async throws {
    let applied = try await workspace.run("apply", "wf.json", "--auto-approve")
    try #require(applied.code == 0, "\(applied)")
  }

  private static let numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100)"

  @Test(arguments: [
    "UPDATE t SET v = 'x' WHERE id = 55", "DELETE FROM t WHERE id = 55", "INSERT INTO t VALUES (555, 'y')",
    "UPDATE t SET v = NULL WHERE id = 5", "UPDATE t SET v = '' WHERE v IS NULL",
    "UPDATE t SET v = CAST(v AS BLOB) WHERE id = 30",
  ])
  func oneChangedRowMovesOnePart(_ change: String) async throws {
    try await Workspace.with { workspace in
      let source = try workspace.openSource()
      try source.execute(
        """
        CREATE TABLE t (id INTEGER PRIMARY KEY, v);
        \(Self.numbers) INSERT INTO t SELECT i * 5,
          CASE i WHEN 7 THEN NULL WHEN 8 THEN 8 WHEN 9 THEN x'09' ELSE 'v' || i END FROM n;
        DELETE FROM t WHERE id = 500;
        """)
      try workspace.workflow([
        "t": #""synchronization": {"strategy": "checksum"}, "partitionSize": {"maxRowsPerPartition": 10}"#
      ])
      try await Self.apply(workspace)
      #expect(try Self.moved(workspace)[0] == .integer(10))
      try source.execute(change)
      try await Self.apply(workspace)
      #expect(try Self.moved(workspace)[0] == .integer(1), "\(change)")
      expectNone(try Checker(workspace).problems(["t"]))
    }
  }

  @Test func watermarkMovesTheNewRowsAndTheTies() async throws {
    try await Workspace.with { workspace in
      let source = try workspace.openSource()
      try source.execute(
        "CREATE TABLE t (at INTEGER, v TEXT); INSERT INTO t VALUES (1, 'a'), (2, 'b'), (2, 'c'), (NULL, 'never');")
      try workspace.workflow(["t": #""synchronization": {"strategy": "watermark", "watermarkColumn": "at"}"#])
      try await Self.apply(workspace)
      let checker = Checker(workspace)
      expectNone(try checker.differences("t"))
      try source.execute("INSERT INTO t VALUES (3, 'd'), (3, 'e'), (4, 'f')")
      try await Self.apply(workspace)
      #expect(try Self.moved(workspace)[1] == .integer(3))
      expectNone(try checker.differences("t"))
      try source.execute("INSERT INTO t VALUES (4, 'tie'), (4, 'f')")
      try await Self.apply(workspace)
      expectNone(try checker.differences("t"))
      let nothing = try await workspace.run("plan", "wf.json", "--detailed-exitcode")
      #expect(nothing.code == 0, "\(nothing)")
      let text = try await workspace.run("apply", "wf.json", "--auto-approve")
      #expect(text.code == 0 && text.output.contains("No changes"), "\(text)")
    }
  }

  @Test func modificationsAreMergedByKey() async throws {
    try await Workspace.with { workspace in
      let source = try workspace.openSource()
      try source.execute(
        """
        CREATE TABLE t (id INTEGER PRIMARY KEY, at TEXT NOT NULL, v TEXT);
        \(Self.numbers) INSERT INTO t SELECT i, printf('2026-01-01 %02d:00:00', i / 10), 'v' || i FROM n;
        """)
      try workspace.workflow([
        "t": """
        "primaryKeyColumns": ["id"],
        "synchronization": {"strategy": "watermark", "watermarkColumn": "at", "trackModifications": true}
        """
      ])
      try await Self.apply(workspace)
      for round in 1...3 {
        try source.execute(
          """
          UPDATE t SET at = '2026-01-02 0\(round):00:00', v = 'round \(round)' WHERE id % 10 = \(round) OR id = 100;
          INSERT INTO t VALUES (\(1000 + round), '2026-01-02 0\(round):00:00', 'new');
          """)
        try await Self.apply(workspace)
        expectNone(try Checker(workspace).differences("t"), "round \(round)")
      }
    }
  }

  @Test func noneReloadsAndNeverAppends() async throws {
    try await Workspace.with { workspace in
      let source = try workspace.openSource()
      try source.execute("CREATE TABLE t (v); INSERT INTO t VALUES (1), (1), (NULL), ('x');")
      try workspace.workflow(["t": ""])
      for round in 1...3 {
        try await Self.apply(workspace)
        expectNone(try Checker(workspace).problems(["t"]), "round \(round)")
        try source.execute("UPDATE t SET v = \(round) WHERE v IS NULL; INSERT INTO t VALUES (NULL);")
      }
    }
  }

  @Test func partsSplitMergeAndStayExact() async throws {
    try await Workspace.with { workspace in
      let source = try workspace.openSource()
      try source.execute(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v INTEGER); \(Self.numbers) INSERT INTO t SELECT i * 100, i FROM n;")
      try workspace.workflow([
        "t": """
        "synchronization": {"strategy": "checksum", "onShrink": "allow"},
        "partitionSize": {"maxRowsPerPartition": 10}
        """
      ])
      try await Self.apply(workspace)
      let changes = [
        "\(Self.numbers) INSERT INTO t SELECT 2500 + i, i FROM n WHERE i < 90", "DELETE FROM t WHERE id > 7000",
        "\(Self.numbers) INSERT INTO t SELECT 20000 + i, i FROM n", "DELETE FROM t WHERE id < 4000 AND id % 3",
        "DELETE FROM t",
      ]
      for change in changes {
        try source.execute(change)
        try await Self.apply(workspace)
        expectNone(try Checker(workspace).problems(["t"]), "\(change)")
      }
    }
  }

  @Test func aShrunkTableIsRefused() async throws {
    try await Workspace.with { workspace in
      let source = try workspace.openSource()
      try source.execute("CREATE TABLE t (id INTEGER PRIMARY KEY); \(Self.numbers) INSERT INTO t SELECT i FROM n;")
      try workspace.workflow(["t": #""synchronization": {"strategy": "checksum"}"#])
      try await Self.apply(workspace)
      try source.execute("DELETE FROM t WHERE id > 3")
      let planned = try await workspace.run("plan", "wf.json")
      #expect(planned.code == 1 && planned.output.contains("onShrink"), "\(planned)")
      let refreshed = try await workspace.run("refresh", "wf.json")
      #expect(refreshed.code == 1, "\(refreshed)")
      #expect(try workspace.openTarget().integer("SELECT count(*) FROM t") == 100)
    }
  }

  @Test func refreshRefusesWhatNeedsALook() async throws {
    try await Workspace.with { workspace in
      let source = try workspace.openSource()
      try source.execute("CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1);")
      try workspace.workflow(["t": #""synchronization": {"strategy": "checksum"}"#])
      let new = try await workspace.run("refresh", "wf.json")
      #expect(new.code == 1 && new.complaint.contains("needs a look"), "\(new)")
      try await Self.apply(workspace)
      let calm = try await workspace.run("refresh", "wf.json")
      #expect(calm.code == 0 && calm.output == "", "\(calm)")
      try source.execute("ALTER TABLE t ADD COLUMN more TEXT")
      let drifted = try await workspace.run("refresh", "wf.json")
      #expect(drifted.code == 1 && drifted.complaint.contains("needs a look"), "\(drifted)")
      #expect(try workspace.openTarget().texts("SELECT name FROM pragma_table_info('t')") == ["id"])
    }
  }
}
