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
}
