import Foundation
import Support
import Testing

/// Schedules of writes, refreshes and troubles, drawn from seeds, through the real planner, state, engine and sessions.
///
/// A schedule draws a table (``Setting``) and then lives with it (``Schedule``): ``Writer`` changes the source, refreshes follow, some
/// with an ``Incident`` in the middle. Two models of the target are kept beside it, neither of which asks the product what is
/// right: ``TargetTable`` knows what each load does to rows, and must agree with the target after every run, whatever
/// became of it; ``Promise`` knows what the strategy promises of the whole, and must agree after every run that came to its end.
///
/// The same seed gives the same schedule. What fails names its seed; `SCMPLAN_SEED=<seed> swift test --filter ScheduleTests` plays it
/// alone, with its story and the engines' log. `SCMPLAN_SCHEDULES=10000`, which is `make soak`, plays so many.
@Suite struct ScheduleTests {
  /// What is played on one pair of systems.
  private struct Share {
    /// The first seed.
    var first: UInt64
    /// Schedules in `make test`.
    var usual: Int
  }

  private static let sqlite = Share(first: 0, usual: 240)
  private static let postgresql = Share(first: 1_000_000, usual: 40)
  private static let sqlserver = Share(first: 2_000_000, usual: 12)
  private static let snowflake = Share(first: 3_000_000, usual: 8)
  private static let lots = 4

  /// The seeds of one lot of a share.
  private static func seeds(_ share: Share, lot: Int = 0, of lots: Int = 1) -> [UInt64] {
    let environment = ProcessInfo.processInfo.environment
    if let seed = environment["SCMPLAN_SEED"].flatMap({ UInt64($0) }) {
      return seed >= share.first && seed < share.first + 1_000_000 && lot == 0 ? [seed] : []
    }
    let wanted = environment["SCMPLAN_SCHEDULES"].flatMap { Int($0) } ?? 300
    let count = (share.usual * wanted + 299) / 300
    return (0..<count).filter { $0 % lots == lot }.map { share.first + UInt64($0) }
  }

  @Test(arguments: 0..<lots) func fromSQLiteToSQLite(lot: Int) async throws {
    let seeds = Self.seeds(Self.sqlite, lot: lot, of: Self.lots)
    try await BlockingThreads.run {
      try await Self.play(seeds) { folder, random in
        let isLogged = random.chance(50)
        var limits = Setting.Limits()
        limits.writesWhileRead = isLogged
        return (try SQLiteBed(folder: folder, isLogged: isLogged), limits)
      }
    }
  }

  @Test func fromPostgreSQLToSQLite() async throws {
    let seeds = Self.seeds(Self.postgresql)
    guard !seeds.isEmpty else { return }
    let database = try PostgresServer.shared().database()
    try await BlockingThreads.run {
      try await Self.play(seeds) { folder, _ in
        var limits = Setting.Limits()
        limits.keys = [.integer, .composite, .text, .none]
        limits.watermarks = [.number]
        limits.writesWhileRead = true
        return (try PostgreSQLBed(folder: folder, database: database, table: "t\(UUID().short)"), limits)
      }
    }
  }

  @Test func fromSQLServerToSQLite() async throws {
    let seeds = Self.seeds(Self.sqlserver)
    guard !seeds.isEmpty else { return }
    let database = try await TDSServer.shared().database()
    try await database.set(["snapshot_isolation_state": 1])
    try await BlockingThreads.run {
      try await Self.play(seeds) { folder, _ in
        var limits = Setting.Limits()
        limits.keys = [.integer, .composite, .text, .none]
        limits.watermarks = [.number]
        limits.changesShape = false
        limits.steps = 2...4
        return (try SQLServerBed(folder: folder, database: database, table: "t\(UUID().short)"), limits)
      }
    }
  }

  @Test func fromSQLiteToSnowflake() async throws {
    let seeds = Self.seeds(Self.snowflake)
    guard !seeds.isEmpty else { return }
    let bench = try await SnowflakeBench.shared()
    try await BlockingThreads.run {
      try await Self.play(seeds) { folder, _ in
        var limits = Setting.Limits()
        limits.keys = [.integer, .composite, .text, .none]
        limits.watermarks = [.number]
        limits.changesShape = false
        limits.hasZombies = false
        limits.steps = 1...3
        let database = try await SnowflakeBed.database(bench)
        return (try SnowflakeBed(folder: folder, bench: bench, database: database), limits)
      }
    }
  }

  private static func play(
    _ seeds: [UInt64], on make: (String, inout SeededGenerator) async throws -> (any Bed, Setting.Limits)
  ) async throws {
    var events = Schedule.Events()
    for seed in seeds {
      let scratch = try ScratchFolder()
      defer { withExtendedLifetime(scratch) {} }
      let folder = scratch.path
      var random = SeededGenerator(seed: seed)
      let (bed, limits) = try await make(folder, &random)
      let schedule = try Schedule(seed: seed, bed: bed, limits: limits, folder: folder, random: random)
      do {
        try await schedule.play()
      } catch {
        Issue.record(
          """
          seed \(seed): \(error)
          \(schedule.story.joined(separator: "\n"))
          again: SCMPLAN_SEED=\(seed) swift test --filter ScheduleTests
          """)
      }
      if seeds.count == 1 { print(schedule.story.joined(separator: "\n")) }
      events.add(schedule.events)
    }
    if seeds.count > 100 { print("\(events)") }
    guard seeds.count >= 40 else { return }
    // Schedules in which nothing goes wrong prove nothing.
    for kind in Incident.Kind.allCases { #expect(events.incidents[kind, default: 0] > 0, "\(kind)") }
    #expect(events.completed > seeds.count && events.incomplete > seeds.count / 4)
    #expect(events.unchanged > seeds.count / 2 && events.splits > 5 && events.reshaped > 0)
  }
}

extension UUID {
  /// A few letters for the name of a table.
  fileprivate var short: String { uuidString.prefix(8).lowercased() }
}
