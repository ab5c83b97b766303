import Foundation
import Support
import Testing

/// The state is gone, old, a copy, or another's; the target is old, empty or another. What the ledger in the target tells is said
/// by the plan, a refresh loads nothing by itself, and the command that it names makes both sides equal.
@Suite struct StateLossTests {
  private static let tables = ["items", "events"]

  /// Copies a database with all that was committed to it.
  private static func copy(_ from: String, _ to: String) throws {
    try FileManager.default.createDirectory(
      atPath: URL(fileURLWithPath: to).deletingLastPathComponent().path, withIntermediateDirectories: true)
    try remove(to)
    try SQLiteFile(from).execute("VACUUM INTO '\(to)'")
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: to)
  }

  private static func remove(_ path: String) throws {
    for file in [path, path + "-wal", path + "-shm", path + "-journal"] {
      try? FileManager.default.removeItem(atPath: file)
    }
  }

  private static func change(_ workspace: Workspace, _ round: Int) throws {
    try workspace.openSource().execute(
      """
      UPDATE items SET name = 'round \(round)' WHERE id IN (\(round), 50);
      INSERT INTO events VALUES (\(1000 + round), \(1000 + round), 'round \(round)');
      """)
  }

  /// Everything in the target but what the program keeps for itself.
  private static func content(_ workspace: Workspace) throws -> [[RawValue]] {
    let target = try workspace.openTarget()
    return try target.rows("SELECT * FROM sqlite_schema ORDER BY name").map { $0.dropLast(2) + [$0[4]] }
      + tables.flatMap { table in
        let isThere = try target.integer("SELECT count(*) FROM sqlite_schema WHERE name = '\(table)'") == 1
        return isThere ? try target.rows("SELECT rowid, * FROM \(table) ORDER BY rowid") : []
      }
  }

  /// The plan says why, refresh refuses without touching anything, what it advises makes all equal, and then there is nothing to do.
  private static func recover(
    _ workspace: Workspace, saying reason: String, state: [String] = []
  ) async throws {
    let before = try content(workspace)
    let planned = try await workspace.start(["plan", "wf.json", "--out", "look.plan.json"] + state).end()
    #expect(planned.code == 0 && planned.said.contains(reason), "\(planned)")
    let refused = try await workspace.start(["refresh", "wf.json"] + state).end()
    #expect(refused.code == 1 && refused.output == "" && refused.complaint.contains(reason), "\(refused)")
    #expect(try content(workspace) == before, "a refresh that refuses changes nothing")
    let advice = try #require(
      try refused.complaint.firstMatch(of: Regex(#"scmplan apply (\S+\.plan\.json)"#, as: (Substring, Substring).self)))
    let applied = try await workspace.start(["apply", String(advice.1)] + state).end()
    #expect(applied.code == 0, "\(applied) \(workspace.engineLog)")
    expectNone(try tables.flatMap { try Checker(workspace).differences($0) }, reason)
    let calm = try await workspace.start(["refresh", "wf.json"] + state).end()
    #expect(calm.code == 0 && calm.output == "", "\(calm)")
  }

  private static func refresh(_ workspace: Workspace, state: [String] = []) async throws {
    let refreshed = try await workspace.start(["refresh", "wf.json"] + state).end()
    #expect(refreshed.code == 0 && refreshed.output.contains("changed"), "\(refreshed)")
  }

  // MARK: The state

  @Test func theStateIsGone() async throws {
    try await Workspace.with { workspace in
      try await RefreshHabitTests.calm(workspace)
      try await workspace.enginesEnd()
      try Self.remove(workspace.state)
      try Self.change(workspace, 1)
      try await Self.recover(workspace, saying: "another state wrote the target last")
    }
  }

  @Test func aLostStateIsPutBackFromADocument() async throws {
    try await Workspace.with { workspace in
      try await RefreshHabitTests.calm(workspace)
      let pulled = try await workspace.run("state", "pull")
      try workspace.write("copy.json", pulled.output)
      try await workspace.enginesEnd()
      try Self.remove(workspace.state)
      let refused = try await workspace.run("refresh", "wf.json")
      #expect(refused.code == 1, "\(refused)")
      try Self.remove(workspace.state)
      #expect(try await workspace.run("state", "push", "copy.json").code == 0)
      let calm = try await workspace.run("refresh", "wf.json")
      #expect(calm.code == 0 && calm.output == "", "\(calm)")
      try Self.change(workspace, 1)
      try await Self.refresh(workspace)
      #expect(try workspace.openState().integer("SELECT loaded_parts FROM runs ORDER BY id DESC LIMIT 1") == 3)
      expectNone(try Self.tables.flatMap { try Checker(workspace).differences($0) })
    }
  }

  @Test func theStateIsYesterdays() async throws {
    try await Workspace.with { workspace in
      try await RefreshHabitTests.calm(workspace)
      try await workspace.enginesEnd()
      let copy = workspace.folder + "/yesterday.db"
      try Self.copy(workspace.state, copy)
      try Self.change(workspace, 1)
      try await Self.refresh(workspace)
      try await workspace.enginesEnd()
      try Self.copy(copy, workspace.state)
      try await Self.recover(workspace, saying: "a later run than the state knows wrote the target")
      let runs = try workspace.openTarget().texts("SELECT DISTINCT run FROM scmplan_fence")
      #expect(runs == ["3"], "no number is given twice")
    }
  }

  @Test func twoCopiesOfAStateInTurns() async throws {
    try await Workspace.with { workspace in
      try await RefreshHabitTests.calm(workspace)
      try await workspace.enginesEnd()
      try Self.copy(workspace.state, workspace.folder + "/other/scmplan.db")
      let other = ["--state", "other"]
      let both = try await workspace.start(["refresh", "wf.json"] + other).end()
      #expect(both.code == 0 && both.output == "", "so far both know the same: \(both)")
      for round in 1...2 {
        try Self.change(workspace, 10 * round)
        try await
          (round == 1 ? Self.refresh(workspace) : Self.recover(workspace, saying: "later run than the state knows"))
        try Self.change(workspace, 10 * round + 1)
        try await Self.recover(workspace, saying: "a later run than the state knows", state: other)
      }
    }
  }

  @Test func twoCopiesThatPlannedAtTheSameTime() async throws {
    try await Workspace.with { workspace in
      try await RefreshHabitTests.calm(workspace)
      try await workspace.enginesEnd()
      try Self.copy(workspace.state, workspace.folder + "/other/scmplan.db")
      let other = ["--state", "other"]
      let source = try workspace.openSource()
      try source.execute("UPDATE items SET name = 'theirs' WHERE id = 1")
      #expect(try await workspace.start(["plan", "wf.json", "--out", "theirs.plan.json"] + other).end().code == 0)
      try source.execute("UPDATE items SET name = 'item 1' WHERE id = 1; UPDATE items SET name = 'ours' WHERE id = 90")
      try await Self.refresh(workspace)
      // The same run number, and another plan: the target itself refuses it.
      let late = try await workspace.start(["apply", "theirs.plan.json"] + other).end()
      #expect(late.code == 5 && late.said.contains("make a new plan"), "\(late)")
      // What ours brought is undone in the source: the digests of their state would say that all is as they left it.
      try source.execute("UPDATE items SET name = 'item 90' WHERE id = 90")
      try await Self.recover(workspace, saying: "a later run than the state knows", state: other)
    }
  }

  @Test func twoStatesInTurns() async throws {
    try await Workspace.with { workspace in
      try await RefreshHabitTests.calm(workspace)
      let other = ["--state", "other/scmplan.db"]
      try await Self.recover(workspace, saying: "another state wrote the target last", state: other)
      try Self.change(workspace, 1)
      try await Self.refresh(workspace, state: other)
      try await Self.recover(workspace, saying: "another state wrote the target last")
    }
  }

  /// The state of one environment, put into another that has a target of its own.
  @Test func aStateFromElsewhereIsNotBelievedOfAnotherTarget() async throws {
    try await Workspace.with { workspace in
      try await RefreshHabitTests.calm(workspace)
      try workspace.write("prod.json", try await workspace.run("state", "pull").output)
      let here = try workspace.read("configuration.toml")
      let target = workspace.folder + "/dev.db"
      try workspace.write("configuration.toml", here.replacing(workspace.target, with: target))
      let dev = ["--state", "dev/scmplan.db"]
      #expect(try await workspace.start(["state", "push", "prod.json"] + dev).end().code == 0)
      let refused = try await workspace.start(["refresh", "wf.json"] + dev).end()
      #expect(refused.code == 1 && refused.complaint.contains("not in the target"), "\(refused)")
      // Told that the server was renamed, the state believes it; the ledger there knows better.
      let table = try SQLiteFile(target, isNew: true)
      try table.execute(
        "CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT, price REAL, image BLOB); INSERT INTO items VALUES (1, 'x', 1, x'')"
      )
      for name in Self.tables {
        let moved = try await workspace.start(["state", "mv", name, "--target-server", target] + dev).end()
        #expect(moved.code == 0, "\(moved)")
      }
      let planned = try await workspace.start(["plan", "wf.json"] + dev).end()
      #expect(planned.said.contains("the target lacks what the state says was loaded"), "\(planned)")
      #expect(planned.said.contains("the target table is gone"), "\(planned)")
      let again = try await workspace.start(["refresh", "wf.json"] + dev).end()
      #expect(again.code == 1, "\(again)")
      let right = try await workspace.start(["apply", "dev/wf.plan.json"] + dev).end()
      #expect(right.code == 0, "\(right)")
      for name in Self.tables {
        let count = try workspace.openSource().integer("SELECT count(*) FROM \(name)")
        #expect(try table.integer("SELECT count(*) FROM \(name)") == count)
      }
      try workspace.write("configuration.toml", here)
      let prod = try await workspace.run("refresh", "wf.json")
      #expect(prod.code == 0 && prod.output == "", "\(prod)")
    }
  }

  // MARK: The target

  @Test func theTargetIsYesterdays() async throws {
    try await Workspace.with { workspace in
      try await RefreshHabitTests.calm(workspace)
      let copy = workspace.folder + "/yesterday.db"
      try Self.copy(workspace.target, copy)
      try Self.change(workspace, 1)
      try await Self.refresh(workspace)
      try await workspace.enginesEnd()
      try Self.copy(copy, workspace.target)
      try await Self.recover(workspace, saying: "the target lacks what the state says was loaded")
    }
  }

  @Test(arguments: [
    "DELETE FROM items; DELETE FROM events",
    "DROP TABLE items; CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT, price REAL, image BLOB)",
    "DROP TABLE scmplan_fence; DROP TABLE scmplan_ledger",
    "DELETE FROM scmplan_ledger WHERE part = 2",
  ])
  func theTargetLostRows(_ change: String) async throws {
    try await Workspace.with { workspace in
      try await RefreshHabitTests.calm(workspace)
      try workspace.openTarget().execute(change)
      try await Self.recover(workspace, saying: "the target lacks what the state says was loaded")
    }
  }

  @Test(arguments: [true, false])
  func theTargetIsGone(asAWhole: Bool) async throws {
    try await Workspace.with { workspace in
      try await RefreshHabitTests.calm(workspace)
      if asAWhole {
        try await workspace.enginesEnd()
        try Self.remove(workspace.target)
      } else {
        try workspace.openTarget().execute("DROP TABLE items")
      }
      try await Self.recover(workspace, saying: "the target table is gone")
    }
  }

  /// What no ledger can tell, and `verify` does: somebody changed rows, or made the table anew with others.
  @Test func rowsThatSomebodyChangedAreForVerify() async throws {
    try await Workspace.with { workspace in
      try await RefreshHabitTests.calm(workspace)
      try workspace.openTarget().execute("UPDATE items SET name = 'mine' WHERE id = 7")
      let calm = try await workspace.run("refresh", "wf.json")
      #expect(calm.code == 0 && calm.output == "", "\(calm)")
      let verified = try await workspace.run("verify", "wf.json")
      #expect(verified.code == 6 && verified.output.contains("id 7"), "\(verified)")
      let replaced = try await workspace.run("apply", "wf.json", "--replace", "items", "--auto-approve")
      #expect(replaced.code == 0, "\(replaced)")
      expectNone(try Self.tables.flatMap { try Checker(workspace).differences($0) })
    }
  }
}
