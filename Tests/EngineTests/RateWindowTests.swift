import Engine
import Store
import Testing

@Suite struct RateWindowTests {
  @Test func aRateNeedsTwoReadings() {
    var window = RateWindow(span: 10_000)
    #expect(window.perSecond == nil)
    window.read(0, at: 0)
    window.read(10, at: 200)
    #expect(window.perSecond == nil)
    window.read(100, at: 1000)
    #expect(window.perSecond == 100)
  }

  @Test func onlyTheLastSecondsCount() {
    var window = RateWindow(span: 10_000)
    for second in 0...60 { window.read(second < 40 ? Double(second) * 100 : 4000, at: second * 1000) }
    #expect(window.perSecond == 0)
  }

  @Test func aTotalThatShrinksStartsAnew() {
    var window = RateWindow()
    window.read(1000, at: 0)
    window.read(2000, at: 1000)
    window.read(500, at: 2000)
    #expect(window.perSecond == nil)
    window.read(600, at: 3000)
    #expect(window.perSecond == 100)
  }

  @Test func aSnapshotTellsRatesAndWhatIsLeft() throws {
    let store = try ModelPlan.store()
    let run = try ModelPlan.submit(try ModelPlan.plan(tables: [4, 1], store: store), to: store, now: 0)
    var maker = SnapshotMaker()
    let first = maker.snapshot(try store.progress(run: run.id), service: .atWork, now: 0)
    #expect(first.tables.map(\.phase) == [.waiting, .waiting])
    #expect(first.secondsLeft == nil)

    func claim(_ kinds: [TaskKind]) throws -> ClaimedTask {
      try #require(
        try store.claim(owner: "e", kinds: kinds, affinity: nil, limit: 1, now: 0, lease: 30_000).first)
    }
    func complete(_ task: ClaimedTask, _ result: TaskResult) throws {
      #expect(
        try store.complete(TaskCompletion(task: task.id, attempt: task.attempt, result: result), owner: "e", now: 0))
    }
    let prepare = try claim([.prepare])
    let preparing = maker.snapshot(try store.progress(run: run.id), service: .atWork, now: 100)
    #expect(preparing.tables[0].phase == .preparing)
    try complete(prepare, .prepared)
    let extract = try claim([.extract])
    _ = try store.heartbeat(
      owner: "e", tasks: [TaskProgress(task: extract.id, attempt: 1, rows: 8, bytes: 80)], now: 0, lease: 30_000)
    // Eight of forty rows in a second, which is a tenth of extraction and load together.
    let moving = maker.snapshot(try store.progress(run: run.id), service: .atWork, now: 1000)
    #expect(moving.tables[0].phase == .moving)
    #expect(moving.tables[0].rows == 8)
    #expect(moving.tables[0].rowsPerSecond == 8)
    #expect(moving.tables[0].fraction == 0.1)
    #expect(moving.tables[0].secondsLeft == 9)
    #expect(moving.rows == 8)
    #expect(moving.rowsPerSecond == 8)
  }
}
