import Catalogs
import Crypto
import Engine
import Extraction
import Foundation
import Loading
import Plans
import SQL
import Store
import Synchronization
import Testing
import Workflows

/// Comparing tables that change while they are read, that lack keys, that repeat them.
@Suite struct VerificationTests {
  /// A table that was loaded, and what comparing it says.
  private func verify(
    _ migration: Migration, tables: Int = 1, level: VerificationLevel = .content, limit: Int = 20
  ) throws -> [TableVerdict] {
    let lineage = try migration.store.lineage()
    let verifier = Verifier(
      opener: migration.hooks.opener,
      planner: Planner(
        sourcePlatform: .sqlite, dialect: SQLiteDialect(), lineage: lineage, fingerprint: Hashing.fingerprint),
      level: level, limit: limit, showsValues: true, stage: migration.stage + "/verify", memory: 64 << 20)
    let workflow = Workflow(
      tables: (0..<tables).map { index in
        TableConfiguration(
          source: ObjectReference(tableName: "t\(index)"), target: TargetReference(tableName: "t\(index)"),
          synchronization: Synchronization(strategy: .none), partitionSize: .maxRowsPerPartition(20))
      })
    var verdicts: [TableVerdict] = []
    try verifier.verify(
      PlanMaker.Assignment(
        name: "test", workflow: workflow, source: migration.source, target: migration.target,
        selection: TableSelection(), lineage: lineage, serial: try migration.store.serial(of: "test"),
        states: try migration.store.tableStates(workflow: "test"), rate: nil),
      progress: { _, _, _ in }, told: { verdicts.append($0) })
    return verdicts
  }

  private func loaded(_ rows: [Int]) async throws -> Migration {
    let migration = try Migration()
    try migration.makeSource(rows: rows)
    _ = try migration.submit(try migration.plan(tables: rows.count, rowsPerPart: 20))
    try await migration.engine().run()
    return migration
  }

  private func changeTarget(_ migration: Migration, _ sql: String) throws {
    let database = try SQLiteDatabase(path: migration.targetPath, durability: .normal)
    _ = try database.write { try $0.execute(sql) }
    try database.close()
  }

  @Test func aRowThatChangesWithEveryReadingIsNoDifference() async throws {
    let migration = try await loaded([100])
    #expect(try verify(migration)[0].isEqual)
    migration.hooks.onExtract { request, _ in
      // Once for each reading of the table: before its first part.
      guard case .keys(from: nil, _) = request.range else { return }
      try migration.changeSource("UPDATE t0 SET name = name || '!' WHERE id = 50")
    }
    let verdict = try verify(migration)[0]
    #expect(verdict.isEqual && verdict.content?.unsettled == 1 && verdict.content?.rows.isEmpty == true, "\(verdict)")
    // A real difference is told all the same.
    try changeTarget(migration, "UPDATE t0 SET amount = amount + 1 WHERE id = 51")
    let other = try verify(migration)[0]
    #expect(other.content?.different == 1 && other.content?.unsettled == 1, "\(other)")
    #expect(other.content?.rows.map(\.key) == [["51"]])
  }

  @Test func aRowThatChangedOnceWhileItWasReadIsComparedAsItIsThen() async throws {
    let migration = try await loaded([100])
    try changeTarget(migration, "UPDATE t0 SET name = 'new' WHERE id = 50")
    let readings = Mutex(0)
    migration.hooks.onExtract { request, _ in
      guard case .keys(from: nil, _) = request.range else { return }
      let reading = readings.withLock { readings in
        readings += 1
        return readings
      }
      if reading == 2 { try migration.changeSource("UPDATE t0 SET name = 'new' WHERE id = 50") }
    }
    let verdict = try verify(migration)[0]
    #expect(verdict.isEqual && verdict.content?.unsettled == 0, "\(verdict)")
    #expect(readings.withLock { $0 } == 3, "the range was read anew once")
  }

  @Test func keysThatRepeatArePairedAndCounted() async throws {
    let migration = try Migration()
    let source = try SQLiteDatabase(path: migration.sourcePath, durability: .normal)
    try source.write { connection in
      // A primary key of SQLite may be NULL, and NULL as often as one likes.
      try connection.execute("CREATE TABLE t0 (id TEXT PRIMARY KEY, v INTEGER)")
      try connection.execute("INSERT INTO t0 VALUES (NULL, 1), (NULL, 2), (NULL, 2), ('a', 3)")
    }
    try source.close()
    _ = try migration.submit(try migration.plan(tables: 1, rowsPerPart: 20))
    try await migration.engine().run()
    #expect(try verify(migration)[0].isEqual)
    try changeTarget(migration, "UPDATE t0 SET v = 9 WHERE rowid IN (SELECT rowid FROM t0 WHERE v = 2 LIMIT 1)")
    let one = try #require(verify(migration)[0].content)
    #expect(one.different == 1 && one.onlyInSource == 0 && one.onlyInTarget == 0, "\(one)")
    try changeTarget(migration, "DELETE FROM t0 WHERE v = 9")
    let fewer = try #require(verify(migration)[0].content)
    #expect(fewer.different == 0 && fewer.onlyInSource == 1 && fewer.rows.first?.key == [nil], "\(fewer)")
  }

  @Test func whatCannotBeReadEndsTheComparison() async throws {
    let migration = try await loaded([30, 30])
    try migration.changeSource("ALTER TABLE t0 ADD COLUMN more TEXT")
    // The table's own column has no place yet: that is what is told, and the other table is compared.
    let verdicts = try verify(migration, tables: 2)
    #expect(verdicts.map(\.isEqual) == [false, true] && verdicts[0].content == nil, "\(verdicts)")
    try migration.changeSource("DROP TABLE t0")
    let failure = #expect(throws: PlanningFailure.self) { try verify(migration, tables: 2) }
    #expect(failure?.failures.count == 1 && failure?.description.contains("no such table") == true)
    try Data("not a database, but long enough to be taken for one".utf8).write(to: URL(filePath: migration.targetPath))
    #expect(throws: LoadingError.self) { try verify(migration, tables: 2) }
    #expect(!FileManager.default.fileExists(atPath: migration.stage + "/verify/run"))
  }

  @Test func aFileThatIsDamagedBetweenExtractionAndReadingIsNoticed() throws {
    let plan = ColumnPlan(
      source: "a", target: "a", sourceType: "INTEGER", type: .integer, targetType: "INTEGER", isNullable: true)
    let scan = StagedScan([plan], stage: NSTemporaryDirectory())
    let row = try ComparedRow(columns: 1, key: [])
    let file = StagedFile(path: "no-such-file.parquet", rows: 1, bytes: 1, sha256: "")
    let error = #expect(throws: LoadingError.self) { try scan.read([file], place: "t", row) { _ in } }
    #expect(error?.code == .fileMissing)
  }
}
