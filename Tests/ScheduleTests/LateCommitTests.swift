import Catalogs
import Engine
import Foundation
import ODBC
import Plans
import Postgres
import Support
import Testing
import Workflows

/// Writers whose transactions commit in another order than their watermarks were given out in, and what each class of guarantee
/// then keeps: *exact* and *lag-bounded* lose nothing they promise, *best effort* loses the rows its text names, and no others.
@Suite struct LateCommitTests {
  /// A row that was committed, and how far the watermark had got when the plan came that could see it first.
  private struct Committed {
    var value: Int
    var reached: Int?
  }

  /// What becomes of transactions that overlap refreshes.
  private struct Outcome {
    var committed: [Committed] = []
    var loaded: Set<Int> = []
    var guarantees: Set<Guarantee> = []

    /// Rows of the source that are not in the target.
    var lost: [Committed] { committed.filter { !loaded.contains($0.value) } }
    /// How much lower than the watermark the lost and the late were.
    func lateness(_ row: Committed) -> Int { (row.reached ?? row.value) - row.value }
  }

  /// Plays writers on connections of their own, each with a transaction open, between refreshes.
  ///
  /// - Parameters:
  ///   - column: `id`, of a sequence, or `changed`, the moment of the insert; both are lower than what was committed before them, for
  ///     a transaction that stays open.
  private func play(seed: UInt64, column: String, lag: WatermarkLag?) async throws -> Outcome {
    var random = SeededGenerator(seed: seed)
    let scratch = try ScratchFolder()
    defer { withExtendedLifetime(scratch) {} }
    let folder = scratch.path
    let database = try PostgresServer.shared().database()
    let bed = try PostgreSQLBed(folder: folder, database: database, table: "events")
    try bed.write(["CREATE TABLE events (id bigserial PRIMARY KEY, changed timestamp NOT NULL)"])
    let road = try Road(
      bed, folder: folder,
      workflow: Workflow(tables: [
        TableConfiguration(
          source: ObjectReference(tableName: "events"), target: TargetReference(tableName: "events"),
          synchronization: Synchronization(
            strategy: .watermark, watermarkColumn: column, trackModifications: lag != nil, watermarkLag: lag))
      ]))
    let writers = try (0..<3).map { _ in try PostgresConnection(bed.settings) }
    var open: [Int: [Int]] = [:]
    var outcome = Outcome()
    var reached: Int?
    var fresh: [Int] = []
    func look() async throws {
      outcome.committed += fresh.map { Committed(value: $0, reached: reached) }
      fresh = []
      let change = try await road.refresh()
      outcome.guarantees.formUnion(change.guarantees.filter { $0.text.contains("late") })
      reached = outcome.committed.map(\.value).max() ?? reached
    }
    func end(_ writer: Int, _ word: String) throws {
      try writers[writer].execute(word)
      let rows = open.removeValue(forKey: writer) ?? []
      if word == "COMMIT" { fresh += rows }
    }
    for tick in 0..<90 {
      let writer = random.number(0..<3)
      switch random.number(0..<10) {
      case 0..<5:
        if open[writer] == nil { try writers[writer].execute("BEGIN") }
        let result = try writers[writer].query(
          "INSERT INTO events(changed) VALUES (timestamp '2026-01-01' + interval '\(tick) seconds') RETURNING id")
        open[writer, default: []].append(column == "id" ? result.integer(0, 0) ?? 0 : tick)
      case 5..<8: if open[writer] != nil { try end(writer, random.chance(85) ? "COMMIT" : "ROLLBACK") }
      default: try await look()
      }
    }
    try await look()
    for writer in open.keys.sorted() { try end(writer, "COMMIT") }
    try await look()
    let rows = try #require(try bed.targetRows(["id", "changed"]))
    outcome.loaded = Set(try rows.map { try #require(column == "id" ? $0.integer("id") : Self.tick($0["changed"])) })
    #expect(outcome.loaded.count == rows.count, "seed \(seed): rows came twice")
    #expect(outcome.loaded.isSubset(of: outcome.committed.map(\.value)), "seed \(seed): rows that were never committed")
    return outcome
  }

  private static func tick(_ value: KeyValue?) -> Int? {
    guard case .text(let text)? = value else { return nil }
    let numbers = text.split { !$0.isNumber }.compactMap { Int($0) }
    return numbers[4] * 60 + numbers[5]
  }

  @Test(arguments: ["id", "changed"]) func bestEffortLosesWhatItsTextNames(column: String) async throws {
    var lost = 0
    for seed in 1...4 as ClosedRange<UInt64> {
      let outcome = try await play(seed: seed, column: column, lag: nil)
      // The words: rows committed late with a lower value are missed. Those are lost, and nothing else is.
      let late = outcome.committed.filter { outcome.lateness($0) > 0 }.map(\.value)
      #expect(outcome.lost.map(\.value) == late, "seed \(seed)")
      #expect(outcome.guarantees.map(\.class) == [.bestEffort])
      #expect(
        outcome.guarantees.first?.text
          == "rows committed late with a lower \(column) are missed; set synchronization.watermarkLag to bound it")
      lost += late.count
    }
    #expect(lost > 0, "nobody was late")
  }

  @Test(arguments: ["id", "changed"]) func lagBoundedLosesNothingWithinTheLag(column: String) async throws {
    var (late, lost) = (0, 0)
    for seed in 1...4 as ClosedRange<UInt64> {
      let lag = 8
      let outcome = try await play(
        seed: seed, column: column, lag: column == "id" ? .amount(Decimal(lag)) : .duration(.seconds(lag)))
      #expect(
        outcome.lost.map(\.value) == outcome.committed.filter { outcome.lateness($0) > lag }.map(\.value),
        "seed \(seed)")
      #expect(outcome.guarantees.map(\.class) == [.lagBounded])
      #expect(
        outcome.guarantees.first?.text
          == "rows committed up to \(column == "id" ? "8" : "PT8S") late are read again and merged by key")
      late += outcome.committed.count { outcome.lateness($0) > 0 && outcome.lateness($0) <= lag }
      lost += outcome.lost.count
      // A lag as long as the longest transaction loses nothing at all.
      let patient = try await play(
        seed: seed, column: column, lag: column == "id" ? .amount(1000) : .duration(.seconds(1000)))
      #expect(patient.lost.isEmpty, "seed \(seed)")
    }
    #expect(late > 0 && lost > 0, "nobody was late, or nobody too late")
  }

  /// Transactions on SQL Server's stand-in: the version of a row that is not committed yet holds the watermark back.
  @Test func exactLosesNothing() async throws {
    let database = try await TDSServer.shared().database()
    try await database.set(["snapshot_isolation_state": 1])
    for seed in 1...3 as ClosedRange<UInt64> {
      var random = SeededGenerator(seed: seed)
      let scratch = try ScratchFolder()
      defer { withExtendedLifetime(scratch) {} }
      let folder = scratch.path
      let bed = try SQLServerBed(folder: folder, database: database, table: "events\(seed)")
      try bed.write(["CREATE TABLE \(bed.table) (id int PRIMARY KEY, v int NOT NULL, r rowversion)"])
      let road = try Road(
        bed, folder: folder,
        workflow: Workflow(tables: [
          TableConfiguration(
            source: ObjectReference(tableName: bed.table), target: TargetReference(tableName: bed.table),
            synchronization: Synchronization(strategy: .watermark, watermarkColumn: "r", trackModifications: true))
        ]))
      let writers = try (0..<3).map { _ in try SQLServerBed.connect(database) }
      for writer in writers { try writer.setAutocommit(false) }
      // What each open transaction wrote, in the order in which versions were given out.
      var open: [Int: [(id: Int, v: Int, turn: Int)]] = [:]
      var committed: [Int: (v: Int, turn: Int)] = [:]
      var held = 0
      func look() async throws {
        let change = try await road.refresh()
        #expect(
          change.guarantees.last?.class == .exact
            && change.guarantees.last?.text.contains("MIN_ACTIVE_ROWVERSION") == true)
        let rows = try bed.targetRows(["id", "v"]) ?? []
        let found = Dictionary(
          uniqueKeysWithValues: rows.compactMap { row in row.integer("id").map { ($0, row.integer("v")) } })
        let limit = open.values.joined().map(\.turn).min() ?? .max
        for (id, row) in committed {
          if row.turn < limit {
            #expect(found[id] == row.v, "seed \(seed): row \(id) is lost")
          } else if found[id] != row.v {
            held += 1
          }
        }
        #expect(Set(found.keys).isSubset(of: committed.keys), "seed \(seed): rows that were never committed")
      }
      for turn in 0..<60 {
        let writer = random.number(0..<3)
        switch random.number(0..<10) {
        case 0..<5:
          // Rows are one writer's own, so that nobody waits for a lock.
          let mine = committed.keys.filter { $0 % 3 == writer }.sorted()
          if let id = mine.randomElement(using: &random), random.chance(40) {
            try writers[writer].execute("UPDATE \(bed.table) SET v = \(turn) WHERE id = \(id)")
            open[writer, default: []].append((id, turn, turn))
          } else {
            try writers[writer].execute("INSERT INTO \(bed.table)(id, v) VALUES (\(turn * 3 + writer), \(turn))")
            open[writer, default: []].append((turn * 3 + writer, turn, turn))
          }
        case 5..<8:
          for row in open.removeValue(forKey: writer) ?? [] { committed[row.id] = (row.v, row.turn) }
          try writers[writer].commit()
        default: try await look()
        }
      }
      for writer in 0..<3 {
        for row in open.removeValue(forKey: writer) ?? [] { committed[row.id] = (row.v, row.turn) }
        try writers[writer].commit()
      }
      try await look()
      #expect(held > 0, "seed \(seed): no transaction held the watermark back")
    }
  }
}
