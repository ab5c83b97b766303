import Foundation
import Support
import Testing

/// One road from a source to SQLite, whose connections are cut again and again while plans are made and runs are carried out.
///
/// Everything is the built program: its own retries either carry a run through or it fails in words, and the next one
/// completes. Afterwards both sides are asked by clients of their own.
struct ConnectionSweep {
  enum Road: String, CaseIterable {
    case libpq, tls, driver, redshift, redshiftDriver

    var isRedshift: Bool { self == .redshift || self == .redshiftDriver }

    /// A road whose bytes can be read on the way.
    var isPlain: Bool { self != .tls }
  }

  let road: Road
  let workspace: Workspace
  let tally: ConnectionTally
  private let seed: UInt64
  private var random: SeededGenerator
  private let database: PostgresDatabase
  private let proxy: CuttingProxy
  /// Kept alive.
  private let standIn: RedshiftStandIn?
  private var round = 0

  static let rows = 700

  init(_ road: Road, _ workspace: Workspace, seed: UInt64, tally: ConnectionTally) throws {
    self.road = road
    self.workspace = workspace
    self.seed = seed
    self.tally = tally
    random = SeededGenerator(seed: seed)
    standIn = try road.isRedshift ? RedshiftStandIn() : nil
    database = try standIn?.database ?? PostgresServer.shared().database()
    proxy = try CuttingProxy(to: standIn?.port ?? database.server.port)
    try database.run(
      """
      CREATE TABLE items (id bigint PRIMARY KEY, name varchar(60), price numeric(10,2), seen timestamp);
      INSERT INTO items SELECT i, 'item ' || i, i * 1.25, timestamp '2026-01-01 00:00' + i * interval '1 s'
        FROM generate_series(1, \(Self.rows)) AS i;
      CREATE TABLE moves (n int, word varchar(60));
      INSERT INTO moves SELECT i, 'move ' || i FROM generate_series(1, 200) AS i;
      """)
    // Without a key in the target a row that came twice would stay.
    try workspace.write(
      "wf.json",
      """
      {"tables": [
        {"source": {"schemaName": "public", "tableName": "items"}, "target": {"tableName": "items"},
         "synchronization": {"strategy": "checksum"}, "partitionSize": {"maxRowsPerPartition": 20}},
        {"source": {"schemaName": "public", "tableName": "moves"}, "target": {"tableName": "moves"},
         "columnNamesToPartitionBy": ["n"], "partitionSize": {"maxRowsPerPartition": 20}}
      ]}
      """)
    let settings =
      switch road {
      case .libpq: "sslmode = \"disable\""
      case .tls: "sslmode = \"verify-full\"\nsslrootcert = \"\(database.server.certificate)\""
      case .driver: "sslmode = \"disable\"\ndriver = \"PostgreSQL Unicode\""
      case .redshift: "sslmode = \"disable\"\npassword = \"cmd:echo any\""
      case .redshiftDriver:
        "sslmode = \"disable\"\npassword = \"cmd:echo any\"\ndriver = \"PostgreSQL Unicode\""
      }
    try workspace.write(
      "configuration.toml",
      """
      [application]
      heartbeat_seconds = 1
      lease_seconds = 10
      max_parallel_tasks = 3

      [connections.source.\(road.isRedshift ? "redshift" : "postgresql")]
      host = "\(proxy.host)"
      port = \(proxy.port)
      database = "\(database.name)"
      username = "\(database.server.user)"
      \(settings)

      [connections.target.sqlite]
      path = "\(workspace.target)"

      [state]
      path = "\(workspace.state)"
      """)
  }

  /// Cuts so many conversations of plans, and then whole runs until so many connections were cut.
  mutating func run(plans: Int, faults: Int) async throws {
    try await sweepPlans(plans)
    var fired = 0
    // More rounds than may be needed: each harms a dozen connections or more.
    for _ in 0..<max(12, faults / 3) where fired < faults { fired += try await sweepRun() }
    #expect(fired >= faults, "\(place): \(fired) faults fired")
    try await workspace.enginesEnd()
  }

  private var place: String { "\(road), seed \(seed), round \(round)" }

  // MARK: Plans

  /// A plan's connection is cut at places spread over all that it says.
  private mutating func sweepPlans(_ count: Int) async throws {
    proxy.arm { _ in nil }
    let whole = try await workspace.run("plan", "wf.json")
    #expect(whole.code == 0, "\(place): \(whole)")
    let plan = try workspace.read("state/wf.plan.json")
    let talk = try await waiting(for: "the plan's connection to end") { proxy.passed.first }
    for number in 0..<count {
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
      let context = "\(place), \(fault): \(harmed) \(made)"
      #expect(harmed.count == 1, "\(context)")
      if made.code != 0 {
        #expect(made.code == 1 && Self.isClear(made.errors), "\(context)")
        await tally.told([Self.general(made.errors)])
      }
      #expect(try workspace.read("state/wf.plan.json") == plan, "\(context)")
      await tally.count(harmed, on: "\(road) plan")
    }
    proxy.disarm()
    #expect(!FileManager.default.fileExists(atPath: workspace.target), "\(place): a plan writes no target")
  }

  // MARK: Runs

  /// Every row changes, and the run that brings it over has most of its connections cut; returns how many were.
  private mutating func sweepRun() async throws -> Int {
    round += 1
    try database.run(
      """
      UPDATE items SET name = 'round \(round) ' || id; UPDATE moves SET word = 'round \(round) ' || n;
      DELETE FROM moves WHERE n = \(round); INSERT INTO items VALUES (\(Self.rows + round), 'late', NULL, NULL)
      """)
    proxy.disarm()
    let planned = try await workspace.run("plan", "wf.json")
    #expect(planned.code == 0, "\(place): \(planned)")
    let faults = (0..<400).map { _ in draw() }
    // The sessions that the engine still has from the last run are found broken as well.
    proxy.arm(isSevering: true) { $0 < faults.count ? faults[$0] : nil }
    let applied = try await workspace.run("apply", "state/wf.plan.json")
    let harmed = proxy.harmed
    proxy.disarm()
    await tally.count(harmed, on: road.rawValue)
    await tally.run(isFailed: applied.code != 0)
    try await expectClear(applied, harmed)
    if applied.code != 0 {
      let again = try await workspace.run("apply", "wf.json", "--auto-approve")
      #expect(again.code == 0, "\(place): \(harmed) \(applied) \(again) \(workspace.engineLog.suffix(3000))")
    }
    try expectEqual()
    return harmed.filter { !$0.isSevered }.count
  }

  /// Nine connections of ten are cut, at places that lie in the sign-in, the set-up and the first parts, or at the ends of
  /// rows and transactions.
  private mutating func draw() -> CuttingProxy.Fault? {
    guard random.chance(90) else { return nil }
    let act: CuttingProxy.Act =
      switch random.number(0..<10) {
      case 0..<4: .close
      case 4..<7 where road.isRedshift, 4..<8: .reset
      default: road.isRedshift ? .close : terminate()
      }
    if road.isPlain, random.chance(40) {
      // The server's messages CopyData, CopyDone, DataRow and CommandComplete; the client's last word of a part.
      let marks: [(String, CuttingProxy.Side)] =
        switch road {
        case .libpq, .tls: [("PGCOPY", .server), ("c\0\0\0\u{4}", .server), ("COPY 2", .server), ("COMMIT", .client)]
        case .redshiftDriver:
          [("FETCH ", .server), ("FETCH ", .client), ("DECLARE ", .client), ("COMMIT", .client), ("COMMIT", .server)]
        case .driver: [("FETCH ", .server), ("fetch ", .client), ("COMMIT", .client), ("COMMIT", .server)]
        case .redshift: [("SELECT 2", .server), ("COMMIT", .client), ("COMMIT", .server), ("FROM \"public\"", .client)]
        }
      let (mark, side) = marks[random.number(0..<marks.count)]
      return CuttingProxy.Fault(.behind(Array(mark.utf8), plus: random.number(0..<40), from: side), act)
    }
    let isServer = random.chance(75)
    return CuttingProxy.Fault(
      .after(random.number(0..<(isServer ? 9_000 : 6_000)), from: isServer ? .server : .client), act)
  }

  /// Ends the server's process for the connection.
  private func terminate() -> CuttingProxy.Act {
    let database = database
    return .call("pg_terminate_backend") { port in
      let ended = try? database.run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE client_port = \(port)")
      return ended?.contains("t") == true
    }
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
    // A broken connection is never the fault of the migration: only attempts that ran out end a task.
    let given = try state.texts(
      "SELECT error_message FROM tasks WHERE run = \(newest) AND state = 'discarded' AND failures < max_attempts")
    #expect(given.isEmpty, "\(place): given up at once: \(given) after \(harmed)")
  }

  /// It says where, and that the connection was not made or broke.
  private static func isClear(_ message: String) -> Bool {
    // What is told to a person is wrapped into lines.
    let message = message.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    let isPlaced = message.contains("127.0.0.1:") || message.contains("table public.")
    return isPlaced
      && ["the connection broke", "check host and port", "terminating connection"].contains { message.contains($0) }
  }

  private static func general(_ message: String) -> String {
    message.replacing(/[0-9]+/, with: "N").replacing("\n", with: " ")
  }

  /// Row for row, as psql and libsqlite3 read the two sides.
  private func expectEqual() throws {
    let target = try workspace.openTarget()
    for (source, loaded) in [
      (
        """
        SELECT concat_ws('|', id, name, coalesce(price::text, '~'), coalesce(to_char(seen, 'YYYY-MM-DD HH24:MI:SS.US'), '~'))
        FROM items ORDER BY id
        """,
        """
        SELECT id || '|' || name || '|' || CASE WHEN price IS NULL THEN '~' ELSE printf('%.2f', price) END || '|' || ifnull(seen, '~')
        FROM items ORDER BY id
        """
      ),
      ("SELECT n || '|' || word FROM moves ORDER BY n", "SELECT n || '|' || word FROM moves ORDER BY n"),
    ] {
      let wanted = try database.run(source).split(separator: "\n").map(String.init)
      let found = try target.texts(loaded)
      let isEqual = found == wanted
      let different = Array(Set(found).symmetricDifference(wanted).sorted().prefix(4))
      #expect(isEqual, "\(place): \(found.count) rows, not \(wanted.count); \(different)")
    }
  }
}
