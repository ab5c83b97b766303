import Plans
import SQL
import Testing
import Workflows

@testable import Store

/// Removals come before the windows of their table, whatever fails and is repeated.
@Suite struct RemovalTasksTests {
  private let scenario: Scenario
  private let run: Run

  /// Two removals and two windows of a table whose two parts are in, and another table.
  init() throws {
    scenario = try Scenario()
    let first = try scenario.submit { builder in
      builder.add(parts: [
        part(1, window: window(after: nil, through: 5)), part(2, window: window(after: nil, through: 5)),
      ])
    }
    try scenario.work()
    _ = try scenario.finish(first)
    run = try scenario.submit { builder in
      builder.add("t0", .append, parts: Self.parts, kept: [Part(id: 1, range: keys(1)), Part(id: 2, range: keys(2))])
      builder.add("t1", parts: [part(1)])
    }
    for task in try scenario.claim([.prepare], limit: 2) { try scenario.complete(task) }
  }

  private static let parts = [
    removal(5, from: 1), removal(6, from: 2), part(3, .whole, window: window(after: 5, through: 7), method: .append),
    part(4, .whole, window: window(after: 7, through: 9), method: .append),
  ]

  private static func removal(_ id: Int, from part: Int?) -> PartChange {
    PartChange(
      part: Part(id: id, range: keys(part ?? 0)), reason: .keysDiffer, rows: 3, bytes: nil, method: .remove,
      takesFrom: part)
  }

  private func extract(_ parts: Set<Int>) throws {
    for task in try scenario.claim([.extract], limit: 10) {
      if task.table == 0, let part = task.part, parts.contains(part) {
        var keys = staged(40)
        keys.holdsKeys = part > 4 ? true : nil
        let completion = TaskCompletion(task: task.id, attempt: task.attempt, result: .extracted(keys))
        #expect(try scenario.store.complete(completion, owner: "a", now: scenario.now))
      } else {
        _ = try scenario.store.release(task: task.id, attempt: task.attempt, owner: "a", now: scenario.now)
      }
    }
  }

  private func remove(_ task: ClaimedTask, _ rows: Int, from part: Int?) throws {
    let completion = TaskCompletion(
      task: task.id, attempt: task.attempt, result: .removed(rows: rows, from: part))
    #expect(try scenario.store.complete(completion, owner: "a", now: scenario.now))
  }

  private func removals() throws -> [ClaimedTask] { try scenario.claim([.remove], limit: 10) }
  private func loads() throws -> [ClaimedTask] { try scenario.claim([.load], limit: 10) }

  @Test func windowsWaitForTheLastRemoval() throws {
    try extract([3, 4])
    #expect(try loads().isEmpty)
    try extract([5, 6])
    let removals = try removals()
    #expect(removals.map(\.part) == [5, 6])
    #expect(removals.allSatisfy { $0.staged?.rows == 40 })
    try remove(removals[0], 2, from: 1)
    #expect(try loads().isEmpty)
    try remove(removals[1], 0, from: 2)
    #expect(try loads().map(\.part) == [3, 4])
  }

  @Test func aWindowThatIsExtractedLaterIsLoadedThen() throws {
    try extract([5, 6])
    for task in try removals() { try remove(task, 1, from: 1) }
    #expect(try loads().isEmpty)
    try extract([4])
    #expect(try loads().map(\.part) == [4])
  }

  @Test func keysAreNoRowsThatMove() throws {
    try extract([3, 5, 6])
    for task in try removals() { try remove(task, 2, from: task.part.map { $0 - 4 }) }
    let counts = try #require(try scenario.store.progress(run: run.id).tables.first).counts
    #expect(counts.extractedRows == 40 && counts.extractedParts == 3)
    #expect(counts.loadedParts == 2 && counts.loadedRows == 0 && counts.deletedRows == 0)
    #expect(counts.removedRows == 4)
    #expect(counts.plannedRows == 200)
  }

  @Test func whatIsRemovedIsCountedOffTheParts() throws {
    #expect(try scenario.state().parts.map(\.rows) == [7, 7, 0, 0])
    try extract([5, 6])
    let removals = try removals()
    try remove(removals[0], 5, from: 1)
    #expect(try scenario.state().parts.map(\.rows) == [2, 7, 0, 0])
    // More than the part has: the rest came with windows that were counted elsewhere.
    try remove(removals[1], 8, from: 2)
    #expect(try scenario.state().parts.map(\.rows) == [1, 0, 0, 0])
  }

  @Test func aRemovalOfTheWholeTableIsCountedOffAnyPart() throws {
    try extract([5, 6])
    try remove(try #require(try removals().first), 9, from: nil)
    #expect(try scenario.state().parts.map(\.rows).reduce(0, +) == 5)
  }

  @Test func removalsLeaveNoPartBehind() throws {
    #expect(try scenario.state().parts.map(\.part.id) == [1, 2, 3, 4])
    #expect(try scenario.state().lastPart == 6)
  }

  @Test(arguments: [TaskKind.extract, .remove]) func nothingComesInAfterARemovalThatFailed(_ kind: TaskKind) throws {
    try extract([4, 6])
    if kind == .remove { try extract([5]) }
    let failing = try #require(try scenario.claim([kind], limit: 10).first { $0.table == 0 && $0.part == 5 })
    #expect(try scenario.fail(failing) == .discarded)
    for task in try scenario.claim([.extract], limit: 10) { #expect(task.table == 1) }
    #expect(try loads().isEmpty)
    // The rest of the table is given back as cancelled; the other table goes on.
    let table = try #require(try scenario.store.progress(run: run.id).tables.first).counts
    #expect(table.discardedTasks == 1)
    _ = try scenario.store.rescue(now: scenario.now, deadOwners: ["a"])
    try scenario.work()
    for task in try removals() where task.part != 5 { try remove(task, 0, from: nil) }
    let ended = try #require(try scenario.finish(run))
    #expect(ended.state == .completedWithErrors)
    #expect(try scenario.state().parts.filter { $0.loadedBy == nil }.map(\.part.id) == [3, 4])

    // Tried again, the order holds.
    _ = try scenario.store.retry(run: run.id, now: scenario.now)
    var order: [Int] = []
    while let task = try scenario.claim().first {
      if task.kind == .load || task.kind == .remove { order.append(task.part ?? 0) }
      try scenario.complete(task)
    }
    #expect(Array(order.suffix(2)).sorted() == [3, 4])
    #expect(order.contains(5))
    #expect(try scenario.finish(run)?.state == .completed)
  }

  @Test func lostKeysAreReadAgainBeforeAnyWindow() throws {
    try extract([3, 5, 6])
    let removals = try removals()
    let failure = TaskFailure(code: "file missing", message: "gone", isTransient: false)
    let fate = try scenario.store.restage(
      task: removals[0].id, attempt: removals[0].attempt, owner: "a", failure: failure, now: scenario.now)
    #expect(fate == .retry(at: scenario.now))
    try remove(removals[1], 0, from: 2)
    #expect(try loads().isEmpty)
    let counts = try #require(try scenario.store.progress(run: run.id).tables.first).counts
    #expect(counts.extractedRows == 40 && counts.extractedParts == 2)
    try extract([5])
    try remove(try #require(try self.removals().first), 1, from: 1)
    #expect(try loads().map(\.part) == [3])
  }

  @Test func removalsOfATableThatGathersWaitForItsExtractions() throws {
    let scenario = try Scenario()
    _ = try scenario.submit { builder in
      builder.add("t0", .append, parts: Self.parts)
      builder.tables[0].configuration.snapshot = .required
    }
    try scenario.complete(try #require(try scenario.claim([.prepare]).first))
    let extracts = try scenario.claim([.extract], limit: 10)
    for task in extracts.dropLast() { try scenario.complete(task) }
    #expect(try scenario.claim([.remove, .load]).isEmpty)
    try scenario.complete(try #require(extracts.last))
    let removals = try scenario.claim([.remove, .load], limit: 10)
    #expect(removals.map(\.kind) == [.remove, .remove])
    for task in removals { try scenario.complete(task) }
    #expect(try scenario.claim([.load], limit: 10).count == 2)
  }

  @Test func aStateOfTheVersionBeforeIsBroughtUpToDate() throws {
    let folder = try Folder()
    let store = try Store(path: folder.state)
    try store.database.write { connection in
      for table in ["runs", "run_tables"] { try connection.execute("ALTER TABLE \(table) DROP COLUMN removed_rows") }
      try connection.execute("ALTER TABLE runs DROP COLUMN stop_at")
      try connection.execute("UPDATE meta SET value = '2' WHERE name = 'schema_version'")
    }
    try store.database.close()
    let reopened = try Store(path: folder.state)
    let run = try reopened.submit(try PlanBuilder(reopened).submission, now: 0)
    #expect(run.counts.removedRows == 0)
  }
}
