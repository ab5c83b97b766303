import Foundation
import Support
import Testing

/// One road from SQL Server's bench to SQLite, on which connections are cut and statements fail again and again while plans are made
/// and runs are carried out.
///
/// Everything is the built program: its own retries either carry a run through or it fails in words, and the next one
/// completes. Afterwards both sides are asked past all that was harmed.
struct SQLServerSweep {
  enum Road: String, CaseIterable {
    /// The login is encrypted and nothing else, so that bytes can be read on the way.
    case freetds
    case tls = "freetds tls"
  }

  let road: Road
  let workspace: Workspace
  let tally: ConnectionTally
  let database: TDSDatabase
  let proxy: CuttingProxy
  var faults: SQLServerFaultDraw
  private let seed: UInt64
  private var random: SeededGenerator
  private var round = 0

  private static let rows = 240
  private static let moves = 100

  init(_ road: Road, _ workspace: Workspace, seed: UInt64, tally: ConnectionTally) async throws {
    self.road = road
    self.workspace = workspace
    self.seed = seed
    self.tally = tally
    random = SeededGenerator(seed: seed)
    faults = SQLServerFaultDraw(seed: seed &+ 1000, isPlain: road == .freetds)
    database = try await TDSServer.shared().database()
    proxy = try CuttingProxy(to: database.server.facts.port)
    try await prepare()
  }

  private func prepare() async throws {
    let items = (1...Self.rows).map {
      "(\($0), N'item é漢 \($0)', \($0).25, '2026-01-01 00:00:00.\($0 + 1_000_000)', NULL)"
    }
    let moves = (1...Self.moves).map { "(\($0), 'move \($0)')" }
    try await database.script(
      """
      CREATE TABLE items (id bigint PRIMARY KEY, name nvarchar(60) NOT NULL, price decimal(10,2) NULL, seen datetime2(7) NULL, notes nvarchar(max) NULL);
      INSERT INTO items VALUES \(items.joined(separator: ", "));
      UPDATE items SET notes = REPLICATE(CAST(N'long 長 ' AS nvarchar(max)), 700) + CAST(id AS nvarchar(20)) WHERE id % 40 = 7;
      CREATE TABLE moves (n int NOT NULL, word varchar(60) NOT NULL);
      INSERT INTO moves VALUES \(moves.joined(separator: ", "))
      """)
    try await database.set(["snapshot_isolation_state": 1])
    // Without a key in the target a row that came twice would stay.
    try workspace.write(
      "wf.json",
      """
      {"tables": [
        {"source": {"schemaName": "dbo", "tableName": "items"}, "target": {"tableName": "items"},
         "synchronization": {"strategy": "checksum"}, "partitionSize": {"maxRowsPerPartition": 16}},
        {"source": {"schemaName": "dbo", "tableName": "moves"}, "target": {"tableName": "moves"},
         "columnNamesToPartitionBy": ["n"], "partitionSize": {"maxRowsPerPartition": 16}}
      ]}
      """)
    try workspace.write(
      "configuration.toml",
      """
      [application]
      heartbeat_seconds = 1
      lease_seconds = 10
      max_parallel_tasks = 3

      [connections.source.sqlserver]
      host = "\(proxy.host)"
      port = \(proxy.port)
      database = "\(database.name)"
      username = "\(database.name)"
      password = "cmd:echo \(database.password)"
      driver = "FreeTDS"
      \(road == .tls ? "encrypt = \"yes\"" : "")

      [connections.target.sqlite]
      path = "\(workspace.target)"

      [state]
      path = "\(workspace.state)"
      """)
  }

  /// Harms so many plans, and then whole runs until so many faults fired in them.
  mutating func run(plans: Int, faults: Int) async throws {
    try await sweepPlans(plans)
    var fired = 0
    // More rounds than may be needed: each has two dozen faults or more.
    for _ in 0..<max(12, faults / 5) where fired < faults { fired += try await sweepRun() }
    #expect(fired >= faults, "\(place): \(fired) faults fired")
    try await workspace.enginesEnd()
  }

  private var place: String { "\(road.rawValue), seed \(seed), round \(round)" }

  // MARK: Plans

  /// A plan's connection is cut at places spread over all that it says, or one of its statements fails.
  private mutating func sweepPlans(_ count: Int) async throws {
    proxy.arm { _ in nil }
    let whole = try await workspace.run("plan", "wf.json")
    #expect(whole.code == 0, "\(place): \(whole)")
    let plan = try workspace.read("state/wf.plan.json")
    let talk = try await waiting(for: "the plan's connection to end") { proxy.passed.first }
    let statements = try await database.requests("batch").map(\.text)
    for number in 0..<count {
      if number % 3 == 2 {
        try await failStatement(of: statements, plan)
        continue
      }
      let isServer = number % 4 != 3
      // The ends differ by a few bytes from time to time, and with the last of them the client says farewell.
      let length = (isServer ? talk.fromServer : talk.fromClient) * 19 / 20
      // One place in each stretch of the conversation.
      let stretch = max(1, length / count)
      let at = number * stretch + random.number(0..<stretch)
      let fault = CuttingProxy.Fault(
        .after(at, from: isServer ? .server : .client), number.isMultiple(of: 2) ? .close : .reset)
      proxy.arm { $0 == 0 ? fault : nil }
      let made = try await workspace.run("plan", "wf.json")
      let harmed = proxy.harmed
      #expect(harmed.count == 1, "\(place), \(fault): \(harmed) \(made)")
      try await expectUnharmed(made, plan, "\(place), \(fault): \(harmed)")
      await tally.count(harmed, on: "\(road.rawValue) plan")
    }
    proxy.disarm()
    #expect(!FileManager.default.fileExists(atPath: workspace.target), "\(place): a plan writes no target")
  }

  /// One statement of a plan goes wrong on the server.
  private mutating func failStatement(of statements: [String], _ plan: String) async throws {
    let fault = faults.inPlan(statements)
    let id = try await database.setFault(fault.values)
    proxy.disarm()
    let made = try await workspace.run("plan", "wf.json")
    #expect(try await database.server.fired(id) == 1, "\(place), \(fault): \(made)")
    try await expectUnharmed(made, plan, "\(place), \(fault)")
    try await database.clearFaults()
    await tally.count("\(road.rawValue) plan: \(fault)")
  }

  /// The plan was made all the same, or the program says why not; what there was before stays.
  private func expectUnharmed(_ made: ProgramResult, _ plan: String, _ context: String) async throws {
    if made.code != 0 {
      #expect(made.code == 1 && Self.isClear(made.errors), "\(context): \(made)")
      await tally.told([Self.general(made.errors)])
    }
    #expect(try workspace.read("state/wf.plan.json") == plan, "\(context): \(made)")
  }

  // MARK: Runs

  /// Every row changes, and the run that brings it over has most of its connections cut and a dozen statements fail; returns
  /// how many faults fired.
  private mutating func sweepRun() async throws -> Int {
    round += 1
    try await database.script(
      """
      UPDATE items SET name = N'round é漢 \(round) ' + CAST(id AS nvarchar(20));
      UPDATE moves SET word = 'round \(round) ' + CAST(n AS varchar(20));
      DELETE FROM moves WHERE n = \(round); INSERT INTO items VALUES (\(Self.rows + round), N'late', NULL, NULL, NULL)
      """)
    proxy.disarm()
    let planned = try await workspace.run("plan", "wf.json")
    #expect(planned.code == 0, "\(place): \(planned)")
    let cuts = (0..<400).map { _ in faults.cut() }
    let failures = faults.inRun()
    var ids: [String] = []
    for failure in failures { ids.append(try await database.setFault(failure.values)) }
    // The sessions that the engine still has from the last run are found broken as well.
    proxy.arm(isSevering: true) { $0 < cuts.count ? cuts[$0] : nil }
    let applied = try await workspace.run("apply", "state/wf.plan.json")
    let harmed = proxy.harmed
    proxy.disarm()
    var fired = harmed.filter { !$0.isSevered }.count
    for (id, failure) in zip(ids, failures) where try await database.server.fired(id) > 0 {
      fired += 1
      await tally.count("\(road.rawValue): \(failure)")
    }
    try await database.clearFaults()
    await tally.count(harmed, on: road.rawValue)
    await tally.run(isFailed: applied.code != 0)
    try await expectClear(applied, harmed)
    if applied.code != 0 { try await complete(after: applied, harmed) }
    try await expectEqual()
    return fired
  }

  private mutating func complete(after applied: ProgramResult, _ harmed: [CuttingProxy.Record]) async throws {
    // Code 5 is of a run that is there and whose tasks failed.
    let run = try #require(try workspace.openState().integer("SELECT max(id) FROM runs"))
    let again =
      applied.code == 5 && random.chance(50)
      ? try await workspace.run("runs", "retry", "\(run)")
      : try await workspace.run("apply", "wf.json", "--auto-approve")
    #expect(again.code == 0, "\(place): \(harmed) \(applied) \(again) \(workspace.engineLog.suffix(3000))")
  }

  // MARK: Afterwards

  /// What every attempt and the program said names a place and what happened there.
  private func expectClear(_ applied: ProgramResult, _ harmed: [CuttingProxy.Record]) async throws {
    let state = try workspace.openState()
    let newest = "(SELECT max(id) FROM runs)"
    let failed = try state.texts(
      """
      SELECT attempts.error_message FROM attempts JOIN tasks ON tasks.id = attempts.task
      WHERE tasks.run = \(newest) AND attempts.error_message IS NOT NULL
      """)
    for message in failed { #expect(Self.isClear(message), "\(place): \(message)") }
    await tally.told(failed.map(Self.general))
    #expect(applied.code == 0 || applied.code == 5 || applied.code == 1, "\(place): \(applied)")
    if applied.code != 0 { #expect(Self.isClear(applied.output + applied.errors), "\(place): \(applied)") }
    // Nothing here is the fault of the migration: only attempts that ran out end a task.
    let given = try state.texts(
      "SELECT error_message FROM tasks WHERE run = \(newest) AND state = 'discarded' AND failures < max_attempts")
    #expect(given.isEmpty, "\(place): given up at once: \(given) after \(harmed)")
  }

  /// It says where, and what happened there.
  private static func isClear(_ message: String) -> Bool {
    // What is told to a person is wrapped into lines.
    let message = message.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    let isPlaced = message.contains("127.0.0.1:") || message.contains("table dbo.")
    return isPlaced
      && [
        "the connection broke", "check host and port", "the database is not available now", "the victim of a deadlock",
        "another session locks it", "the server has no room", "no longer has the versions of rows",
      ].contains { message.contains($0) }
  }

  private static func general(_ message: String) -> String {
    message.replacing(/\bt?[0-9]+/, with: "N").replacing("\n", with: " ")
  }

  /// Row for row and in full length, as the server holds them and libsqlite3 reads them.
  private func expectEqual() async throws {
    let target = try workspace.openTarget()
    for (source, loaded) in [
      (
        """
        SELECT CAST(id AS nvarchar(20)) + N'|' + name + N'|' + ISNULL(CAST(price AS nvarchar(20)), N'~') + N'|'
          + ISNULL(CONVERT(nvarchar(40), seen, 121), N'~') + N'|' + ISNULL(notes, N'~') FROM items ORDER BY id
        """,
        """
        SELECT id || '|' || name || '|' || CASE WHEN price IS NULL THEN '~' ELSE printf('%.2f', price) END || '|'
          || ifnull(seen, '~') || '|' || ifnull(notes, '~') FROM items ORDER BY id
        """
      ),
      (
        "SELECT CAST(n AS varchar(20)) + '|' + word FROM moves ORDER BY n",
        "SELECT n || '|' || word FROM moves ORDER BY n"
      ),
    ] {
      let wanted = try await database.script(source).map { $0[0] ?? "" }
      let found = try target.texts(loaded)
      let isEqual = found == wanted
      let different = Set(found).symmetricDifference(wanted).sorted().prefix(4).map { $0.prefix(120) }
      #expect(isEqual, "\(place): \(found.count) rows, not \(wanted.count); \(different)")
    }
  }
}
