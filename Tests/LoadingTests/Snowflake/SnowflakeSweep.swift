import Catalogs
import Crypto
import Foundation
import Loading
import Plans
import Snowflake
import Support
import Testing

/// Whole loads of one kind, each into a table of its own, made as engines make them, with a fault on the way.
///
/// Every attempt has a session of its own as another engine that knows the one before it to be gone. Blocking calls are
/// made on a thread of the actor's own.
actor SnowflakeSweep {
  /// How the parts get into the table, which has rows before.
  enum Kind: CaseIterable {
    case replace, rebuild, append, merge, remove
  }

  /// What an engine does one after the other; a lane ends, and its session with it, after the first part and after the
  /// table.
  enum Phase: Int, CaseIterable {
    case prepare, first, second, finish
  }

  /// What becomes of a request.
  enum Harm: CaseIterable {
    case forbidden, tooMany, unavailable
    /// The connection closes before anything is executed.
    case cut
    /// It is executed, and the connection closes without a reply.
    case lost

    var fault: [String: BenchValue] {
      switch self {
      case .forbidden: ["act": "status", "status": 403]
      case .tooMany: ["act": "status", "status": 429]
      case .unavailable: ["act": "status", "status": 503]
      case .cut: ["act": "cut"]
      case .lost: ["act": "lost"]
      }
    }
  }

  /// A request of a phase: the n-th to the service, or the n-th to the object store.
  struct Request: CustomStringConvertible {
    var kind: String
    var sql: String?
    var place: Int

    var isStorage: Bool { kind.hasPrefix("s3.") }
    /// It changes something in the account, or in the object store.
    var isWriting: Bool {
      isStorage
        ? kind != "s3.head" : kind == "query" && sql?.hasPrefix("SELECT") == false && sql?.hasPrefix("SHOW") == false
    }
    /// What it clears stays behind when it does not get through: its failure ends no load.
    var isClearing: Bool {
      guard let sql else { return false }
      return sql.hasPrefix("REMOVE") || sql.hasPrefix("DROP TABLE") && sql.contains("__SCMPLAN_MERGE_")
    }
    var description: String { "\(kind) \(place) \(sql?.prefix(60) ?? "")" }
  }

  typealias Faults = [Phase: (request: Request, harm: Harm)]

  private let executor = ThreadExecutor()
  private let kind: Kind
  private let world: SnowflakeWorld
  private let parts: [StagedPart]
  private var count = 0
  private var session: SnowflakeTargetSession?
  /// Sessions of processes that were killed: they do not log out.
  private var ghosts: [SnowflakeTargetSession] = []
  private var engine = 0
  /// Lineages of loads one of whose clearing requests was harmed.
  private var untidy: Set<String> = []

  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  init(_ kind: Kind) async throws {
    self.kind = kind
    let world = try await SnowflakeWorld()
    world.retries = RetryPolicy(shortest: 1, longest: 2, budget: 0, minimumAttempts: 1)
    world.addressing = kind == .rebuild ? .rebuild : .keyRange
    world.mergeKey = kind == .merge || kind == .remove ? ["ID"] : []
    parts = try [(1, "a"), (7, "b")].map { (id: Int64, name: String) in
      kind == .remove
        ? try world.files.staged([[[.int(id)], [.int(id + 2)]]], columns: [world.columns[0]])
        : try world.files.staged([[[.int(id), .text(name)], [.int(id + 1), .text(name)]]], columns: world.columns)
    }
    self.world = world
  }

  // MARK: Loads

  /// The requests of a load on which nothing happens.
  func record() async throws -> [Phase: [Request]] {
    // The first load of a schema makes what the others find there.
    try await load()
    var seen: [Phase: [Request]] = [:]
    var known = 0
    var stored = 0
    try await load { phase in
      let asked = try await self.world.bench.requests(user: self.world.user)
      let put = try await self.world.bench.requests().filter {
        $0.kind.hasPrefix("s3.") && $0.request.contains(self.world.lineage)
      }
      if let phase {
        seen[phase] = [asked[known...], put[stored...]].flatMap { requests in
          requests.enumerated().map { Request(kind: $1.kind, sql: $1.sql, place: $0 + 1) }
        }
      }
      (known, stored) = (asked.count, put.count)
    }
    return seen
  }

  /// Loads a table with these faults, retries as engines do, and compares what is there afterwards.
  ///
  /// - Returns: how many faults fired.
  func load(_ faults: Faults) async throws -> Int {
    var armed: String?
    var fired = 0
    let isKilled = count.isMultiple(of: 2)
    try await load(isKilled: isKilled) { phase in
      if let id = armed, let phase, let fault = faults[phase] {
        let times = try await self.disarm(id)
        #expect(times == 1, "\(self.kind), \(phase), \(fault): the fault did not fire")
        fired += times
      }
      armed = nil
      let next = phase.map { Phase(rawValue: $0.rawValue + 1) } ?? .prepare
      if let next, let fault = faults[next] {
        armed = try await self.arm(fault.harm, at: fault.request, ["nth": .number(Double(fault.request.place))])
        if fault.request.isClearing { self.untidy.insert(self.world.lineage) }
      }
    } context: {
      "\(self.kind), \(faults.map { "\($0): \($1.request) \($1.harm)" }.sorted()), killed \(isKilled)"
    }
    return fired
  }

  /// Loads a table while every second request of a kind is harmed, with a client that bears it.
  ///
  /// - Returns: how many faults fired.
  func loadPatiently(_ harm: Harm) async throws -> Int {
    let impatient = world.retries
    world.retries = RetryPolicy(shortest: 1, longest: 2, budget: 60_000)
    defer { world.retries = impatient }
    var armed: [String] = []
    var fired = 0
    try await load { phase in
      if phase == nil {
        // A login that is forbidden, and an object store that refuses, are not asked again.
        let kinds = ["query"] + (harm == .forbidden ? [] : ["login", "s3"])
        for kind in kinds {
          let request = Request(kind: kind == "s3" ? "s3.put" : kind, place: 1)
          armed.append(
            try await self.arm(harm, at: request, ["kind": .text(kind), "every": 2, "times": 10_000]))
        }
      } else if phase == .finish {
        for id in armed {
          let times = try await self.disarm(id)
          #expect(times > 0, "\(self.kind), \(harm): the fault did not fire")
          fired += times
        }
      }
    } context: {
      "\(self.kind), every second request \(harm)"
    }
    return fired
  }

  private func arm(_ harm: Harm, at request: Request, _ more: [String: BenchValue]) async throws -> String {
    var fault = harm.fault.merging(more) { $1 }
    if request.isStorage {
      fault["kind"] = fault["kind"] ?? "s3"
      fault["text"] = .text(world.lineage)
    } else {
      fault["user"] = .text(world.user)
    }
    return try await world.bench.setFault(fault)
  }

  private func disarm(_ id: String) async throws -> Int {
    let fault = try await world.bench.faults().first { $0.id == id }
    try await world.bench.clearFault(id)
    return fault?.fired ?? 0
  }

  /// A whole load; `between` is called before it with nil, and after each phase.
  private func load(
    isKilled: Bool = false, between: (Phase?) async throws -> Void = { _ in }, context: () -> String = { "no fault" }
  ) async throws {
    count += 1
    (world.table, world.lineage) = ("T\(count)", "L\(count)X\(world.database)")
    let table = "\(world.database).PUBLIC.\(world.table)"
    _ = try await world.bench.rows(
      "CREATE TABLE \(table) AS SELECT * FROM (VALUES (1::NUMBER(19,0), 'old'::VARCHAR(20)), (2, 'old'), (5, 'old')) "
        + "AS v (ID, NAME)")
    let prepare = try world.prepareRequest(creates: false)
    try await between(nil)
    for phase in Phase.allCases {
      do {
        try carryOut(isKilled: isKilled) { session, attempt in
          switch phase {
          case .prepare: try session.prepare(prepare)
          case .first, .second: _ = try session.load(self.request(phase, attempt))
          case .finish: try session.finish(self.world.finishRequest(parts: [1, 2]))
          }
        }
      } catch {
        Issue.record("\(context()): \(error)")
        throw error
      }
      if phase == .first || phase == .finish { session = nil }
      try await between(phase)
    }
    let found = try await contents(table)
    #expect(found == expected, "\(context())")
    ghosts = []
  }

  /// One task of an engine, as often as it takes.
  private func carryOut(isKilled: Bool, _ work: (SnowflakeTargetSession, Int) throws -> Void) throws {
    for attempt in 1... {
      do {
        return try work(session ?? open(), attempt)
      } catch let error as LoadingError {
        // A login that is forbidden is for a person to judge, who has the run retried.
        guard attempt < 5, error.isTransient || error.code == .cannotOpen else { throw error }
        if isKilled, let session { ghosts.append(session) }
        session = nil
      }
    }
  }

  private func open() -> SnowflakeTargetSession {
    engine += 1
    let own = "E\(engine)"
    let opened = world.session()
    opened.introduce(Presence(lineage: world.lineage, own: own) { [own] })
    session = opened
    return opened
  }

  private func request(_ phase: Phase, _ attempt: Int) throws -> LoadRequest {
    let part = phase.rawValue
    let method: LoadMethod =
      switch kind {
      case .replace, .rebuild: .replace
      case .append: .append
      case .merge: .merge
      case .remove: .remove
      }
    return LoadRequest(
      target: world.target, columns: world.columns, addressing: world.addressing, method: method, key: world.key,
      mergeKey: world.mergeKey, part: Part(id: part, range: part == 1 ? keys(nil, 5) : keys(5, nil)), window: nil,
      replaces: [], metadataColumns: false, lineage: world.lineage, run: world.run, attempt: attempt, plan: world.plan,
      stage: world.files.stage, staged: parts[part - 1])
  }

  // MARK: What is there afterwards

  /// The table's rows, the ledger's entries of parts with their rows, and the fence with the number of commits.
  private func contents(_ table: String) async throws -> [[String?]] {
    let name = "'\(world.table)'"
    let place = "\(world.database).PUBLIC"
    return try await world.bench.rows(
      """
      SELECT 'row' AS k, ID::VARCHAR AS a, NAME AS b, NULL AS c FROM \(table)
      UNION ALL SELECT 'part', PART::VARCHAR, "ROWS"::VARCHAR, DELETED::VARCHAR FROM \(place).SCMPLAN_LEDGER
        WHERE TARGET = \(name) AND STATE = 'loaded'
      UNION ALL SELECT 'fence', COMMITS::VARCHAR, PREPARED::VARCHAR, FINISHED::VARCHAR FROM \(place).SCMPLAN_FENCE
        WHERE TARGET = \(name)
      ORDER BY k, a, b
      """)
  }

  /// Each row, each part and each commit once, whatever happened on the way.
  private var expected: [[String?]] {
    let new: [[String?]] = [("1", "a"), ("2", "a"), ("7", "b"), ("8", "b")].map { ["row", $0.0, $0.1, nil] }
    let old: [[String?]] = ["1", "2", "5"].map { ["row", $0, "old", nil] }
    let rows =
      switch kind {
      case .replace, .rebuild: new
      case .append: new + old
      case .merge: new + [old[2]]
      case .remove: [old[0]]
      }
    let deleted =
      switch kind {
      case .replace: ["2", "1"]
      case .merge: ["2", "0"]
      case .remove: ["1", "1"]
      case .rebuild, .append: ["0", "0"]
      }
    let loaded = kind == .remove ? "0" : "2"
    let ledger: [[String?]] = [["part", "1", loaded, deleted[0]], ["part", "2", loaded, deleted[1]]]
    return [["fence", "3", "true", "true"]] + ledger
      + rows.sorted { ($0[1] ?? "", $0[2] ?? "") < ($1[1] ?? "", $1[2] ?? "") }
  }

  /// Tables beside and staged files that loads left behind, but for those that were kept from clearing.
  func leftovers() async throws -> [String] {
    let tables = try await world.bench.rows(
      """
      SELECT TABLE_NAME FROM \(world.database).INFORMATION_SCHEMA.COLUMNS
      WHERE TABLE_NAME LIKE '%SCMPLAN!_REBUILD%' ESCAPE '!' OR TABLE_NAME LIKE '%SCMPLAN!_MERGE%' ESCAPE '!'
        OR COLUMN_NAME LIKE '%SCMPLAN%'
      """
    ).compactMap { $0.first ?? nil }
    let files = try world.rows("LIST @\(world.database).PUBLIC.SCMPLAN_STAGE").compactMap { $0.first ?? nil }
    return (tables.map { "T" + $0.dropFirst().prefix { $0.isNumber } + " \($0)" } + files).filter { one in
      !untidy.contains { one.contains($0) || one.hasPrefix("T\($0.dropFirst().prefix { $0.isNumber }) ") }
    }
  }
}

/// Runs an actor on a thread that may wait.
private final class ThreadExecutor: SerialExecutor {
  private let queue = DispatchQueue(label: "sweep")

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
  }
}
