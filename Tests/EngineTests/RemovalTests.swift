import Catalogs
import Extraction
import Foundation
import Loading
import Plans
import SQL
import Store
import Synchronization
import Testing
import Workflows

@testable import Engine

/// Rows that left the source: finding them, and removing them before anything comes in.
@Suite struct RemovalTests {
  /// A hundred rows in five parts, loaded under a watermark.
  private func loaded() async throws -> Migration {
    let migration = try Migration()
    try migration.makeSource(rows: [100])
    _ = try migration.submit(try plan(migration))
    try await migration.engine().run()
    return migration
  }

  private func plan(
    _ migration: Migration, skipsScans: Bool = false, _ configure: (inout TableConfiguration) -> Void = { _ in }
  ) throws -> Plan {
    try migration.plan(tables: 1, rowsPerPart: 20, strategy: .watermark, skipsScans: skipsScans) { table in
      table.synchronization.watermarkColumn = "id"
      table.synchronization.trackDeletions = true
      configure(&table)
    }
  }

  private func ids(_ migration: Migration, from: Int) throws -> [SQLValue] {
    let database = try SQLiteDatabase(path: migration.targetPath, durability: .normal)
    defer { try? database.close() }
    return try database.read { connection in
      try connection.query("SELECT id FROM t0 WHERE id >= \(from) ORDER BY id").map { try $0.value("id") }
    }
  }

  /// The keys are read first, then a row comes that only the window brings: loaded in that order, it stays.
  @Test func aRowThatCameAfterTheKeysWereReadStays() async throws {
    let migration = try await loaded()
    try migration.changeSource("DELETE FROM t0 WHERE id IN (10, 99)")
    try migration.changeSource("INSERT INTO t0 VALUES (200, 'new', 1)")
    let plan = try plan(migration)
    #expect(plan.tables[0].parts.map(\.method) == [.remove, .remove, .append])
    let order = Mutex<[String]>([])
    migration.hooks.onExtract { request, _ in
      order.withLock { $0.append(request.columns.count == 1 ? "keys" : "rows") }
      guard request.columns.count > 1 else { return }
      try migration.changeSource("INSERT INTO t0 VALUES (98500, 'beyond', 1), (150, 'between', 1)")
    }
    migration.hooks.onLoad { request in order.withLock { $0.append("\(request.method)") } }
    let run = try migration.submit(plan)
    try await migration.engine(lanes: 1).run()
    #expect(try migration.summary(run).run.state == .completed)
    #expect(try migration.summary(run).removedRows == 2)
    #expect(try ids(migration, from: 90).suffix(3) == [98, 150, 200])
    let steps = order.withLock { $0 }
    #expect(steps.filter { $0 == "keys" || $0 == "rows" } == ["keys", "keys", "rows"])
    #expect(steps.filter { $0 != "keys" && $0 != "rows" } == ["remove", "remove", "append"])
  }

  /// A row that a window has in its files, and that leaves before the keys are read, is for the next plan.
  @Test func aRowThatLeftAfterItsWindowWasReadGoesWithTheNextRefresh() async throws {
    let migration = try await loaded()
    try migration.changeSource("DELETE FROM t0 WHERE id = 10")
    try migration.changeSource("INSERT INTO t0 VALUES (200, 'new', 1), (201, 'next', 1)")
    let plan = try plan(migration)
    let isOver = Mutex(false)
    migration.hooks.onLoad { request in
      guard request.method == .append,
        !isOver.withLock({
          let was = $0; $0 = true; return was
        })
      else { return }
      try migration.changeSource("DELETE FROM t0 WHERE id = 200")
    }
    _ = try migration.submit(plan)
    try await migration.engine(lanes: 1).run()
    #expect(try ids(migration, from: 99) == [99, 200, 201])
    let next = try self.plan(migration)
    #expect(next.tables[0].parts.map(\.method) == [.remove])
    #expect(next.tables[0].parts.map(\.rows) == [1])
    _ = try migration.submit(next)
    try await migration.engine(lanes: 1).run()
    #expect(try ids(migration, from: 99) == [99, 201])
    #expect(try migration.differences(table: 0) == 0)
    #expect(try self.plan(migration).tables[0].action == .none)
  }

  @Test func onlyThePartsThatLackRowsArePlanned() async throws {
    let migration = try await loaded()
    try migration.changeSource("DELETE FROM t0 WHERE id = 45")
    let plan = try plan(migration)
    #expect(plan.tables[0].parts.map(\.rows) == [1])
    #expect(
      plan.tables[0].parts.map(\.part.range) == [
        .keys(from: Bound([.integer(40)]), to: Bound([.integer(60)]))
      ])
    #expect(try FileManager.default.contentsOfDirectory(atPath: migration.folder + "/planning").isEmpty)
  }

  @Test func aPlanWithoutScansReadsNoKey() async throws {
    let migration = try await loaded()
    try migration.changeSource("DELETE FROM t0 WHERE id = 45")
    // Where keys would have to be kept nothing can be.
    try "in the way".write(toFile: migration.folder + "/planning", atomically: true, encoding: .utf8)
    let plan = try plan(migration, skipsScans: true)
    #expect(plan.tables[0].parts.map(\.reason) == [Reason](repeating: .keysNotCompared, count: 5))
  }

  @Test func keysThatCannotBeKeptAreTold() async throws {
    let migration = try await loaded()
    try migration.changeSource("DELETE FROM t0 WHERE id = 45")
    try "in the way".write(toFile: migration.folder + "/planning", atomically: true, encoding: .utf8)
    #expect { try plan(migration) } throws: { ($0 as? EngineError)?.code == .stageFailed }
  }

  /// More keys than are held at a time.
  @Test func marksInManyRangesAreCompared() throws {
    let folder = NSTemporaryDirectory() + "marks-\(UUID().uuidString)"
    let spool = try MarkSpool(folder: folder, rows: 3_000_000)
    var random = SeededGenerator(seed: 5)
    var missing: [Int: Int] = [:]
    for index in 0..<20_000 {
      let key = UInt128(random.next()) << 64 | UInt128(random.next())
      let mark = RowMark(key: key, high: 0, low: 0)
      let part = index % 3
      switch index % 5 {
      case 0: try spool.add(source: mark)
      case 1:
        try spool.add(target: mark, part: part)
        missing[part, default: 0] += 1
      case 2:
        // Twice in the target, once in the source: neither is missing.
        try spool.add(target: mark, part: part)
        try spool.add(target: mark, part: part)
        try spool.add(source: mark)
      default:
        try spool.add(target: mark, part: part)
        try spool.add(source: mark)
      }
    }
    #expect(try spool.missing() == missing)
    spool.remove()
    #expect(!FileManager.default.fileExists(atPath: folder))
  }
}
