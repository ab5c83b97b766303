import Catalogs
import Plans
import Store
import Testing

@Suite struct SubmissionTests {
  @Test func aRunIsRecordedWithItsPlanTasksAndLayout() throws {
    let scenario = try Scenario()
    let digest = RowDigest(rows: 1, high: 2, low: 3)
    let run = try scenario.submit {
      $0.add(parts: [part(1, digest: digest), part(2)])
      $0.add("t1", .none, parts: [])
    }
    #expect(run.id == 1)
    #expect(run.state == .pending)
    #expect(run.counts.parts == 2)
    #expect(run.counts.plannedRows == 200)
    #expect(run.counts.plannedBytes == 2000)
    #expect(run.counts.openTasks == 6)
    #expect(try scenario.store.plan(run.plan) == "{}")
    #expect(try scenario.store.serial(of: "sales") == 1)

    let state = try scenario.state()
    #expect(state.parts.map(\.part.id) == [1, 2])
    #expect(state.parts.allSatisfy { $0.loadedBy == nil && $0.run == 1 && $0.digest == nil && $0.rows == 0 })
    #expect(state.lastPart == 2)
    #expect(state.run == 1)
    #expect(try scenario.store.tableState(key("t1")) == nil)
    #expect(try scenario.store.progress(run: 1).tables.map(\.index) == [0])
  }

  @Test func aPlanIsTakenOnce() throws {
    let scenario = try Scenario()
    var builder = try PlanBuilder(scenario.store)
    builder.add(parts: [])
    _ = try scenario.store.submit(builder.submission, now: 0)
    let error = #expect(throws: StoreError.self) { try scenario.store.submit(builder.submission, now: 0) }
    #expect(error?.code == .stale)
    #expect(
      error?.message
        == "the plan is stale: it was made against state serial 0, the state is at 1 (run 1)")
    #expect(try scenario.store.runs().count == 1)
  }

  @Test func aPlanOfAnotherStateIsRefused() throws {
    let scenario = try Scenario()
    var builder = try PlanBuilder(scenario.store)
    builder.add(parts: [])
    builder.lineage = "someone else's"
    #expect(code { _ = try scenario.store.submit(builder.submission, now: 0) } == .foreignLineage)
    builder.lineage = ""
    #expect(code { _ = try scenario.store.submit(builder.submission, now: 0) } == .foreignLineage)
    #expect(try scenario.store.runs().isEmpty)
  }

  @Test func twoRunsNeverWriteOneTarget() throws {
    let scenario = try Scenario()
    let first = try scenario.submit { $0.add(parts: [part(1)]) }
    var other = try PlanBuilder(scenario.store, workflow: "hr")
    var second = change("elsewhere", .create, parts: [part(1)])
    second.target = ObjectName(schema: "main", table: "t0")
    other.tables = [second]
    let error = #expect(throws: StoreError.self) { try scenario.store.submit(other.submission, now: 0) }
    #expect(error?.code == .tableInUse)
    #expect(error?.message == "run 1 is not at its end and works on main.t0")
    #expect(try scenario.store.serial(of: "hr") == 0)

    try scenario.work()
    #expect(try scenario.finish(first)?.state == .completed)
    #expect(try scenario.store.submit(other.submission, now: 0).id > 1)
  }

  @Test func serialsBelongToWorkflows() throws {
    let scenario = try Scenario()
    _ = try scenario.submit { $0.add(parts: [part(1)]) }
    var other = try PlanBuilder(scenario.store, workflow: "hr")
    other.add("t1", parts: [part(1)])
    #expect(other.serial == 0)
    _ = try scenario.store.submit(other.submission, now: 0)
    #expect(try scenario.store.workflows() == ["sales": 1, "hr": 1])
  }

  @Test func aRunWithNothingToDoEndsAtOnce() throws {
    let scenario = try Scenario()
    let run = try scenario.submit { $0.add("t0", .none, parts: []) }
    #expect(run.state == .completed)
    #expect(run.ended == scenario.now)
  }

  @Test func aForgottenTableLeavesTheState() throws {
    let scenario = try Scenario()
    let run = try scenario.submit { $0.add(parts: [part(1)]) }
    try scenario.work()
    _ = try scenario.finish(run)
    let second = try scenario.submit { $0.add("t0", .forget, parts: []) }
    #expect(second.state == .completed)
    #expect(try scenario.store.tableState(key()) == nil)
  }

  @Test func aTableWithoutPartsIsPreparedAndFinished() throws {
    let scenario = try Scenario()
    let run = try scenario.submit { $0.add(parts: []) }
    #expect(try scenario.claim([.finish]).isEmpty)
    try scenario.work()
    #expect(try scenario.finish(run)?.state == .completed)
  }

  @Test func runNumbersNeverRepeatWhatALedgerHasSeen() throws {
    let scenario = try Scenario()
    var builder = try PlanBuilder(scenario.store)
    builder.add(parts: [])
    builder.tables[0].ledger = LedgerFence(lineage: builder.lineage, run: 41, commits: 3)
    #expect(try scenario.store.submit(builder.submission, now: 0).id == 42)
    builder = try PlanBuilder(scenario.store)
    builder.add("t1", parts: [])
    builder.tables[0].ledger = LedgerFence(lineage: "another state", run: 90, commits: 3)
    #expect(try scenario.store.submit(builder.submission, now: 0).id == 43)
  }

  @Test func aPlanThatKeepsAnUnknownPartIsRefused() throws {
    let scenario = try Scenario()
    _ = try scenario.submit { $0.add(parts: [part(1)]) }
    try scenario.work()
    _ = try scenario.store.finishDoneRuns(now: 0)
    let before = try scenario.state()
    var builder = try PlanBuilder(scenario.store)
    builder.add("t0", .refresh, parts: [part(1)], kept: [Part(id: 9, range: .whole)])
    #expect(code { _ = try scenario.store.submit(builder.submission, now: 0) } == .invalid)
    #expect(try scenario.state() == before)
  }

  @Test(arguments: [
    ObjectName(table: "t"), ObjectName(schema: "a.b", table: "c"), ObjectName(schema: "a", table: "b.c"),
    ObjectName(database: "d", schema: "s", table: "t"), ObjectName(database: "d", table: ""),
    ObjectName(schema: "", table: "\u{301}x\u{1F600}"), ObjectName(table: "quo\"te\\back/slash\nline\u{1}"),
    ObjectName(table: "{\"table\":\"x\"}"), ObjectName(table: "},:,"),
  ])
  func anyNameIsKeptAsItIs(_ name: ObjectName) throws {
    let scenario = try Scenario()
    var builder = try PlanBuilder(scenario.store)
    builder.add(parts: [part(1)])
    builder.tables[0].source = name
    builder.tables[0].target = name
    let run = try scenario.store.submit(builder.submission, now: 0)
    let table = try #require(try scenario.store.progress(run: run.id).tables.first)
    #expect(table.source == name)
    #expect(table.target == name)
    let expected = TableKey(sourceServer: "source", source: name, targetServer: "target", target: name)
    #expect(try scenario.store.tableState(expected)?.key == expected)
    #expect(try scenario.store.tableSummaries().map(\.key) == [expected])
    builder.serial = 1
    #expect(code { _ = try scenario.store.submit(builder.submission, now: 0) } == .tableInUse)
  }
}
