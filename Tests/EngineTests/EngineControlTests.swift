import Dispatch
import Engine
import Extraction
import Foundation
import Plans
import Store
import Synchronization
import Testing

/// Runs that are paused, cancelled, or whose engines stop, die or come late.
@Suite struct EngineControlTests {
  /// Holds extractions, as a slow source does: they report now and then, and go on when they are let go.
  private final class Gate: Sendable {
    private let count = Mutex(0)
    private let isOpen = DispatchSemaphore(value: 0)

    var held: Int { count.withLock { $0 } }

    func open() { isOpen.signal() }

    func pass(_ report: Hooks.Report) throws {
      count.withLock { $0 += 1 }
      var rows = 0
      while isOpen.wait(timeout: .now() + .milliseconds(1)) == .timedOut {
        rows += 1
        try report(ExtractProgress(rows: rows, bytes: rows))
      }
      isOpen.signal()
    }
  }

  /// A migration of one table of `rows` rows, its run submitted, with every extraction held at the gate.
  private func heldRun(rows: Int = 200) throws -> (migration: Migration, run: Int, gate: Gate) {
    let migration = try Migration()
    try migration.makeSource(rows: [rows])
    let run = try migration.submit(try migration.plan(tables: 1, rowsPerPart: 50))
    let gate = Gate()
    migration.hooks.onExtract { _, report in try gate.pass(report) }
    return (migration, run, gate)
  }

  @Test func aPausedRunLetsGoOfItsTasksAndIsResumed() async throws {
    let (migration, run, gate) = try heldRun()
    let engine = migration.engine()
    async let end: Void = engine.run()
    try await migration.until { gate.held > 0 }
    _ = try migration.store.pause(run: run, now: migration.now)
    // With nothing to do but a paused run, the engine leaves.
    try await end
    #expect(try migration.store.progress(run: run).running.isEmpty)
    #expect(try migration.store.run(run).state == .paused)

    gate.open()
    _ = try migration.store.resume(run: run, now: migration.now)
    try await migration.engine().run()
    #expect(try migration.store.run(run).state == .completed)
    #expect(try migration.differences(table: 0) == 0)
  }

  @Test func anEngineWhoseTaskIsCancelledGivesItsTasksBack() async throws {
    let (migration, run, gate) = try heldRun()
    let engine = migration.engine()
    let work = Task { try await engine.run() }
    try await migration.until { gate.held > 0 }
    work.cancel()
    _ = await work.result
    #expect(try migration.store.progress(run: run).running.isEmpty)

    gate.open()
    try await migration.engine().run()
    #expect(try migration.store.run(run).state == .completed)
    #expect(try migration.differences(table: 0) == 0)
  }

  @Test func aCancelledRunEndsWithoutItsTasks() async throws {
    let (migration, run, gate) = try heldRun()
    let engine = migration.engine()
    async let end: Void = engine.run()
    try await migration.until { gate.held > 0 }
    _ = try migration.store.cancel(run: run, now: migration.now)
    try await end
    let ended = try migration.store.run(run)
    #expect(ended.state == .cancelled)
    #expect(ended.isEnded)
    #expect(!FileManager.default.fileExists(atPath: migration.stage + "/\(run)"))
  }

  @Test func anEngineThatIsToldToStopGivesItsTasksBack() async throws {
    let (migration, run, gate) = try heldRun()
    let engine = migration.engine(lifetime: .service)
    async let end: Void = engine.run()
    try await migration.until { gate.held == 2 }
    engine.stop()
    try await end
    #expect(try migration.store.progress(run: run).running.isEmpty)
    #expect(try migration.store.engines().isEmpty)
    #expect(try !migration.store.run(run).isEnded)

    gate.open()
    try await migration.engine().run()
    #expect(try migration.store.run(run).state == .completed)
    #expect(try migration.differences(table: 0) == 0)
  }

  @Test func anEngineHearsThroughTheStateThatItIsToStop() async throws {
    let migration = try Migration()
    let engine = migration.engine(lifetime: .service)
    async let end: Void = engine.run()
    try await migration.until { try !migration.store.engines().isEmpty }
    #expect(try migration.store.stopEngine(id: engine.id))
    try await end
    #expect(try migration.store.engines().isEmpty)
  }

  @Test func tasksThatDoNotStopInTimeAreGivenBackAndAbandoned() async throws {
    let migration = try Migration()
    try migration.makeSource(rows: [50])
    let run = try migration.submit(try migration.plan(tables: 1, rowsPerPart: 50))
    let isHeld = Mutex(false)
    let isAbandoned = Mutex(false)
    let abandoned = DispatchSemaphore(value: 0)
    migration.hooks.onExtract { _, _ in
      isHeld.withLock { $0 = true }
      abandoned.wait()
    }
    let engine = migration.engine(stopDeadline: 20) {
      isAbandoned.withLock { $0 = true }
      abandoned.signal()
    }
    async let end: Void = engine.run()
    try await migration.until { isHeld.withLock { $0 } }
    engine.stop()
    try await end
    // The attempt ended as given back, although its thread went on and came to its end later.
    #expect(isAbandoned.withLock { $0 })
    let open = try migration.store.progress(run: run)
    #expect(open.running.isEmpty)
    #expect(open.run.counts.extractedParts == 0)
  }

  @Test func theTasksOfADeadProcessAreTakenBackAtOnce() async throws {
    let migration = try Migration()
    try migration.makeSource(rows: [100])
    let run = try migration.submit(try migration.plan(tables: 1, rowsPerPart: 50))
    var dead = ProcessIdentity.current
    dead.start -= 1
    try migration.store.registerEngine(
      EngineInfo(
        id: "dead", kind: .engine, host: dead.host, pid: dead.pid, processStart: dead.start, affinity: nil,
        started: migration.now, heartbeat: migration.now))
    let taken = try migration.store.claim(
      owner: "dead", kinds: [.prepare], affinity: nil, limit: 1, now: migration.now, lease: 86_400_000)
    #expect(taken.count == 1)
    try await migration.engine().run()
    #expect(try migration.store.run(run).state == .completed)
    #expect(try migration.store.attempts(task: taken[0].id).map(\.outcome) == [.rescued, .completed])
    #expect(try migration.store.engines().isEmpty)
  }

  @Test func aTaskWhoseLeaseRanOutIsStoppedAndDoneAgain() async throws {
    let (migration, run, gate) = try heldRun(rows: 50)
    let ahead = Mutex(0)
    let clock = EngineClock { EngineClock.system.now() + ahead.withLock { $0 } }
    let engine = migration.engine(clock: clock)
    async let end: Void = engine.run()
    try await migration.until { gate.held == 1 }
    // Another service sees the lease run out: its clock is a minute ahead. The engine hears of it from its next heartbeat.
    ahead.withLock { $0 = 60_000 }
    let rescued = try migration.store.rescue(now: clock.now() + 60_000)
    #expect(rescued.map(\.kind) == [.extract])
    try await migration.until { gate.held == 2 }
    gate.open()
    try await end
    #expect(try migration.store.run(run).state == .completed)
    #expect(try migration.differences(table: 0) == 0)
    let attempts = try migration.store.attempts(task: try #require(rescued.first).task)
    #expect(attempts.map(\.outcome) == [.rescued, .completed])
    #expect(migration.hooks.extractions.count == 1)
  }

  @Test func aZombieThatCompletesLateIsRefused() async throws {
    let migration = try Migration()
    try migration.makeSource(rows: [50])
    let run = try migration.submit(try migration.plan(tables: 1, rowsPerPart: 50))
    let rescued = Mutex<[RescuedTask]>([])
    migration.hooks.onExtract { _, _ in
      guard rescued.withLock({ $0.isEmpty }) else { return }
      // While this attempt sleeps, its lease runs out; it then goes on as if nothing had happened.
      let taken = try migration.store.rescue(now: migration.now + 60_000)
      rescued.withLock { $0 = taken }
    }
    // It does not hear of that: its next heartbeat is far away.
    try await migration.engine(lanes: 1, heartbeat: 10_000, report: 10_000).run()
    #expect(try migration.store.run(run).state == .completed)
    #expect(try migration.differences(table: 0) == 0)
    #expect(migration.hooks.extractions.count == 2)
    #expect(migration.hooks.loads == ["t0/1"])
    let task = try #require(rescued.withLock { $0.first })
    #expect(try migration.store.attempts(task: task.task).map(\.outcome) == [.rescued, .completed])
    #expect(try migration.store.run(run).counts.extractedRows == 50)
  }

  @Test func manyServicesShareOneStateWithoutDoingAnythingTwice() async throws {
    let migration = try Migration()
    try migration.makeSource(rows: [600, 400, 200])
    let run = try migration.submit(try migration.plan(tables: 3, rowsPerPart: 20))
    let kinds: [EngineInfo.Kind] = [.orchestrator, .orchestrator, .worker, .worker, .worker]
    let services = try kinds.map {
      migration.engine($0, lifetime: .service, store: try migration.otherStore())
    }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for service in services { group.addTask { try await service.run() } }
      group.addTask {
        try await migration.until { try migration.store.run(run).isEnded }
        for service in services { service.stop() }
      }
      try await group.waitForAll()
    }
    #expect(try migration.store.run(run).state == .completed)
    #expect(migration.hooks.loads.count == 60)
    #expect(Set(migration.hooks.loads).count == 60)
    for table in 0..<3 { #expect(try migration.differences(table: table) == 0) }
  }

  @Test func aServiceStaysWhenThereIsNothingToDo() async throws {
    let migration = try Migration()
    try migration.makeSource(rows: [20])
    let engine = migration.engine(lifetime: .service)
    async let end: Void = engine.run()
    try await migration.until { try !migration.store.engines().isEmpty }
    let run = try migration.submit(try migration.plan(tables: 1, rowsPerPart: 50))
    try await migration.until { try migration.store.run(run).isEnded }
    #expect(try migration.store.engines().count == 1)
    engine.stop()
    try await end
    #expect(try migration.differences(table: 0) == 0)
  }
}
