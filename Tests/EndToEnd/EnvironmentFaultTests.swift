import Foundation
import Support
import Testing

/// A world that changes or fails around the program: each time a message, the right exit code, and nothing half done.
@Suite struct EnvironmentFaultTests {
  private static let series = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100)"

  private static func make(_ workspace: Workspace, _ members: String = #""synchronization": {"strategy": "checksum"}"#)
    throws
  {
    try workspace.openSource().execute(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); \(series) INSERT INTO t SELECT i, 'v' || i FROM n;")
    try workspace.workflow(["t": members + #", "partitionSize": {"maxRowsPerPartition": 25}"#])
  }

  private static func plan(_ workspace: Workspace) async throws {
    let planned = try await workspace.run("plan", "wf.json", "--out", "p.plan.json")
    try #require(planned.code == 0, "\(planned)")
  }

  // MARK: The source

  @Test func aLockedSourceIsWaitedForOrTold() async throws {
    try await Workspace.with { workspace in
      try Self.make(workspace)
      // A process of its own holds the lock, until somebody opens the other end of the pipe.
      let pipe = workspace.folder + "/pipe"
      try #require(mkfifo(pipe, 0o600) == 0)
      let holder = try workspace.start(
        "/usr/bin/python3",
        [
          "-c",
          """
          import sqlite3
          connection = sqlite3.connect('source.db', isolation_level=None)
          connection.execute('BEGIN EXCLUSIVE')
          open('held', 'w').close()
          open('pipe').read()
          """,
        ])
      _ = try await waiting(for: "the lock") {
        FileManager.default.fileExists(atPath: workspace.folder + "/held") ? true : nil
      }
      let planned = try await workspace.run("plan", "wf.json")
      #expect(planned.code == 1 && planned.complaint.contains("lock"), "\(planned)")
      try #require(FileHandle(forWritingAtPath: pipe)).close()
      #expect(try await holder.end().code == 0)
      #expect(try await workspace.run("apply", "wf.json", "--auto-approve").code == 0)
      expectNone(try Checker(workspace).problems(["t"]))
    }
  }

  @Test(arguments: [
    ("DROP TABLE t", ["t"]), ("ALTER TABLE t DROP COLUMN v", ["columns"]), ("ALTER TABLE t RENAME TO u", ["t"]),
  ])
  func aSourceThatChangedShapeAfterThePlan(_ change: String, _ words: [String]) async throws {
    try await Workspace.with { workspace in
      try Self.make(workspace)
      try await Self.plan(workspace)
      try workspace.openSource().execute(change)
      let applied = try await workspace.run("apply", "p.plan.json")
      #expect(applied.code == 5, "\(applied)")
      for word in words { #expect(applied.said.contains(word), "\(applied)") }
      #expect(applied.output.contains("runs retry 1"), "\(applied)")
      #expect(try workspace.openTarget().integer("SELECT count(*) FROM t") == 0, "no row of a table that is not whole")
      let shown = try await workspace.run("show", "1")
      #expect(shown.code == 0 && shown.output.contains("failed"), "\(shown)")
    }
  }

  @Test func aSourceThatChangedRowsAfterThePlan() async throws {
    try await Workspace.with { workspace in
      try Self.make(workspace)
      try await Self.plan(workspace)
      try workspace.openSource().execute(
        "DELETE FROM t WHERE id < 10; UPDATE t SET v = 'late' WHERE id = 60; INSERT INTO t VALUES (1000, 'late')")
      let applied = try await workspace.run("apply", "p.plan.json")
      #expect(applied.code == 0, "\(applied)")
      expectNone(try Checker(workspace).problems(["t"]))
      // The checksums are of before the change: the next plan looks again, and brings nothing wrong.
      #expect(try await workspace.run("refresh", "wf.json").code == 0)
      expectNone(try Checker(workspace).problems(["t"]))
      let calm = try await workspace.run("plan", "wf.json", "--detailed-exitcode")
      #expect(calm.code == 0, "\(calm)")
    }
  }

  // MARK: The target

  @Test func aTargetWithRowsOfOthersIsNotMixed() async throws {
    try await Workspace.with { workspace in
      try Self.make(workspace)
      let target = try workspace.openTarget()
      try target.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES (5000, 'foreign')")
      let planned = try await workspace.run("plan", "wf.json")
      #expect(planned.output.contains("did not load") || planned.output.contains("holds rows"), "\(planned)")
      let refreshed = try await workspace.run("refresh", "wf.json")
      #expect(refreshed.code == 1, "\(refreshed)")
      #expect(try target.integer("SELECT count(*) FROM t") == 1, "refresh leaves it alone")
      #expect(try await workspace.run("apply", "wf.json", "--auto-approve").code == 0)
      expectNone(try Checker(workspace).problems(["t"]))
    }
  }

  @Test(arguments: [
    ("id INTEGER PRIMARY KEY, v INTEGER", "v"), ("id INTEGER PRIMARY KEY, v TEXT, must TEXT NOT NULL", "must"),
    ("id INTEGER PRIMARY KEY, v DATE", "v"),
  ])
  func aTargetThatDoesNotFitIsRefused(_ columns: String, _ column: String) async throws {
    try await Workspace.with { workspace in
      try Self.make(workspace)
      try workspace.openTarget().execute("CREATE TABLE t (\(columns))")
      for command in [["plan", "wf.json"], ["apply", "wf.json", "--auto-approve"], ["refresh", "wf.json"]] {
        let refused = try await workspace.start(command).end()
        #expect(refused.code == 1 && refused.said.contains(column), "\(refused)")
      }
      #expect(try workspace.openTarget().integer("SELECT count(*) FROM t") == 0)
    }
  }

  @Test func aTargetThatLacksAColumnGetsIt() async throws {
    try await Workspace.with { workspace in
      try Self.make(workspace)
      try workspace.openTarget().execute("CREATE TABLE t (id INTEGER PRIMARY KEY)")
      let applied = try await workspace.run("apply", "wf.json", "--auto-approve")
      #expect(applied.code == 0 && applied.output.contains("ADD COLUMN"), "\(applied)")
      expectNone(try Checker(workspace).problems(["t"]))
    }
  }

  @Test(arguments: [
    "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)", "CREATE TABLE t (other TEXT)", "CREATE VIEW t AS SELECT 1 AS id",
  ])
  func aTargetThatAppearedAfterThePlan(_ change: String) async throws {
    try await Workspace.with { workspace in
      try Self.make(workspace)
      try await Self.plan(workspace)
      try workspace.openTarget().execute(change)
      let applied = try await workspace.run("apply", "p.plan.json")
      #expect(applied.code == 5 && applied.output.contains("new plan"), "\(applied)")
      #expect(try workspace.openTarget().integer("SELECT count(*) FROM t") == (change.contains("VIEW") ? 1 : 0))
    }
  }

  // MARK: The stage and the state

  @Test func aStageThatCannotBeMade() async throws {
    try await Workspace.with { workspace in
      try Self.make(workspace)
      try await Self.plan(workspace)
      try Data().write(to: URL(fileURLWithPath: workspace.stage))
      let applied = try await workspace.run("apply", "p.plan.json")
      #expect(applied.code == 5 && applied.output.contains("stage"), "\(applied)")
      #expect(try workspace.openTarget().integer("SELECT count(*) FROM t") == 0)
      try FileManager.default.removeItem(atPath: workspace.stage)
      let retried = try await workspace.run("runs", "retry", "1")
      #expect(retried.code == 0, "\(retried)")
      expectNone(try Checker(workspace).problems(["t"]))
    }
  }

  /// A limit on the size of files stands for a full disk: a part's file cannot be written to its end, while state and
  /// target stay below the limit.
  @Test func aStageThatIsFull() async throws {
    try await Workspace.with { workspace in
      try workspace.openSource().execute(
        """
        CREATE TABLE t (id INTEGER PRIMARY KEY, v BLOB);
        \(Self.series) INSERT INTO t SELECT i, CASE i WHEN 50 THEN randomblob(8000000) ELSE x'01' END FROM n;
        """)
      try workspace.workflow([
        "t": #""synchronization": {"strategy": "checksum"}, "partitionSize": {"maxRowsPerPartition": 10}"#
      ])
      let applied = try await workspace.start(
        ["apply", "wf.json", "--auto-approve"], setting: "trap '' XFSZ; ulimit -f 4000; "
      ).end()
      #expect(applied.code == 5 && applied.output.contains("9 of 10 parts"), "\(applied)")
      #expect(try workspace.openTarget().integer("SELECT count(*) FROM t") == 90, "the other parts are in")
      try await workspace.stopEngines()
      let retried = try await workspace.run("runs", "retry", "1")
      #expect(retried.code == 0, "\(retried)")
      expectNone(try Checker(workspace).problems(["t"]))
    }
  }

  @Test func twoAppliesAtOnce() async throws {
    try await Workspace.with { workspace in
      try Self.make(workspace)
      try await Self.plan(workspace)
      let both = try (1...2).map { _ in try workspace.start(["apply", "p.plan.json"]) }
      var codes: [Int32] = []
      for apply in both { codes.append(try await apply.end().code) }
      #expect(codes.sorted()[0] == 0 && [3, 4].contains(codes.sorted()[1]), "\(codes)")
      #expect(try workspace.openState().integer("SELECT count(*) FROM runs") == 1)
      expectNone(try Checker(workspace).problems(["t"]))
    }
  }

  @Test func twoStatesTakeTurnsWithoutMixing() async throws {
    try await Workspace.with { workspace in
      try Self.make(workspace)
      #expect(try await workspace.run("apply", "wf.json", "--auto-approve").code == 0)
      try workspace.openSource().execute("UPDATE t SET v = 'second' WHERE id > 90")
      let other = try await workspace.run("apply", "wf.json", "--auto-approve", "--state", "other/scmplan.db")
      #expect(other.code == 0, "\(other)")
      expectNone(try Checker(workspace).differences("t"))
      try workspace.openSource().execute("UPDATE t SET v = 'third' WHERE id < 10")
      let planned = try await workspace.run("plan", "wf.json")
      #expect(planned.output.contains("another state wrote the target last"), "\(planned)")
      #expect(try await workspace.run("apply", "wf.json", "--auto-approve").code == 0)
      expectNone(try Checker(workspace).problems(["t"]))
    }
  }

  // MARK: The terminal

  @Test func aReaderThatGoesAwayChangesNothing() async throws {
    try await Workspace.with { workspace in
      try Self.make(workspace)
      let planned = try await workspace.start(
        "/bin/sh",
        ["-c", "\"$0\" plan wf.json --out p.plan.json | head -1 >/dev/null; test -s p.plan.json", Program.scmplan]
      ).end()
      #expect(planned.code == 0, "\(planned)")
      let applied = try await workspace.run("apply", "p.plan.json", closed: [1])
      #expect(applied.code == 0, "\(applied)")
      expectNone(try Checker(workspace).problems(["t"]))
      try workspace.openSource().execute("UPDATE t SET v = 'x' WHERE id = 3")
      let silent = try await workspace.run("apply", "wf.json", "--auto-approve", closed: [0, 1, 2])
      #expect(silent.code == 0, "\(silent)")
      expectNone(try Checker(workspace).problems(["t"]))
    }
  }
}
