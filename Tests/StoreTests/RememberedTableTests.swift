import Plans
import Store
import Testing

@Suite struct RememberedTableTests {
  @Test func anExtractionMayBringTheDigestThatThePlanLacks() throws {
    let scenario = try Scenario()
    let digest = RowDigest(rows: 7, high: 8, low: 9)
    _ = try scenario.submit { $0.add(parts: [part(1), part(2, digest: RowDigest(rows: 1, high: 1, low: 1))]) }
    while let task = try scenario.claim().first {
      guard task.kind == .extract, task.part == 1 else {
        try scenario.complete(task)
        continue
      }
      var part = staged(7)
      part.digest = digest
      let completion = TaskCompletion(task: task.id, attempt: task.attempt, result: .extracted(part))
      #expect(try scenario.store.complete(completion, owner: "a", now: 0))
      #expect(try scenario.state().parts[0].digest == nil)
    }
    #expect(try scenario.state().parts.map(\.digest) == [digest, RowDigest(rows: 1, high: 1, low: 1)])
  }

  @Test func aRebuiltTablesPartsCountOnceTheTableIsInPlace() throws {
    let scenario = try Scenario()
    let digest = RowDigest(rows: 7, high: 8, low: 9)
    _ = try scenario.submit { builder in
      builder.add(parts: [part(1, digest: digest), part(2, digest: digest)])
      builder.tables[0].addressing = .rebuild
    }
    while let task = try scenario.claim().first {
      #expect(try scenario.state().parts.allSatisfy { $0.loadedBy == nil && $0.digest == nil })
      try scenario.complete(task)
    }
    let parts = try scenario.state().parts
    #expect(parts.map(\.loadedBy) == [1, 1])
    #expect(parts.map(\.digest) == [digest, digest])
    #expect(parts.map(\.rows) == [7, 7])
  }

  @Test func aLateLoadChangesNothingThatALaterRunTookOn() throws {
    let scenario = try Scenario()
    let run = try scenario.submit { $0.add(parts: [part(1)]) }
    try scenario.complete(try #require(try scenario.claim().first))
    try scenario.complete(try #require(try scenario.claim().first))
    let load = try #require(try scenario.claim([.load]).first)
    // The run is ended while its load is still out, as when an engine is rescued too late.
    _ = try scenario.store.cancel(run: run.id, now: 0)
    _ = try scenario.store.rescue(now: 0, deadOwners: ["a"])
    #expect(try scenario.finish(run)?.state == .cancelled)
    _ = try scenario.submit { $0.add("t0", .reload, parts: [part(1)]) }
    #expect(try scenario.complete(load) == false)
    #expect(try scenario.state().parts.map(\.loadedBy) == [nil])
  }

  /// A run of one part whose extraction brought a digest, and its load claimed.
  private func loading(_ scenario: Scenario) throws -> ClaimedTask {
    _ = try scenario.submit { $0.add(parts: [part(1)]) }
    try scenario.complete(try #require(try scenario.claim().first))
    try extract(scenario, high: 1)
    return try #require(try scenario.claim([.load]).first)
  }

  private func extract(_ scenario: Scenario, high: UInt64) throws {
    let task = try #require(try scenario.claim([.extract]).first)
    var part = staged(7)
    part.digest = RowDigest(rows: 7, high: high, low: 0)
    scenario.now += 10
    let completion = TaskCompletion(task: task.id, attempt: task.attempt, result: .extracted(part))
    #expect(try scenario.store.complete(completion, owner: "a", now: scenario.now))
    scenario.now += 10
  }

  private func completeAsLoadedBefore(_ load: ClaimedTask, _ scenario: Scenario) throws {
    let completion = TaskCompletion(
      task: load.id, attempt: load.attempt, result: .loaded(rows: 7, deleted: 0, wasLoaded: true))
    #expect(try scenario.store.complete(completion, owner: "a", now: scenario.now))
  }

  @Test func whatAKilledAttemptLoadedHasTheDigestOfItsFiles() throws {
    let scenario = try Scenario()
    _ = try loading(scenario)
    _ = try scenario.store.rescue(now: scenario.now, deadOwners: ["a"])
    try completeAsLoadedBefore(try #require(try scenario.claim([.load]).first), scenario)
    let state = try scenario.state().parts[0]
    #expect(state.loadedBy == 1)
    #expect(state.digest == RowDigest(rows: 7, high: 1, low: 0))
  }

  @Test func rowsThatWereLoadedBeforeTheLastExtractionHaveNoDigest() throws {
    let scenario = try Scenario()
    let load = try loading(scenario)
    let gone = TaskFailure(code: "stage", message: "gone", isTransient: true)
    _ = try scenario.store.restage(
      task: load.id, attempt: load.attempt, owner: "a", failure: gone, now: scenario.now)
    try extract(scenario, high: 2)
    try completeAsLoadedBefore(try #require(try scenario.claim([.load]).first), scenario)
    #expect(try scenario.state().parts.map(\.loadedBy) == [1])
    #expect(try scenario.state().parts.map(\.digest) == [nil])
  }

  @Test func rowsThatWereLoadedBeforeAnythingTheStateKnowsHaveNoDigest() throws {
    let scenario = try Scenario()
    try completeAsLoadedBefore(try loading(scenario), scenario)
    #expect(try scenario.state().parts.map(\.loadedBy) == [1])
    #expect(try scenario.state().parts.map(\.digest) == [nil])
  }
}
