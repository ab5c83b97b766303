import Engine
import Loading
import Plans
import Store
import Synchronization
import Testing

/// What a target is told of the runs into it.
@Suite struct HeraldTests {
  private struct Refusal: Error {}

  @Test func aRunIsToldOfToItsEnd() async throws {
    let migration = try Migration()
    try migration.makeSource(rows: [200, 0])
    let run = try migration.submit(try migration.plan(tables: 2, rowsPerPart: 50))
    let told = Mutex<[RunReport]>([])
    migration.hooks.onTell { report in told.withLock { $0.append(report) } }
    try await migration.engine().run()
    let reports = told.withLock { $0 }
    let last = try #require(reports.last)
    #expect(last.id == "\(try migration.store.lineage())/\(run)")
    #expect(last.workflow == "test" && last.status == .completed && last.detail == "completed")
    #expect(last.ended != nil && last.errors.isEmpty)
    #expect(last.tables.map(\.loadedParts) == last.tables.map(\.parts))
    #expect(last.tables.first?.loadedRows == 200)
    #expect(last.configuration.hasPrefix("[{") && last.configuration.contains(#""tableName":"t0""#))
    #expect(zip(reports, reports.dropFirst()).allSatisfy { $0 != $1 })
    // The next engine finds nothing to add, and tells the end once more: the one before may have died before it could.
    let count = reports.count
    try await migration.engine().run()
    #expect(told.withLock { $0.dropFirst(count).map { $0 } } == [last])
  }

  @Test func theFirstErrorOfEachPartIsTold() async throws {
    let migration = try Migration()
    try migration.makeSource(rows: [100])
    let run = try migration.submit(try migration.plan(tables: 1, rowsPerPart: 50))
    let failures = Mutex(0)
    migration.hooks.onLoad { request in
      guard request.part.id == 1 else { return }
      let number = failures.withLock { count in
        count += 1
        return count
      }
      guard number > 2 else {
        throw LoadingError(.busy, at: "the target", "failure \(number)", isTransient: true)
      }
    }
    let told = Mutex<[RunReport]>([])
    migration.hooks.onTell { report in told.withLock { $0.append(report) } }
    try await migration.engine().run()
    #expect(try migration.store.run(run).state == .completed)
    let errors = try #require(told.withLock { $0.last }).errors
    #expect(errors.map(\.part) == [1])
    #expect(errors.first?.message.contains("failure 1") == true)
    #expect(try migration.store.firstErrors(run: run).map(\.part) == [1])
  }

  @Test func aTargetThatCannotBeToldHoldsNothingUp() async throws {
    let migration = try Migration()
    try migration.makeSource(rows: [100])
    let run = try migration.submit(try migration.plan(tables: 1, rowsPerPart: 50))
    let calls = Mutex(0)
    migration.hooks.onTell { _ in
      calls.withLock { $0 += 1 }
      throw Refusal()
    }
    try await migration.engine().run()
    #expect(try migration.store.run(run).state == .completed)
    #expect(try migration.differences(table: 0) == 0)
    #expect(calls.withLock { $0 } > 0)
  }
}
