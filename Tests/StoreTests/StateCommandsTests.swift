import Catalogs
import Plans
import Store
import Testing

@Suite struct StateCommandsTests {
  private func loaded() throws -> Scenario {
    let scenario = try Scenario()
    _ = try scenario.submit {
      $0.add("t0", parts: [part(1, digest: RowDigest(rows: 7, high: 1, low: 2)), part(2)])
      $0.add("t1", parts: [part(1, .whole)])
    }
    try scenario.work()
    _ = try scenario.store.finishDoneRuns(now: 0)
    return scenario
  }

  @Test func tablesAreListedWithoutTheirParts() throws {
    let store = try loaded().store
    let tables = try store.tableSummaries()
    #expect(tables.map(\.key) == [key("t0"), key("t1")])
    #expect(tables.map(\.parts) == [2, 1])
    #expect(tables.map(\.loadedParts) == [2, 1])
    #expect(tables.map(\.rows) == [14, 7])
    #expect(tables.map(\.run) == [1, 1])
    #expect(try store.tableSummaries(workflow: "hr").isEmpty)
    #expect(try store.tableStates(workflow: "sales").map(\.key) == [key("t0"), key("t1")])
  }

  @Test func removingForgetsOneTable() throws {
    let scenario = try loaded()
    let serial = try scenario.store.serial(of: "sales")
    try scenario.store.removeTable(key("t0"), now: 0)
    #expect(try scenario.store.tableState(key("t0")) == nil)
    #expect(try scenario.store.tableSummaries().map(\.key) == [key("t1")])
    #expect(try scenario.store.serial(of: "sales") == serial + 1)
    #expect(code { try scenario.store.removeTable(key("t0"), now: 0) } == .unknownTable)
  }

  @Test func renamingKeepsEverythingElse() throws {
    let scenario = try loaded()
    let before = try scenario.state("t0")
    var target = key("t9")
    target.targetServer = "elsewhere"
    try scenario.store.renameTable(from: key("t0"), to: target, now: 0)
    let after = try #require(try scenario.store.tableState(target))
    #expect(after.parts == before.parts)
    #expect(after.key == target)
    #expect(try scenario.store.tableState(key("t0")) == nil)
    #expect(code { try scenario.store.renameTable(from: key("t0"), to: target, now: 0) } == .unknownTable)
    #expect(code { try scenario.store.renameTable(from: target, to: key("t1"), now: 0) } == .tableExists)
  }

  @Test func tablesOfUnfinishedRunsStayAsTheyAre() throws {
    let scenario = try loaded()
    _ = try scenario.submit { $0.add("t0", .reload, parts: [part(3)]) }
    #expect(code { try scenario.store.removeTable(key("t0"), now: 0) } == .tableInUse)
    #expect(code { try scenario.store.renameTable(from: key("t0"), to: key("t9"), now: 0) } == .tableInUse)
    try scenario.store.removeTable(key("t1"), now: 0)
  }

  @Test func aRetryIsRefusedOnceItsTableIsRemoved() throws {
    let scenario = try Scenario()
    let run = try scenario.submit { $0.add(parts: [part(1), part(2)]) }
    try scenario.work(failing: [2])
    _ = try scenario.finish(run)
    try scenario.store.removeTable(key(), now: 0)
    #expect(code { _ = try scenario.store.retry(run: run.id, now: 0) } == .laterRun)
  }

  @Test func theLedgerFillsInWhatTheStateMissed() throws {
    let scenario = try Scenario()
    let digest = RowDigest(rows: 1, high: 2, low: 3)
    let run = try scenario.submit {
      $0.add(parts: [part(1, digest: digest), part(2), part(3), part(4, digest: digest)])
    }
    // Part 1 is staged and its load begun; of part 4 the state knows nothing.
    try scenario.complete(try #require(try scenario.claim().first))
    try scenario.complete(try #require(try scenario.claim([.extract]).first))
    #expect(try scenario.claim([.load]).map(\.part) == [1])
    let lineage = try scenario.store.lineage()
    func entry(_ part: Int, run: Int = 1, lineage: String, plan: String) -> LedgerEntry {
      LedgerEntry(lineage: lineage, run: run, part: part, attempt: 1, rows: 55, plan: plan)
    }
    let serial = try scenario.store.serial(of: "sales")
    let adopted = try scenario.store.adopt(
      [
        entry(1, lineage: lineage, plan: run.plan), entry(4, lineage: lineage, plan: run.plan),
        entry(2, lineage: "other", plan: run.plan),
        entry(3, lineage: lineage, plan: "another plan"), entry(2, run: 9, lineage: lineage, plan: run.plan),
      ], into: key(), now: 0)
    #expect(adopted == 2)
    let parts = try scenario.state().parts
    #expect(parts.map(\.loadedBy) == [1, nil, nil, 1])
    #expect(parts.map(\.rows) == [55, 0, 0, 55])
    #expect(parts.map(\.digest) == [digest, nil, nil, nil])
    #expect(try scenario.store.serial(of: "sales") == serial + 1)
    let again = try scenario.store.adopt([entry(1, lineage: lineage, plan: run.plan)], into: key(), now: 0)
    #expect(again == 0)
    #expect(try scenario.store.serial(of: "sales") == serial + 1)
    #expect(code { _ = try scenario.store.adopt([], into: key("t9"), now: 0) } == .unknownTable)
  }
}
