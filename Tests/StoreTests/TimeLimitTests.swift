import Plans
import Store
import Testing

/// Runs that begin no further part from a moment on.
@Suite struct TimeLimitTests {
  private func submit(_ scenario: Scenario, parts: Int = 3, tables: Int = 1, seconds: Int = 60) throws -> Run {
    var builder = try PlanBuilder(scenario.store)
    for table in 0..<tables { builder.add("t\(table)", parts: (1...parts).map { part($0) }) }
    var submission = builder.submission
    submission.stopAt = scenario.now + seconds * 1000
    return try scenario.store.submit(submission, now: scenario.now)
  }

  private func pause(_ scenario: Scenario) throws -> [Int] {
    try scenario.store.pauseRunsOutOfTime(now: scenario.now).map(\.id)
  }

  @Test func partsUnderWayEndAndNoneIsBegun() throws {
    let scenario = try Scenario()
    let run = try submit(scenario, tables: 2)
    #expect(run.stopAt == scenario.now + 60_000)
    try scenario.complete(try #require(try scenario.claim([.prepare]).first))
    let first = try #require(try scenario.claim([.extract]).first)
    #expect(try pause(scenario).isEmpty, "its time is not over")

    scenario.now += 60_000
    #expect(try scenario.claim([.extract, .prepare], limit: 9).isEmpty)
    #expect(try pause(scenario).isEmpty, "an extraction is under way")
    try scenario.complete(first)
    #expect(try pause(scenario).isEmpty, "what was extracted is loaded")
    let load = try #require(try scenario.claim().first)
    #expect(load.kind == .load)
    #expect(try pause(scenario).isEmpty, "a load is under way")
    try scenario.complete(load)

    #expect(try pause(scenario) == [run.id])
    #expect(try pause(scenario).isEmpty, "once")
    let paused = try scenario.store.run(run.id)
    #expect(paused.state == .paused)
    #expect(paused.stopAt == run.stopAt, "that tells it from a run that somebody paused")
    #expect(paused.counts.loadedParts == 1)
    #expect(try scenario.claim().isEmpty)
  }

  @Test func aTableWhosePartsAreInIsFinished() throws {
    let scenario = try Scenario()
    let run = try submit(scenario, parts: 1)
    for kind in [TaskKind.prepare, .extract, .load] {
      try scenario.complete(try #require(try scenario.claim([kind]).first))
    }
    scenario.now += 60_000
    #expect(try pause(scenario).isEmpty)
    try scenario.complete(try #require(try scenario.claim([.finish]).first))
    #expect(try pause(scenario).isEmpty, "it is at its end")
    #expect(try scenario.finish(run)?.state == .completed)
  }

  @Test func whatFailsMeanwhileIsLeft() throws {
    let scenario = try Scenario()
    let run = try submit(scenario)
    for kind in [TaskKind.prepare, .extract] {
      try scenario.complete(try #require(try scenario.claim([kind]).first))
    }
    let load = try #require(try scenario.claim([.load]).first)
    scenario.now += 60_000
    _ = try scenario.fail(load, transient: true)
    scenario.now += 60_000
    #expect(try scenario.claim().isEmpty)
    #expect(try pause(scenario) == [run.id])
    _ = try scenario.store.resume(run: run.id, now: scenario.now)
    #expect(try scenario.claim([.load]).first?.id == load.id, "its files are there still")
  }

  @Test func aTaskThatIsTakenBackHoldsItUpOnlyWhereItIsGivenOut() throws {
    let scenario = try Scenario()
    let run = try submit(scenario)
    try scenario.complete(try #require(try scenario.claim([.prepare]).first))
    #expect(try scenario.claim([.extract]).count == 1)
    scenario.now += 60_000
    #expect(try pause(scenario).isEmpty)
    #expect(try scenario.store.rescue(now: scenario.now).count == 1)
    #expect(try pause(scenario) == [run.id])
  }

  @Test func aRunThatNeverBeganIsPausedToo() throws {
    let scenario = try Scenario()
    let run = try submit(scenario)
    scenario.now += 60_000
    #expect(try scenario.claim().isEmpty)
    #expect(try pause(scenario) == [run.id])
    let resumed = try scenario.store.resume(run: run.id, stopAt: scenario.now + 1, now: scenario.now)
    #expect(resumed.state == .pending)
    #expect(resumed.stopAt == scenario.now + 1)
    #expect(try scenario.claim().count == 1)
  }

  @Test func resumingSetsTheTimeAnewAndPausingTakesItAway() throws {
    let scenario = try Scenario()
    let run = try submit(scenario)
    let again = try scenario.store.resume(run: run.id, stopAt: 7, now: scenario.now)
    #expect(again.state == .pending && again.stopAt == 7)
    #expect(try scenario.store.resume(run: run.id, now: scenario.now).stopAt == nil)
    _ = try scenario.store.resume(run: run.id, stopAt: 7, now: scenario.now)
    #expect(try scenario.store.pause(run: run.id, now: scenario.now).stopAt == nil)
    #expect(try pause(scenario).isEmpty, "it is paused already")
  }

  @Test func aRunWithoutALimitGoesOn() throws {
    let scenario = try Scenario()
    _ = try scenario.submit { $0.add(parts: [part(1)]) }
    scenario.now += 1_000_000_000
    #expect(try pause(scenario).isEmpty)
    #expect(try scenario.claim().count == 1)
  }

  @Test func aPausedRunSaysHowToGoOn() throws {
    let scenario = try Scenario()
    let run = try submit(scenario)
    scenario.now += 60_000
    _ = try pause(scenario)
    let error = #expect(throws: StoreError.self) { try scenario.submit { $0.add(parts: [part(1)]) } }
    #expect(error?.code == .tableInUse)
    #expect(error?.description.contains("scmplan runs resume \(run.id)") == true)
  }
}
