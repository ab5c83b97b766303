import Plans
import Store
import Testing

@Suite struct FailuresTests {
  /// A run of one table with two parts, prepared, and its first extract claimed.
  private func extracting(_ scenario: Scenario) throws -> (Run, ClaimedTask) {
    let run = try scenario.submit { $0.add(parts: [part(1), part(2)]) }
    try scenario.complete(try #require(try scenario.claim().first))
    return (run, try #require(try scenario.claim([.extract]).first))
  }

  @Test func aTaskIsCompletedOnlyByItsHolder() throws {
    let scenario = try Scenario()
    let (_, task) = try extracting(scenario)
    #expect(try scenario.complete(task, owner: "b") == false)
    var later = task
    later.attempt = 2
    #expect(try scenario.complete(later) == false)
    #expect(try scenario.claim([.load]).isEmpty)
    #expect(try scenario.complete(task))
    #expect(try scenario.complete(task) == false)
    #expect(try scenario.claim([.load]).count == 1)
  }

  @Test func aZombieIsFencedOff() throws {
    let scenario = try Scenario()
    let (run, task) = try extracting(scenario)
    scenario.now += 30_000
    #expect(try scenario.store.rescue(now: scenario.now).map(\.task) == [task.id])
    let successor = try #require(try scenario.claim([.extract], owner: "b").first)
    #expect(successor.id == task.id)
    #expect(successor.attempt == 2)
    #expect(try scenario.complete(task) == false)
    #expect(try scenario.fail(task) == .lost)
    #expect(try scenario.store.release(task: task.id, attempt: 1, owner: "a", now: scenario.now) == .lost)
    #expect(try scenario.complete(successor, owner: "b"))
    #expect(try scenario.store.run(run.id).counts.extractedParts == 1)
    #expect(
      try scenario.store.attempts(task: task.id).map(\.outcome) == [.rescued, .completed])
  }

  @Test func anOwnerThatRestartedUnderItsNameIsFencedByTheAttempt() throws {
    let scenario = try Scenario()
    let (_, task) = try extracting(scenario)
    _ = try scenario.store.rescue(now: scenario.now, deadOwners: ["a"])
    let again = try #require(try scenario.claim([.extract]).first)
    #expect(try scenario.complete(task) == false)
    #expect(try scenario.complete(again))
  }

  @Test func aCompletionOfAnotherKindIsRefused() throws {
    let scenario = try Scenario()
    let (_, task) = try extracting(scenario)
    let wrong = TaskCompletion(task: task.id, attempt: 1, result: .loaded(rows: 1, deleted: 0))
    #expect(code { _ = try scenario.store.complete(wrong, owner: "a", now: 0) } == .invalid)
    #expect(try scenario.complete(task))
  }

  @Test func transientErrorsUseUpTheAttempts() throws {
    let scenario = try Scenario()
    var (run, task) = try extracting(scenario)
    for failed in 1...4 {
      #expect(try scenario.fail(task, transient: true) == .retry(at: scenario.now + 1000))
      let retrying = try scenario.store.progress(run: run.id).retrying
      #expect(retrying.map(\.failures) == [failed])
      #expect(retrying.map(\.next) == [scenario.now + 1000])
      #expect(retrying.map(\.error) == ["deadlock victim"])
      #expect(retrying.map(\.errorCode) == ["1205"])
      scenario.now += 1000
      task = try #require(try scenario.claim([.extract], limit: 2).first { $0.id == task.id })
    }
    #expect(try scenario.fail(task, transient: true) == .discarded)
    let attempts = try scenario.store.attempts(task: task.id)
    #expect(attempts.map(\.outcome) == Array(repeating: .failed, count: 5))
    #expect(attempts.allSatisfy { $0.error == "deadlock victim" && $0.ended != nil })
    #expect(try scenario.store.failures(run: run.id).map(\.part) == [1])
  }

  @Test func waitingInVainUsesUpNone() throws {
    let scenario = try Scenario()
    var (run, task) = try extracting(scenario)
    for _ in 1...9 {
      #expect(try scenario.fail(task, transient: true, costsAttempt: false) == .retry(at: scenario.now + 1000))
      let retrying = try scenario.store.progress(run: run.id).retrying
      #expect(retrying.map(\.failures) == [0] && retrying.map(\.error) == ["deadlock victim"])
      scenario.now += 1000
      task = try #require(try scenario.claim([.extract], limit: 2).first { $0.id == task.id })
    }
    #expect(try scenario.store.attempts(task: task.id).count == 10)
    #expect(try scenario.fail(task) == .discarded)
  }

  @Test func aPermanentErrorDiscardsOnlyWhatDependsOnIt() throws {
    let scenario = try Scenario()
    let run = try scenario.submit {
      $0.add("t0", parts: [part(1), part(2)])
      $0.add("t1", parts: [part(1)])
    }
    while let task = try scenario.claim().first {
      if task.table == 0, task.part == 1, task.kind == .extract {
        #expect(try scenario.fail(task) == .discarded)
      } else {
        try scenario.complete(task)
      }
    }
    let ended = try #require(try scenario.finish(run))
    #expect(ended.state == .completedWithErrors)
    let tables = try scenario.store.progress(run: run.id).tables
    #expect(tables.map(\.counts.loadedParts) == [1, 1])
    #expect(tables.map(\.counts.failedParts) == [1, 0])
    #expect(tables.map(\.isFinished) == [false, true])
    #expect(try scenario.state("t0").parts.map(\.loadedBy) == [nil, 1])
    #expect(try scenario.store.failures(run: run.id).map(\.task).count == 1)
  }

  @Test func aPrepareThatFailsTakesItsTableAlongAndNoOther() throws {
    let scenario = try Scenario()
    let run = try scenario.submit {
      $0.add("t0", parts: [part(1), part(2)])
      $0.add("t1", parts: [part(1)])
    }
    while let task = try scenario.claim().first {
      if task.table == 0 { #expect(try scenario.fail(task) == .discarded) } else { try scenario.complete(task) }
    }
    let ended = try #require(try scenario.finish(run))
    #expect(ended.state == .completedWithErrors)
    #expect(ended.counts.openTasks == 0)
    #expect(ended.counts.discardedTasks == 1)
  }

  @Test func aRunThatAchievedNothingFailed() throws {
    let scenario = try Scenario()
    let run = try scenario.submit { $0.add(parts: [part(1)]) }
    try scenario.work(failing: [1])
    #expect(try scenario.finish(run)?.state == .failed)
  }

  @Test func releasedAndRescuedTasksCostNoAttempt() throws {
    let scenario = try Scenario()
    var (_, task) = try extracting(scenario)
    for round in 1...10 {
      if round.isMultiple(of: 2) {
        #expect(
          try scenario.store.release(task: task.id, attempt: task.attempt, owner: "a", now: scenario.now)
            == .retry(at: scenario.now))
      } else {
        #expect(try scenario.store.rescue(now: scenario.now, deadOwners: ["a"]).count == 1)
      }
      task = try #require(try scenario.claim([.extract], limit: 1).first)
      #expect(task.attempt == round + 1)
      #expect(task.failures == 0)
    }
    #expect(try scenario.fail(task, transient: true) == .retry(at: scenario.now + 1000))
  }

  @Test func rescueLeavesTheLivingAlone() throws {
    let scenario = try Scenario()
    let (_, task) = try extracting(scenario)
    #expect(try scenario.store.rescue(now: scenario.now + 29_999, deadOwners: ["b"]).isEmpty)
    #expect(try scenario.complete(task))
    #expect(try scenario.store.rescue(now: scenario.now + 90_000, deadOwners: ["a"]).isEmpty)
  }

  @Test func missingFilesSendALoadBackToItsExtract() throws {
    let scenario = try Scenario()
    let (run, extract) = try extracting(scenario)
    try scenario.complete(extract)
    let load = try #require(try scenario.claim([.load]).first)
    let gone = TaskFailure(code: "stage", message: "the staged file is gone", isTransient: true)
    let fate = try scenario.store.restage(
      task: load.id, attempt: load.attempt, owner: "a", failure: gone, now: scenario.now)
    #expect(fate == .retry(at: scenario.now))
    #expect(try scenario.claim([.load]).isEmpty)
    var counts = try scenario.store.run(run.id).counts
    #expect(counts.extractedParts == 0)
    #expect(counts.extractedRows == 0)
    #expect(counts.openTasks == 5)
    try scenario.work()
    counts = try #require(try scenario.finish(run)).counts
    #expect(counts.loadedParts == 2)
    #expect(counts.extractedRows == 14)
    #expect(counts.openTasks == 0)
    #expect(try scenario.store.attempts(task: load.id).map(\.outcome) == [.failed, .completed])
  }

  @Test func filesThatKeepMissingDiscardTheLoad() throws {
    let scenario = try Scenario()
    let run = try scenario.submit { $0.add(parts: [part(1)]) }
    let gone = TaskFailure(code: "stage", message: "gone", isTransient: true)
    var fates: [TaskFate] = []
    while let task = try scenario.claim().first {
      if task.kind == .load {
        fates.append(
          try scenario.store.restage(
            task: task.id, attempt: task.attempt, owner: "a", failure: gone, now: scenario.now))
      } else {
        try scenario.complete(task)
      }
    }
    #expect(fates == Array(repeating: .retry(at: scenario.now), count: 4) + [.discarded])
    #expect(try scenario.finish(run)?.state == .failed)
  }
}
