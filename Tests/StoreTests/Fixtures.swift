import Catalogs
import Foundation
import Plans
import Postgres
import SQL
import Store
import Support
import Testing
import Workflows

/// A folder of its own for one test, gone with it.
final class Folder: Sendable {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "store-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  var state: String { path + "/state/scmplan.db" }
  /// As a name of a schema.
  var schema: String { "state_" + path.suffix(36).lowercased().replacing("-", with: "") }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// A plan in the making: tables `t0`, `t1`, … of one workflow.
struct PlanBuilder {
  var lineage: String
  var serial = 0
  var workflow = "sales"
  var affinity: String?
  var tables: [TableChange] = []

  init(_ store: Store, workflow: String = "sales") throws {
    lineage = try store.lineage()
    serial = try store.serial(of: workflow)
    self.workflow = workflow
  }

  var plan: Plan {
    Plan(
      workflow: workflow, affinity: affinity,
      source: Endpoint(connection: "a", platform: "sqlite", server: "source"),
      target: Endpoint(connection: "b", platform: "sqlite", server: "target"), lineage: lineage, serial: serial,
      tables: tables, estimate: Estimate(rows: 0, bytes: 0, unknownParts: 0, seconds: nil, credits: nil))
  }

  var submission: Submission {
    // The identity need only differ where the content does.
    Submission(plan: plan, planID: "\(workflow)-\(serial)", planContent: "{}")
  }

  @discardableResult
  mutating func add(
    _ name: String = "t0", _ action: Action = .create, parts: [PartChange], kept: [Part] = [],
    watermark: WatermarkState? = nil
  ) -> PlanBuilder {
    tables.append(change(name, action, parts: parts, kept: kept, watermark: watermark))
    return self
  }
}

func change(
  _ name: String, _ action: Action, parts: [PartChange], kept: [Part] = [], watermark: WatermarkState? = nil
) -> TableChange {
  TableChange(
    source: ObjectName(table: name), target: ObjectName(schema: "main", table: name), action: action,
    reason: .neverLoaded, sourceTable: action == .forget ? nil : Table(name: ObjectName(table: name), columns: []),
    configuration: TableConfiguration(
      source: ObjectReference(tableName: name), target: TargetReference(tableName: name)),
    columns: [], key: nil, addressing: .keyRange, parts: parts, kept: kept, watermark: watermark,
    extraction: "SELECT", sourceFingerprint: "s1", targetFingerprint: nil, configurationFingerprint: "c1")
}

/// Part `id` of ten keys: [10·id, 10·id + 10).
func keys(_ id: Int) -> PartRange {
  .keys(from: Bound([.integer(Int64(10 * id))]), to: Bound([.integer(Int64(10 * id + 10))]))
}

func part(
  _ id: Int, _ range: PartRange? = nil, digest: RowDigest? = nil, window: Window? = nil, method: LoadMethod = .replace,
  replaces: [Int] = []
) -> PartChange {
  PartChange(
    part: Part(id: id, range: range ?? keys(id)), reason: .neverLoaded, rows: 100, bytes: 1000,
    digest: digest, window: window, method: method, replaces: replaces)
}

func window(after: Int64?, through: Int64) -> Window {
  Window(column: "at", after: after.map { .integer($0) }, through: .integer(through), includesNull: after == nil)
}

func key(_ name: String = "t0") -> TableKey {
  TableKey(
    sourceServer: "source", source: ObjectName(table: name), targetServer: "target",
    target: ObjectName(schema: "main", table: name))
}

func staged(_ rows: Int) -> StagedPart {
  StagedPart(files: [StagedFile(path: "f", rows: rows, bytes: rows * 10, sha256: "00")], sourceRows: rows)
}

/// A state of its own, and an owner that works on it with a clock that tests turn.
///
/// The state is in a file; with `SCMPLAN_TEST_STATE=postgresql` in the environment, in a schema of a PostgreSQL server: every test
/// that has a scenario holds for both.
final class Scenario {
  let folder: Folder
  let store: Store
  var now: Milliseconds = 1_000_000
  let lease = 30_000

  init() throws {
    folder = try Folder()
    store = try Self.open(folder)
  }

  static var isOnPostgreSQL: Bool { ProcessInfo.processInfo.environment["SCMPLAN_TEST_STATE"] == "postgresql" }

  /// The state that belongs to a folder.
  static func open(_ folder: Folder, busyTimeout: Double = 30) throws -> Store {
    guard isOnPostgreSQL else { return try Store(path: folder.state, durability: .normal, busyTimeout: busyTimeout) }
    let server = try PostgresServer.shared()
    return try Store(
      PostgresSettings(host: server.host, port: server.port, database: "postgres", user: server.user),
      schema: folder.schema, busyTimeout: busyTimeout)
  }

  func submit(_ change: (inout PlanBuilder) -> Void) throws -> Run {
    var builder = try PlanBuilder(store)
    change(&builder)
    return try store.submit(builder.submission, now: now)
  }

  func claim(
    _ kinds: [TaskKind] = TaskKind.allCases, owner: String = "a", affinity: String? = nil, limit: Int = 1
  ) throws -> [ClaimedTask] {
    try store.claim(owner: owner, kinds: kinds, affinity: affinity, limit: limit, now: now, lease: lease)
  }

  func result(_ task: ClaimedTask, rows: Int = 7) -> TaskResult {
    switch task.kind {
    case .prepare: .prepared
    case .extract: .extracted(staged(rows))
    case .load: .loaded(rows: rows, deleted: 0)
    case .remove: .removed(rows: 0, from: nil)
    case .finish: .finished
    }
  }

  @discardableResult
  func complete(_ task: ClaimedTask, owner: String = "a", rows: Int = 7) throws -> Bool {
    try store.complete(
      TaskCompletion(task: task.id, attempt: task.attempt, result: result(task, rows: rows)), owner: owner, now: now)
  }

  func fail(_ task: ClaimedTask, transient: Bool = false, costsAttempt: Bool = true) throws -> TaskFate {
    try store.fail(
      task: task.id, attempt: task.attempt, owner: "a",
      failure: TaskFailure(
        code: "1205", message: "deadlock victim", isTransient: transient, costsAttempt: costsAttempt),
      retryAt: now + 1000, now: now)
  }

  /// Works on everything that can be claimed; tasks of `failing` parts fail for good when they are of `kind`.
  func work(failing: Set<Int> = [], kind: TaskKind = .extract) throws {
    while let task = try claim().first {
      if let part = task.part, failing.contains(part), task.kind == kind {
        _ = try fail(task)
      } else {
        try complete(task)
      }
    }
  }

  func finish(_ run: Run) throws -> Run? {
    try store.finishRunIfDone(run.id, now: now)
  }

  func state(_ name: String = "t0") throws -> TableState {
    try #require(try store.tableState(key(name)))
  }
}

/// The code of the ``StoreError`` that `body` throws; nil when it throws none.
func code(_ body: () throws -> Void) -> StoreError.Code? {
  do {
    try body()
    return nil
  } catch {
    return (error as? StoreError)?.code
  }
}
