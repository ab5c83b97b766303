import Plans
import SQL
import Testing
import Workflows

@testable import Store

/// Snapshots that a run's extractions share, and tables whose loads wait for all of them.
@Suite struct SnapshotsTests {
  private let scenario: Scenario
  private let run: Run

  init() throws {
    scenario = try Scenario()
    run = try scenario.submit { builder in
      builder.add(parts: [part(1), part(2), part(3)])
      builder.tables[0].configuration.snapshot = .required
      builder.add("t1", parts: [part(1), part(2)])
    }
    for task in try scenario.claim([.prepare], limit: 2) { try scenario.complete(task) }
  }

  private func offer(_ name: String, after generation: Int?, owner: String = "a") throws -> SharedSnapshot {
    try scenario.store.offerSnapshot(name, run: run.id, after: generation, owner: owner, now: scenario.now)
  }

  /// A table's tasks of one kind that can run, claimed.
  private func claimed(_ kind: TaskKind, of table: Int) throws -> [ClaimedTask] {
    let all = try scenario.claim([kind], limit: 10)
    for task in all where task.table != table {
      _ = try scenario.store.release(task: task.id, attempt: task.attempt, owner: "a", now: scenario.now)
    }
    return all.filter { $0.table == table }
  }

  private func extracts(_ table: Int) throws -> [ClaimedTask] { try claimed(.extract, of: table) }
  private func loads(_ table: Int) throws -> [ClaimedTask] { try claimed(.load, of: table) }

  private func extracted(_ task: ClaimedTask, in generation: Int?) throws -> Bool {
    var part = staged(7)
    part.snapshot = generation
    return try scenario.store.complete(
      TaskCompletion(task: task.id, attempt: task.attempt, result: .extracted(part)), owner: "a", now: scenario.now)
  }

  @Test func theFirstOfferCountsAndOthersTakeIt() throws {
    #expect(try scenario.store.snapshots(run: run.id, table: 0) == SnapshotFacts())
    let first = try offer("s1", after: nil)
    #expect(first == SharedSnapshot(run: run.id, generation: 1, name: "s1", owner: "a"))
    #expect(try offer("other", after: nil, owner: "b") == first)
    let second = try offer("s2", after: 1, owner: "b")
    #expect(second.generation == 2 && second.owner == "b")
    #expect(try offer("late", after: 1) == second)
    #expect(try scenario.store.snapshots(run: run.id, table: 0).newest == second)
    #expect(try scenario.store.wantedSnapshots(runs: [run.id, 99]) == [run.id: 2])
  }

  @Test func loadsOfATableThatGathersWaitForAllExtractions() throws {
    _ = try offer("s1", after: nil)
    let tasks = try extracts(0)
    for task in tasks.dropLast() { #expect(try extracted(task, in: 1)) }
    #expect(try loads(0).isEmpty)
    #expect(try extracted(tasks[2], in: 1))
    #expect(try scenario.store.snapshots(run: run.id, table: 0).settled == 1)
    let loads = try loads(0)
    #expect(loads.count == 3 && loads.allSatisfy { $0.staged?.snapshot == 1 })
    // The other table's go one by one.
    #expect(try extracted(#require(extracts(1).first), in: 1))
    #expect(try self.loads(1).count == 1)
    for task in loads { try scenario.complete(task) }
  }

  @Test func aNewSnapshotBeginsSuchATableAnew() throws {
    _ = try offer("s1", after: nil)
    let tasks = try extracts(0)
    #expect(try extracted(tasks[0], in: 1) && extracted(tasks[1], in: 1))
    let others = try extracts(1)
    #expect(try extracted(others[0], in: 1))
    _ = try offer("s2", after: 1)
    let counts = try scenario.store.progress(run: run.id).tables.map(\.counts.extractedParts)
    #expect(counts == [0, 1], "a table that does not gather keeps what it has")
    // What was read in the old one and is told only now does not count.
    #expect(try !extracted(tasks[2], in: 1))
    let again = try extracts(0)
    #expect(Set(again.map(\.id)) == Set(tasks.map(\.id)))
    for task in again { #expect(try extracted(task, in: 2)) }
    let loads = try loads(0)
    #expect(loads.count == 3 && loads.allSatisfy { $0.staged?.snapshot == 2 })
    for task in loads { try scenario.complete(task) }
    #expect(try extracted(others[1], in: 1), "a part of the other table may be of the old one")
    try scenario.work()
    #expect(try scenario.finish(run)?.state == .completed)
  }

  @Test func whatIsLoadedFixesTheSnapshot() throws {
    _ = try offer("s1", after: nil)
    for task in try extracts(0) { #expect(try extracted(task, in: 1)) }
    let load = try #require(loads(0).first)
    let fate = try scenario.store.restage(
      task: load.id, attempt: load.attempt, owner: "a",
      failure: TaskFailure(code: "file missing", message: "gone", isTransient: true), now: scenario.now)
    #expect(fate == .retry(at: scenario.now))
    _ = try offer("s2", after: 1)
    #expect(try scenario.store.snapshots(run: run.id, table: 0).settled == 1)
    let again = try #require(extracts(0).first)
    #expect(try !extracted(again, in: 2))
    let once = try #require(extracts(0).first)
    #expect(try extracted(once, in: 1))
  }

  @Test func aPartThatCannotBeExtractedKeepsTheTableOut() throws {
    _ = try offer("s1", after: nil)
    let tasks = try extracts(0)
    #expect(try extracted(tasks[0], in: 1))
    #expect(try scenario.fail(tasks[1]) == .discarded)
    _ = try offer("s2", after: 1)
    #expect(
      try scenario.store.release(task: tasks[2].id, attempt: tasks[2].attempt, owner: "a", now: scenario.now) != .lost)
    while let task = try scenario.claim([.extract]).first { #expect(try extracted(task, in: 2) || task.table == 0) }
    try scenario.work()
    #expect(try scenario.finish(run)?.state == .completedWithErrors)
    #expect(try scenario.store.progress(run: run.id).tables.map(\.counts.loadedParts) == [0, 2])

    // Tried again, everything is read in one snapshot that is there then.
    _ = try scenario.store.retry(run: run.id, now: scenario.now)
    _ = try offer("s3", after: 2)
    let again = try extracts(0)
    #expect(again.count == 3)
    for task in again { #expect(try extracted(task, in: 3)) }
    try scenario.work()
    #expect(try scenario.finish(run)?.state == .completed)
  }

  @Test func partsOfSeveralMomentsAreCounted() throws {
    _ = try offer("s1", after: nil)
    let tasks = try extracts(1)
    #expect(try extracted(tasks[0], in: 1))
    #expect(try scenario.store.mixedSnapshots(run: run.id).isEmpty)
    _ = try offer("s2", after: 1)
    #expect(try extracted(tasks[1], in: 2))
    #expect(try scenario.store.mixedSnapshots(run: run.id) == [1: [1, 1]])
  }

  @Test func aStateOfVersionOneIsBroughtUpToDate() throws {
    let folder = try Folder()
    let store = try Store(path: folder.state)
    try store.database.write { connection in
      for statement in [
        "DROP TABLE snapshots", "ALTER TABLE run_tables DROP COLUMN gathers",
        "ALTER TABLE run_tables DROP COLUMN gathered", "ALTER TABLE run_tables DROP COLUMN removed_rows",
        "ALTER TABLE runs DROP COLUMN removed_rows", "ALTER TABLE tasks DROP COLUMN snapshot",
        "ALTER TABLE runs DROP COLUMN stop_at", "UPDATE meta SET value = '1' WHERE name = 'schema_version'",
      ] {
        try connection.execute(statement)
      }
    }
    let lineage = try store.lineage()
    try store.close()
    let opened = try Store(path: folder.state)
    #expect(try opened.lineage() == lineage)
    #expect(try opened.database.read { try $0.meta("schema_version") } == "3")
    var builder = try PlanBuilder(opened)
    builder.add(parts: [part(1), part(2)])
    let run = try opened.submit(builder.submission, now: 1)
    #expect(try opened.offerSnapshot("s", run: run.id, after: nil, owner: "a", now: 1).generation == 1)
  }
}
