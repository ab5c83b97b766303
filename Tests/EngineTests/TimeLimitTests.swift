import Engine
import Plans
import Store
import Synchronization
import Testing
import Workflows

/// The engine keeps a run's time by itself: nobody follows the runs of these tests.
@Suite struct TimeLimitTests {
  @Test(arguments: [false, true])
  func aRunStopsAtAPartBoundaryAndGoesOnLater(hasChecksums: Bool) async throws {
    let migration = try Migration()
    try migration.makeSource(rows: [200])
    let run = try migration.submit(
      try migration.plan(tables: 1, rowsPerPart: 20, strategy: hasChecksums ? .checksum : .none))
    let extractions = Mutex(0)
    migration.hooks.onExtract { _, _ in
      let number = extractions.withLock {
        $0 += 1
        return $0
      }
      // While the third part is read, the run's time runs out.
      if number == 3 { _ = try migration.store.resume(run: run, stopAt: migration.now, now: migration.now) }
    }
    try await migration.engine(lanes: 1).run()
    let paused = try migration.store.run(run)
    #expect(paused.state == .paused)
    #expect(paused.counts.extractedParts == 3)
    #expect(paused.counts.loadedParts == 3, "what was extracted is in")
    #expect(try migration.store.progress(run: run).running.isEmpty)
    #expect(try migration.store.engines().isEmpty, "the engine leaves a run that is paused")

    _ = try migration.store.resume(run: run, now: migration.now)
    try await migration.engine().run()
    #expect(try migration.store.run(run).state == .completed)
    #expect(try migration.differences(table: 0) == 0)
    #expect(migration.hooks.loads.count == 10)
    #expect(Set(migration.hooks.loads).count == 10, "no part came twice")
    #expect(extractions.withLock { $0 } == 10, "and none was read twice")
  }

  @Test func aRunWhoseTimeIsOverBeforeItBeginsLeavesTheTargetAlone() async throws {
    let migration = try Migration()
    try migration.makeSource(rows: [20])
    let run = try migration.submit(try migration.plan(tables: 1, rowsPerPart: 20))
    _ = try migration.store.resume(run: run, stopAt: migration.now - 1, now: migration.now)
    try await migration.engine().run()
    #expect(try migration.store.run(run).state == .paused)
    #expect(migration.hooks.extractions.isEmpty)
    _ = try migration.store.resume(run: run, now: migration.now)
    try await migration.engine().run()
    #expect(try migration.differences(table: 0) == 0)
  }
}
