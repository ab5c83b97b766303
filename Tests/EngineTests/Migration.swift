import Catalogs
import Crypto
import Engine
import Extraction
import Foundation
import Loading
import Logging
import Plans
import SQL
import Store
import Workflows

/// A migration between two SQLite files in a folder of its own, with everything real except where a test steps in.
final class Migration: Sendable {
  let folder: String
  let store: Store
  let hooks = Hooks()

  init() throws {
    folder = NSTemporaryDirectory() + "scmplan-engine-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    store = try Store(path: folder + "/state/scmplan.db", durability: .normal)
  }

  deinit {
    try? store.close()
    try? FileManager.default.removeItem(atPath: folder)
  }

  var sourcePath: String { folder + "/source.db" }
  var targetPath: String { folder + "/target.db" }
  var stage: String { folder + "/state/stage" }
  var now: Milliseconds { EngineClock.system.now() }

  var source: Endpoint { Endpoint(connection: "source", platform: "sqlite", server: sourcePath) }
  var target: Endpoint { Endpoint(connection: "target", platform: "sqlite", server: targetPath) }

  /// The state, over a connection of its own as another process has it.
  func otherStore() throws -> Store {
    try Store(path: folder + "/state/scmplan.db", durability: .normal)
  }

  /// Makes tables `t0`, `t1` … in the source, with so many rows each.
  func makeSource(rows: [Int]) throws {
    let database = try SQLiteDatabase(path: sourcePath, durability: .normal)
    try database.write { connection in
      for (index, count) in rows.enumerated() {
        try connection.execute("CREATE TABLE t\(index) (id INTEGER PRIMARY KEY, name TEXT, amount REAL)")
        for id in 0..<count {
          try connection.execute(
            "INSERT INTO t\(index) VALUES (?, ?, ?)",
            [SQLValue(id), id % 7 == 0 ? .null : .text("row \(id)"), .real(Double(id) / 4)])
        }
      }
    }
    try database.close()
  }

  func changeSource(_ sql: String) throws {
    let database = try SQLiteDatabase(path: sourcePath, durability: .normal)
    _ = try database.write { try $0.execute(sql) }
    try database.close()
  }

  /// Plans every table of the source, in parts of at most `rowsPerPart` rows.
  func plan(
    tables: Int, rowsPerPart: Int, strategy: Synchronization.Strategy = .none, skipsScans: Bool = false,
    _ configure: (inout TableConfiguration) -> Void = { _ in }
  ) throws -> Plan {
    let workflow = Workflow(
      tables: (0..<tables).map { index in
        var table = TableConfiguration(
          source: ObjectReference(tableName: "t\(index)"), target: TargetReference(tableName: "t\(index)"),
          synchronization: Synchronization(strategy: strategy), partitionSize: .maxRowsPerPartition(rowsPerPart))
        configure(&table)
        return table
      })
    let lineage = try store.lineage()
    let maker = PlanMaker(
      source: try SQLiteSourceSession(path: sourcePath), target: SQLiteTargetSession(path: targetPath),
      planner: Planner(
        sourcePlatform: .sqlite, dialect: SQLiteDialect(), lineage: lineage, fingerprint: Hashing.fingerprint),
      skipsScans: skipsScans, stage: folder + "/planning")
    return try maker.make(
      PlanMaker.Assignment(
        name: "test", workflow: workflow, source: source, target: target, selection: TableSelection(),
        lineage: lineage, serial: try store.serial(of: "test"), states: try store.tableStates(workflow: "test"),
        rate: nil)
    ).plan
  }

  func submit(_ plan: Plan, maxAttempts: Int = 5) throws -> Int {
    let text = try PlanFile.text(plan)
    return try store.submit(
      Submission(plan: plan, planID: Hashing.fingerprint(text), planContent: text, maxAttempts: maxAttempts), now: now
    ).id
  }

  /// An engine with waits that suit a test.
  func engine(
    _ kind: EngineInfo.Kind = .engine, lifetime: EngineSettings.Lifetime = .untilIdle(100), store: Store? = nil,
    clock: EngineClock = .system, lanes: Int = 2, heartbeat: Int = 100, report: Int = 10, stopDeadline: Int = 10_000,
    abandon: @escaping @Sendable () -> Void = {}
  ) -> EngineService {
    var settings = EngineSettings(
      kind: kind, lifetime: lifetime, stage: stage, parallelTasks: lanes, fetchInterval: 50, busyFetchInterval: 20,
      heartbeat: heartbeat, lease: 30_000, report: report, retries: RetryPolicy(base: 1, cap: 5),
      stopDeadline: stopDeadline)
    settings.memory = 64 << 20
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    return EngineService(
      store: store ?? self.store, sessions: hooks.opener, settings: settings, clock: clock, logger: logger,
      abandon: abandon)
  }

  func summary(_ run: Int) throws -> RunSummary {
    try RunSummary(run: run, store: store, stage: stage, now: now)
  }

  /// Waits until `condition` holds; the state is what engines tell each other by, so tests ask it too.
  func until(_ condition: @Sendable () throws -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(300)
    while try !condition() {
      guard ContinuousClock.now < deadline else { throw TimedOut() }
      try await Task.sleep(for: .milliseconds(5))
    }
  }

  struct TimedOut: Error {}

  /// A script that can be run as a program.
  ///
  /// Another process makes the file: while this one had it open for writing, any test could start a child that inherits
  /// the descriptor, and a file that somebody may write to cannot be run.
  func executable(_ text: String) throws -> String {
    let (source, path) = (folder + "/engine.txt", folder + "/engine.py")
    try text.write(toFile: source, atomically: true, encoding: .utf8)
    let install = Process()
    install.executableURL = URL(filePath: "/usr/bin/install")
    install.arguments = ["-m", "755", source, path]
    try install.run()
    install.waitUntilExit()
    guard install.terminationStatus == 0 else { throw CocoaError(.fileWriteUnknown) }
    return path
  }

  /// Rows that are in one of the two and not in the other, counted with their repetitions.
  func differences(table: Int) throws -> Int {
    let name = "t\(table)"
    func rows(_ path: String) throws -> [[SQLValue]: Int] {
      let database = try SQLiteDatabase(path: path, durability: .normal)
      defer { try? database.close() }
      let rows = try database.read { try $0.query("SELECT id, name, amount FROM \(name)") }
      return Dictionary(rows.map { ($0.values, 1) }, uniquingKeysWith: +)
    }
    let (left, right) = (try rows(sourcePath), try rows(targetPath))
    return Set(left.keys).union(right.keys).reduce(0) { $0 + abs((left[$1] ?? 0) - (right[$1] ?? 0)) }
  }
}
