import Catalogs
import Engine
import Extraction
import Foundation
import Loading
import Plans
import Store
import Synchronization
import Testing
import Workflows

/// One engine, a real state, real SQLite files on both sides.
@Suite struct EngineServiceTests {
  @Test func carriesARunFromPlanToTarget() async throws {
    let migration = try Migration()
    try migration.makeSource(rows: [250, 90, 0])
    let run = try migration.submit(try migration.plan(tables: 3, rowsPerPart: 50))
    try await migration.engine().run()

    let summary = try migration.summary(run)
    #expect(summary.run.state == .completed)
    #expect(summary.isCountedEqual)
    #expect(summary.loadedRows == 340)
    for table in 0..<3 { #expect(try migration.differences(table: table) == 0) }
    #expect(Set(migration.hooks.loads).count == migration.hooks.loads.count)
    #expect(migration.hooks.finishes == 3)
    // Nothing is left behind: no staged file, no registration.
    #expect(!FileManager.default.fileExists(atPath: migration.stage + "/\(run)"))
    #expect(try migration.store.engines().isEmpty)
  }

  @Test func triesAgainWhatMayPassByItself() async throws {
    let migration = try Migration()
    try migration.makeSource(rows: [200])
    let run = try migration.submit(try migration.plan(tables: 1, rowsPerPart: 50))
    let failures = Mutex((extract: 2, load: 1))
    migration.hooks.onExtract { request, _ in
      let fails = failures.withLock { left in
        left.extract -= 1
        return left.extract >= 0
      }
      if fails { throw ExtractionError(.busy, at: "t0", "the file is locked", isTransient: true) }
    }
    migration.hooks.onLoad { request in
      let fails = failures.withLock { left in
        left.load -= 1
        return left.load >= 0
      }
      if fails { throw LoadingError(.busy, at: "t0", "the file is locked", isTransient: true) }
    }
    try await migration.engine().run()
    #expect(try migration.summary(run).run.state == .completed)
    #expect(try migration.differences(table: 0) == 0)
    #expect(failures.withLock { $0.extract < 0 && $0.load < 0 })
  }

  @Test func onePartThatCannotBeReadLeavesTheOthersLoaded() async throws {
    let migration = try Migration()
    try migration.makeSource(rows: [200, 100])
    let plan = try migration.plan(tables: 2, rowsPerPart: 50)
    let run = try migration.submit(plan)
    let bad = try #require(plan.tables[0].parts.dropFirst().first?.part)
    let isBroken = Mutex(true)
    migration.hooks.onExtract { request, _ in
      guard request.table.table == "t0", request.range == bad.range, isBroken.withLock({ $0 }) else { return }
      throw ExtractionError(.valueDoesNotFit, at: "t0, id 7", "the value has more digits than the plan allows")
    }
    try await migration.engine().run()

    let summary = try migration.summary(run)
    #expect(summary.run.state == .completedWithErrors)
    #expect(summary.loadedParts == plan.tables.reduce(0) { $0 + $1.parts.count } - 1)
    let failure = try #require(summary.failures.first)
    #expect(summary.failures.count == 1)
    #expect(failure.task.part == bad.id)
    #expect(failure.attempts.map(\.outcome) == [.failed])
    #expect(failure.task.error.contains("more digits"))
    #expect(failure.staged == nil)
    #expect(try migration.differences(table: 1) == 0)

    // Retrying does again only what failed.
    isBroken.withLock { $0 = false }
    let before = migration.hooks.extractions.count
    _ = try migration.store.retry(run: run, now: migration.now)
    try await migration.engine().run()
    #expect(try migration.summary(run).run.state == .completed)
    #expect(migration.hooks.extractions.count == before + 1)
    #expect(try migration.differences(table: 0) == 0)
  }

  @Test func stagedFilesOfALoadThatFailedAreKeptForTheRetry() async throws {
    let migration = try Migration()
    try migration.makeSource(rows: [100])
    let run = try migration.submit(try migration.plan(tables: 1, rowsPerPart: 50))
    migration.hooks.onLoad { request in
      if request.part.id == 1 { throw LoadingError(.valueRefused, at: "t0", "a constraint refuses a row") }
    }
    try await migration.engine().run()
    let staged = try #require(try migration.summary(run).failures.first?.staged)
    #expect(FileManager.default.fileExists(atPath: staged))

    migration.hooks.onLoad { _ in }
    let before = migration.hooks.extractions.count
    _ = try migration.store.retry(run: run, now: migration.now)
    try await migration.engine().run()
    #expect(migration.hooks.extractions.count == before)
    #expect(try migration.differences(table: 0) == 0)
    #expect(!FileManager.default.fileExists(atPath: staged))
  }

  @Test func aStagedFileThatIsGoneIsExtractedAgain() async throws {
    let migration = try Migration()
    try migration.makeSource(rows: [100])
    let run = try migration.submit(try migration.plan(tables: 1, rowsPerPart: 50))
    let removed = Mutex(false)
    migration.hooks.onLoad { request in
      let isFirst = removed.withLock { removed in
        defer { removed = true }
        return !removed
      }
      guard isFirst, let file = request.staged.files.first else { return }
      try FileManager.default.removeItem(atPath: request.stage + "/" + file.path)
    }
    try await migration.engine().run()
    #expect(try migration.summary(run).run.state == .completed)
    #expect(try migration.differences(table: 0) == 0)
    #expect(migration.hooks.extractions.count == 3)
  }

  @Test func aPartPlannedWithoutAScanGetsItsChecksumFromTheRun() async throws {
    let migration = try Migration()
    try migration.makeSource(rows: [100])
    let run = try migration.submit(
      try migration.plan(tables: 1, rowsPerPart: 50, strategy: .checksum, skipsScans: true))
    try await migration.engine().run()
    #expect(try migration.summary(run).run.state == .completed)
    let state = try #require(try migration.store.tableStates(workflow: "test").first)
    #expect(!state.parts.isEmpty)
    #expect(state.parts.allSatisfy { $0.digest?.rows == $0.rows && $0.loadedBy == run })
    // What the run measured is what a plan with a scan measures: one part is too large by now, and nothing differs.
    let next = try migration.plan(tables: 1, rowsPerPart: 1000, strategy: .checksum)
    #expect(next.tables[0].parts.isEmpty)
  }

  /// The plan's own checksum would say that nothing differs, and the target would keep for good what it should not have.
  @Test func aChangeThatIsTakenBackAfterTheRunIsSeen() async throws {
    let migration = try Migration()
    try migration.makeSource(rows: [100])
    let plan = try migration.plan(tables: 1, rowsPerPart: 50, strategy: .checksum)
    try migration.changeSource("UPDATE t0 SET name = 'for a while' WHERE id = 3")
    let run = try migration.submit(plan)
    try await migration.engine().run()
    #expect(try migration.summary(run).run.state == .completed)
    try migration.changeSource("UPDATE t0 SET name = 'row 3' WHERE id = 3")
    #expect(try migration.differences(table: 0) > 0)

    let next = try migration.plan(tables: 1, rowsPerPart: 50, strategy: .checksum)
    #expect(next.tables[0].parts.map(\.reason) == [.checksumDiffers])
    _ = try migration.submit(next)
    try await migration.engine().run()
    #expect(try migration.differences(table: 0) == 0)
    #expect(try migration.plan(tables: 1, rowsPerPart: 50, strategy: .checksum).tables[0].parts.isEmpty)
  }
}
