import Plans
import Store
import Testing

@Suite struct RunControlTests {
  @Test func aPausedRunGivesNothingUntilItIsResumed() throws {
    let scenario = try Scenario()
    let run = try scenario.submit { $0.add(parts: [part(1)]) }
    let task = try #require(try scenario.claim().first)
    #expect(try scenario.store.pause(run: run.id, now: scenario.now).state == .paused)
    #expect(try scenario.complete(task))
    #expect(try scenario.claim().isEmpty)
    scenario.now += 60_000
    let resumed = try scenario.store.resume(run: run.id, now: scenario.now)
    #expect(resumed.state == .executing)
    #expect(resumed.pausedTotal == 60_000)
    #expect(resumed.worked(now: scenario.now) == 0)
    #expect(try scenario.claim().count == 1)
  }

  @Test func aRunPausedBeforeItsStartIsPendingAgain() throws {
    let scenario = try Scenario()
    let run = try scenario.submit { $0.add(parts: [part(1)]) }
    _ = try scenario.store.pause(run: run.id, now: 0)
    #expect(try scenario.claim().isEmpty)
    let resumed = try scenario.store.resume(run: run.id, now: 10)
    #expect(resumed.state == .pending)
    #expect(resumed.pausedTotal == 0)
  }

  @Test func pausingAndResumingTwiceChangesNothing() throws {
    let scenario = try Scenario()
    let run = try scenario.submit { $0.add(parts: [part(1)]) }
    let paused = try scenario.store.pause(run: run.id, now: 5)
    #expect(try scenario.store.pause(run: run.id, now: 9) == paused)
    let resumed = try scenario.store.resume(run: run.id, now: 10)
    #expect(try scenario.store.resume(run: run.id, now: 12) == resumed)
  }

  @Test func cancellingEndsARunThatNobodyWorksOn() throws {
    let scenario = try Scenario()
    let run = try scenario.submit { $0.add(parts: [part(1), part(2)]) }
    let cancelled = try scenario.store.cancel(run: run.id, now: scenario.now)
    #expect(cancelled.state == .cancelled)
    #expect(cancelled.isEnded)
    #expect(cancelled.counts.openTasks == 0)
    #expect(try scenario.claim().isEmpty)
    #expect(try scenario.store.cancel(run: run.id, now: 0) == cancelled)
    #expect(try scenario.store.serial(of: "sales") == 2)
  }

  @Test func aCancelledRunEndsWithItsLastRunningTask() throws {
    let scenario = try Scenario()
    let run = try scenario.submit { $0.add(parts: [part(1), part(2), part(3)]) }
    try scenario.complete(try #require(try scenario.claim().first))
    let tasks = try scenario.claim([.extract], limit: 3)
    try scenario.complete(tasks[0])
    let load = try #require(try scenario.claim([.load]).first)
    let cancelled = try scenario.store.cancel(run: run.id, now: scenario.now)
    #expect(!cancelled.isEnded)
    #expect(cancelled.counts.openTasks == 3)
    // A load that had committed is remembered; the others stop.
    #expect(try scenario.complete(load))
    #expect(try scenario.store.release(task: tasks[1].id, attempt: 1, owner: "a", now: 0) == .cancelled)
    #expect(try scenario.finish(run) == nil)
    #expect(try scenario.store.rescue(now: 0, deadOwners: ["a"]).count == 1)
    #expect(try scenario.finish(run)?.state == .cancelled)
    #expect(try scenario.state().parts.map(\.loadedBy) == [1, nil, nil])
  }

  @Test func aFailureInACancelledRunIsNoFailure() throws {
    let scenario = try Scenario()
    let run = try scenario.submit { $0.add(parts: [part(1)]) }
    let task = try #require(try scenario.claim().first)
    _ = try scenario.store.cancel(run: run.id, now: 0)
    #expect(try scenario.fail(task) == .cancelled)
    #expect(try scenario.finish(run)?.counts.discardedTasks == 0)
  }

  @Test func retryDoesAgainOnlyWhatFailed() throws {
    let scenario = try Scenario()
    let run = try scenario.submit {
      $0.add("t0", parts: [part(1), part(2)])
      $0.add("t1", parts: [part(1)])
    }
    try scenario.work(failing: [2])
    let ended = try #require(try scenario.finish(run))
    #expect(ended.state == .completedWithErrors)
    let serial = try scenario.store.serial(of: "sales")
    scenario.now += 3_600_000
    let again = try scenario.store.retry(run: run.id, now: scenario.now)
    #expect(again.state == .executing)
    #expect(again.ended == nil)
    #expect(again.counts.openTasks == 3)
    #expect(again.counts.failedParts == 0)
    #expect(try scenario.store.serial(of: "sales") == serial + 1)
    var kinds: [TaskKind] = []
    while let task = try scenario.claim().first {
      kinds.append(task.kind)
      #expect(task.table == 0)
      try scenario.complete(task)
    }
    #expect(kinds == [.extract, .load, .finish])
    let done = try #require(try scenario.finish(run))
    #expect(done.state == .completed)
    #expect(done.counts.loadedParts == 3)
    #expect(done.worked(now: scenario.now) == 0)
  }

  @Test func retryReopensATableWhosePrepareFailed() throws {
    let scenario = try Scenario()
    let run = try scenario.submit { $0.add(parts: [part(1), part(2)]) }
    _ = try scenario.fail(try #require(try scenario.claim().first))
    #expect(try scenario.finish(run)?.state == .failed)
    _ = try scenario.store.retry(run: run.id, now: 0)
    try scenario.work()
    #expect(try scenario.finish(run)?.state == .completed)
  }

  @Test func retryOpensACancelledRunAgain() throws {
    let scenario = try Scenario()
    let run = try scenario.submit { $0.add(parts: [part(1), part(2)]) }
    try scenario.complete(try #require(try scenario.claim().first))
    try scenario.complete(try #require(try scenario.claim([.extract]).first))
    _ = try scenario.store.cancel(run: run.id, now: 0)
    _ = try scenario.store.retry(run: run.id, now: 0)
    try scenario.work()
    let done = try #require(try scenario.finish(run))
    #expect(done.state == .completed)
    #expect(done.counts.loadedParts == 2)
    #expect(done.counts.openTasks == 0)
  }

  @Test func retryIsRefusedWhenThereIsNothingOrSomethingNewer() throws {
    let scenario = try Scenario()
    let run = try scenario.submit { $0.add(parts: [part(1), part(2)]) }
    #expect(code { _ = try scenario.store.retry(run: run.id, now: 0) } == .wrongRunState)
    try scenario.work(failing: [2])
    _ = try scenario.finish(run)
    let later = try scenario.submit { $0.add("t0", .reload, parts: [part(3)]) }
    #expect(code { _ = try scenario.store.retry(run: run.id, now: 0) } == .laterRun)
    try scenario.work()
    _ = try scenario.finish(later)
    #expect(code { _ = try scenario.store.retry(run: run.id, now: 0) } == .laterRun)
    #expect(code { _ = try scenario.store.retry(run: later.id, now: 0) } == .wrongRunState)
    #expect(code { _ = try scenario.store.retry(run: 99, now: 0) } == .unknownRun)
  }

  @Test func endedRunsCannotBeControlled() throws {
    let scenario = try Scenario()
    let run = try scenario.submit { $0.add(parts: [part(1)]) }
    try scenario.work()
    _ = try scenario.finish(run)
    #expect(try scenario.finish(run) == nil)
    #expect(code { _ = try scenario.store.pause(run: run.id, now: 0) } == .wrongRunState)
    #expect(code { _ = try scenario.store.resume(run: run.id, now: 0) } == .wrongRunState)
    #expect(code { _ = try scenario.store.cancel(run: run.id, now: 0) } == .wrongRunState)
    #expect(code { _ = try scenario.store.pause(run: 99, now: 0) } == .unknownRun)
  }

  @Test func runsAreListedNewestFirst() throws {
    let scenario = try Scenario()
    _ = try scenario.submit { $0.add("t0", parts: [part(1)]) }
    _ = try scenario.submit { $0.add("t1", parts: [part(1)]) }
    #expect(try scenario.store.runs().map(\.id) == [2, 1])
    #expect(try scenario.store.runs(workflow: "hr").isEmpty)
    #expect(try scenario.store.runs(limit: 1).map(\.id) == [2])
    #expect(try scenario.store.openRuns().map(\.id) == [1, 2])
  }

  @Test func ratesComeFromWhatRunsAchieved() throws {
    let scenario = try Scenario()
    #expect(try scenario.store.rate(source: "source", target: "target") == nil)
    let run = try scenario.submit { $0.add(parts: [part(1), part(2)]) }
    let first = try #require(try scenario.claim().first)
    scenario.now += 2000
    try scenario.complete(first)
    try scenario.work()
    _ = try scenario.finish(run)
    let rate = try #require(try scenario.store.rate(source: "source", target: "target"))
    #expect(rate == Rate(rowsPerSecond: 7, bytesPerSecond: 70))
    #expect(try scenario.store.rate(source: "source", target: "elsewhere") == nil)
  }
}
