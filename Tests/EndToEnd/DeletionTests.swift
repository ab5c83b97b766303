import Foundation
import Support
import Testing

/// Rows that leave the source leave the target, under a watermark with `trackDeletions`.
@Suite struct DeletionTests {
  private static let numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100)"

  /// A table of a hundred rows in ten parts, loaded, and what its workflow says.
  private static func load(
    _ workspace: Workspace, tracks: Bool = true, onShrink: String = "refuse", _ members: String = ""
  ) async throws -> SQLiteFile {
    let source = try workspace.openSource()
    try source.execute(
      """
      CREATE TABLE t (id INTEGER PRIMARY KEY, at INTEGER, v TEXT);
      \(Self.numbers) INSERT INTO t SELECT i, i, 'v' || i FROM n;
      """)
    try write(workspace, tracks: tracks, onShrink: onShrink, members)
    try await StrategyTests.apply(workspace)
    return source
  }

  private static func write(
    _ workspace: Workspace, tracks: Bool = true, onShrink: String = "refuse", _ members: String = ""
  ) throws {
    try workspace.workflow([
      "t": """
      "primaryKeyColumns": ["id"], "partitionSize": {"maxRowsPerPartition": 10}, \(members)
      "synchronization": {"strategy": "watermark", "watermarkColumn": "at", "trackModifications": \(tracks),
        "trackDeletions": true, "onShrink": "\(onShrink)"}
      """
    ])
  }

  private func removed(_ workspace: Workspace) throws -> [RawValue] {
    try workspace.openState().rows(
      "SELECT loaded_parts, loaded_rows, removed_rows FROM runs ORDER BY id DESC LIMIT 1")[0]
  }

  /// Nothing is wrong, nothing is left to do, and `verify` finds nothing.
  private func expectSettled(_ workspace: Workspace, _ comment: String = "") async throws {
    expectNone(try Checker(workspace).problems(["t"]), comment)
    let verified = try await workspace.run("verify", "wf.json")
    #expect(verified.code == 0, "\(comment): \(verified)")
    let planned = try await workspace.run("plan", "wf.json", "--detailed-exitcode")
    #expect(planned.code == 0, "\(comment): \(planned)")
    let staged = try FileManager.default.contentsOfDirectory(atPath: workspace.folder + "/state/stage")
    #expect(!staged.contains { $0.hasPrefix("plan-") }, "keys that were compared are left: \(staged)")
  }

  @Test func rowsThatLeftTheSourceLeaveTheTarget() async throws {
    try await Workspace.with { workspace in
      let source = try await Self.load(workspace)
      try source.execute("DELETE FROM t WHERE id IN (5, 6, 55)")
      let planned = try await workspace.run("plan", "wf.json", "--detailed-exitcode")
      #expect(planned.code == 2, "\(planned)")
      for words in [
        "  - remove rows", "  - t                      remove 3 rows by key", "key digest differs",
        "[id …, 11)", "[id 51, 61)", "Plan: 3 rows to remove.",
      ] { #expect(planned.output.contains(words), "\(words): \(planned)") }
      let saved = try String(contentsOfFile: workspace.folder + "/state/wf.plan.json", encoding: .utf8)
      #expect(saved.contains(#""method":"remove""#))
      let markdown = try await workspace.run("plan", "wf.json", "--format", "markdown")
      #expect(markdown.output.contains("| `-` | t | remove rows | 2 | -3 |  | key digest differs |"), "\(markdown)")
      let shown = try await workspace.run("show", "state/wf.plan.json")
      #expect(shown.output.contains("remove 3 rows by key"), "\(shown)")

      let applied = try await workspace.run("apply", "state/wf.plan.json")
      #expect(applied.code == 0 && applied.output.contains("3 rows removed"), "\(applied)")
      #expect(try removed(workspace) == [.integer(2), .integer(0), .integer(3)])
      let run = try await workspace.run("show", "2")
      #expect(run.output.contains("3 removed"), "\(run)")
      try await expectSettled(workspace)
      #expect(
        try workspace.openState().integer("SELECT sum(row_count) FROM part_states") == 97)
    }
  }

  @Test func onlyThePartsThatDifferAreLookedAt() async throws {
    try await Workspace.with { workspace in
      let source = try await Self.load(workspace)
      // A changed row differs and is still there; a new one is no deletion.
      try source.execute("UPDATE t SET at = 200 WHERE id = 33; INSERT INTO t VALUES (500, 201, 'new')")
      let planned = try await workspace.run("plan", "wf.json")
      #expect(!planned.output.contains("remove") && planned.output.contains("append 1 part"), "\(planned)")
      try await StrategyTests.apply(workspace)
      #expect(try removed(workspace) == [.integer(1), .integer(2), .integer(0)])
      try await expectSettled(workspace)
    }
  }

  /// What may happen to a key between two refreshes.
  @Test(arguments: [
    ("a key that changed", "UPDATE t SET id = 1000, at = 200 WHERE id = 40", 1),
    ("a key that came again", "DELETE FROM t WHERE id = 40; INSERT INTO t VALUES (40, 200, 'again')", 0),
    (
      "two keys that changed places",
      "UPDATE t SET id = -1, at = 200 WHERE id = 40; UPDATE t SET id = 40, at = 201 "
        + "WHERE id = 41; UPDATE t SET id = 41 WHERE id = -1", 0
    ),
    (
      "a key that went up one by one",
      "UPDATE t SET id = -id WHERE id > 90; UPDATE t SET id = 1 - id, at = 200 - id "
        + "WHERE id < 0", 1
    ),
    ("an emptied part", "DELETE FROM t WHERE id BETWEEN 11 AND 20", 10),
    (
      "an emptied part that was filled",
      "DELETE FROM t WHERE id BETWEEN 91 AND 100; INSERT INTO t VALUES (95, 300, 'x')",
      9
    ),
    ("all rows", "DELETE FROM t", 100),
    ("all rows, and others", "DELETE FROM t; INSERT INTO t VALUES (7, 300, 'x'), (700, 301, 'y')", 99),
    ("a row at the bound", "DELETE FROM t WHERE id = 100", 1),
    (
      "a row at the bound, and one that came there",
      "DELETE FROM t WHERE id = 100; INSERT INTO t VALUES (101, 100, 'x')",
      1
    ),
  ])
  func whateverBecomesOfKeys(_ name: String, _ change: String, _ count: Int) async throws {
    try await Workspace.with { workspace in
      let source = try await Self.load(workspace, onShrink: "allow")
      try source.execute(change)
      try await StrategyTests.apply(workspace)
      #expect(try removed(workspace)[2] == .integer(Int64(count)), "\(name)")
      try await expectSettled(workspace, "\(name)")
      try source.execute("INSERT INTO t VALUES (9000, 900, 'later'); DELETE FROM t WHERE id = 7")
      try await StrategyTests.apply(workspace)
      try await expectSettled(workspace, "\(name), and later")
    }
  }

  @Test func withoutModificationsRowsOnlyComeAndGo() async throws {
    try await Workspace.with { workspace in
      let source = try await Self.load(workspace, tracks: false)
      try source.execute(
        "DELETE FROM t WHERE id % 10 = 3; INSERT INTO t VALUES (500, 300, 'new'), (501, NULL, 'never')")
      try await StrategyTests.apply(workspace)
      #expect(try removed(workspace) == [.integer(11), .integer(1), .integer(10)])
      expectNone(try Checker(workspace).differences("t", where: "at IS NOT NULL"))
      let planned = try await workspace.run("plan", "wf.json")
      #expect(planned.output.contains("No changes.") && planned.output.contains("1 rows have no at"), "\(planned)")
    }
  }

  /// Keys of several columns, one of them NULL in places, texts that a collation takes for equal, no order that both share.
  @Test func keysOfAllSorts() async throws {
    try await Workspace.with { workspace in
      let source = try workspace.openSource()
      try source.execute(
        """
        CREATE TABLE t (region TEXT COLLATE NOCASE, no INTEGER, half REAL, raw BLOB, at INTEGER, v TEXT);
        \(Self.numbers) INSERT INTO t SELECT CASE i % 4 WHEN 0 THEN NULL WHEN 1 THEN '' WHEN 2 THEN 'r ' ELSE 'R' || i END,
          CASE WHEN i % 7 THEN i END, i / 8.0, CASE WHEN i % 5 THEN x'00' END, i, 'v' || i FROM n;
        """)
      try workspace.workflow([
        "t": """
        "primaryKeyColumns": ["region", "no", "half", "raw"], "columnNamesToPartitionBy": ["region", "no"],
        "partitionSize": {"maxRowsPerPartition": 10},
        "synchronization": {"strategy": "watermark", "watermarkColumn": "at", "trackModifications": true,
          "trackDeletions": true}
        """
      ])
      try await StrategyTests.apply(workspace)
      try source.execute(
        """
        DELETE FROM t WHERE at IN (4, 5, 6, 7, 14, 28, 35);
        UPDATE t SET region = lower(region), at = 200 + at WHERE at IN (11, 15);
        UPDATE t SET region = trim(region), at = 300 WHERE at = 10;
        UPDATE t SET no = NULL, at = 301 WHERE at = 40;
        """)
      try await StrategyTests.apply(workspace)
      #expect(try removed(workspace)[2] == .integer(11))
      try await expectSettled(workspace)
    }
  }

  /// A row that passes to another part under its key must not be taken for gone.
  @Test func aLateUpdateMovesARowToAnotherPart() async throws {
    try await Workspace.with { workspace in
      let source = try workspace.openSource()
      try source.execute(
        """
        CREATE TABLE t (id INTEGER PRIMARY KEY, place INTEGER NOT NULL, at INTEGER);
        \(Self.numbers) INSERT INTO t SELECT i, i, i FROM n;
        """)
      try workspace.workflow([
        "t": """
        "primaryKeyColumns": ["id"], "columnNamesToPartitionBy": ["place"], "partitionSize": {"maxRowsPerPartition": 10},
        "synchronization": {"strategy": "watermark", "watermarkColumn": "at", "trackModifications": true,
          "trackDeletions": true}
        """
      ])
      try await StrategyTests.apply(workspace)
      try source.execute(
        "UPDATE t SET place = 1000 - place, at = 200 + id WHERE id % 9 = 0; DELETE FROM t WHERE id = 50")
      let planned = try await workspace.run("plan", "wf.json")
      #expect(planned.output.contains("remove 1 row by key"), "\(planned)")
      try await StrategyTests.apply(workspace)
      #expect(try removed(workspace)[2] == .integer(1))
      try await expectSettled(workspace)
    }
  }

  @Test func rowsThatAreFilteredOutLeave() async throws {
    try await Workspace.with { workspace in
      let source = try await Self.load(workspace, #""whereClauseCriteria": "v <> 'gone'","#)
      try source.execute("UPDATE t SET v = 'gone' WHERE id IN (1, 100)")
      try await StrategyTests.apply(workspace)
      #expect(try removed(workspace)[2] == .integer(2))
      expectNone(try Checker(workspace).differences("t", where: "v <> 'gone'"))
    }
  }

  @Test func rowsThatComeBackWithTheirOldWatermarkAreTold() async throws {
    try await Workspace.with { workspace in
      let source = try await Self.load(workspace)
      try source.execute("INSERT INTO t VALUES (-5, 7, 'late')")
      let planned = try await workspace.run("plan", "wf.json")
      #expect(planned.output.contains("1 rows up to the last watermark"), "\(planned)")
    }
  }

  // MARK: Protection

  @Test func anEmptiedSourceIsRefused() async throws {
    try await Workspace.with { workspace in
      let source = try await Self.load(workspace)
      try source.execute("DELETE FROM t WHERE id > 40")
      let refreshed = try await workspace.run("refresh", "wf.json")
      #expect(refreshed.code == 1 && refreshed.errors.contains("60 of 100 rows left the source"), "\(refreshed)")
      try source.execute(
        "\(Self.numbers) INSERT OR IGNORE INTO t SELECT i, i, 'v' || i FROM n; DELETE FROM t WHERE id < 11")
      let part = try await workspace.run("refresh", "wf.json")
      #expect(part.code == 1 && part.errors.contains("part 1 had 10 rows in the target"), "\(part)")
      #expect(try workspace.openTarget().integer("SELECT count(*) FROM t") == 100)
      try Self.write(workspace, onShrink: "allow")
      let allowed = try await workspace.run("refresh", "wf.json")
      #expect(allowed.code == 0 && allowed.output.contains("0 rows, 10 removed,"), "\(allowed)")
      try await expectSettled(workspace)
    }
  }

  @Test func aSourceThatIsEmptiedAfterThePlanEmptiesNothing() async throws {
    try await Workspace.with { workspace in
      let source = try await Self.load(workspace)
      try source.execute("DELETE FROM t WHERE id = 5")
      let planned = try await workspace.run("plan", "wf.json")
      #expect(planned.code == 0, "\(planned)")
      try source.execute("DELETE FROM t; INSERT INTO t VALUES (1, 1, 'v1')")
      let applied = try await workspace.run("apply", "state/wf.plan.json")
      #expect(applied.code == 5 && applied.output.contains("9 of the part's 10 rows left the source"), "\(applied)")
      #expect(try workspace.openTarget().integer("SELECT count(*) FROM t") == 100)
      try source.execute("\(Self.numbers) INSERT OR IGNORE INTO t SELECT i, i, 'v' || i FROM n WHERE i <> 5")
      try await StrategyTests.apply(workspace)
      try await expectSettled(workspace)
    }
  }

  @Test func whatNobodyComparedIsKnownAtApply() async throws {
    try await Workspace.with { workspace in
      let source = try await Self.load(workspace)
      try source.execute("DELETE FROM t WHERE id IN (5, 55)")
      let planned = try await workspace.run("plan", "wf.json", "--no-scan")
      #expect(
        planned.output.contains("remove rows by key, known at apply")
          && planned.output.contains("rows of 10 parts to remove, known at apply"), "\(planned)")
      let applied = try await workspace.run("apply", "state/wf.plan.json")
      #expect(applied.code == 0 && applied.output.contains("2 rows removed"), "\(applied)")
      try await expectSettled(workspace)
    }
  }

  @Test func whatCannotBeToldIsRefused() async throws {
    try await Workspace.with { workspace in
      let source = try workspace.openSource()
      try source.execute("CREATE TABLE t (at INTEGER); INSERT INTO t VALUES (1)")
      try workspace.workflow([
        "t": #""synchronization": {"strategy": "watermark", "watermarkColumn": "at", "trackDeletions": true}"#
      ])
      let planned = try await workspace.run("plan", "wf.json")
      #expect(planned.output.contains("trackDeletions needs a key"), "\(planned)")
      let applied = try await workspace.run("apply", "wf.json", "--auto-approve")
      #expect(applied.code == 1, "\(applied)")
    }
  }

  // MARK: Faults

  /// Every durable step of a run that removes rows and brings others, killed or failed: nothing is lost, nothing comes back.
  @Test(arguments: FaultPointTests.working, ["kill", "error"])
  func faultAndRecovery(_ point: String, _ action: String) async throws {
    try await Workspace.with { workspace in
      let source = try await Self.load(workspace)
      try await workspace.stopEngines()
      try source.execute(
        """
        DELETE FROM t WHERE id IN (5, 55);
        INSERT INTO t VALUES (500, 300, 'new');
        UPDATE t SET id = 1000, at = 301 WHERE id = 40;
        """)
      let before = workspace.fired.count
      let applied = try await workspace.run(
        "apply", "wf.json", "--auto-approve", environment: workspace.fault("\(point)=\(action)"))
      #expect(workspace.fired.count > before, "the fault did not fire: \(applied)\n\(workspace.engineLog.suffix(3000))")
      // Keys that were read before these rows came must not take them away.
      try source.execute("INSERT INTO t VALUES (501, 301, 'tie'), (502, 302, 'later'); DELETE FROM t WHERE id = 70")
      let steps = try await workspace.recover()
      let again = try await workspace.run("apply", "wf.json", "--auto-approve")
      #expect(again.code == 0, "after \(steps): \(again)\n\(applied)")
      expectNone(try Checker(workspace).problems(["t"]), "\(point)=\(action), \(steps)")
    }
  }

  /// Staged keys are lost while windows wait: they are read again, and windows go on waiting.
  @Test func lostKeysAreReadAgain() async throws {
    try await Workspace.with { workspace in
      let source = try await Self.load(workspace)
      try await workspace.stopEngines()
      try source.execute("DELETE FROM t WHERE id IN (5, 55); INSERT INTO t VALUES (500, 300, 'new')")
      _ = try await workspace.run(
        "apply", "wf.json", "--auto-approve", environment: workspace.fault("load.before-begin=kill"))
      let stage = workspace.folder + "/state/stage"
      for run in try FileManager.default.contentsOfDirectory(atPath: stage) {
        try FileManager.default.removeItem(atPath: stage + "/" + run)
      }
      try source.execute("INSERT INTO t VALUES (501, 299, 'in the window')")
      try await workspace.recover()
      try await StrategyTests.apply(workspace)
      try await expectSettled(workspace)
      let attempts = try workspace.openState().integer(
        "SELECT count(*) FROM attempts WHERE task IN (SELECT id FROM tasks WHERE kind = 'remove')")
      #expect(attempts ?? 0 > 2)
    }
  }
}
