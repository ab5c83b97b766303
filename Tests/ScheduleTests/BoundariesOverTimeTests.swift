import Foundation
import Plans
import Store
import Support
import Testing
import Workflows

/// Tables whose rows come and go where they like: parts that nobody touched stay, with their numbers, digests and rows, and what
/// moves is no more than the rows of the parts that were touched.
@Suite struct BoundariesOverTimeTests {
  private static let size = 10
  private static let numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100)"

  /// A way for the table to change, again and again.
  private struct Change {
    var name: String
    var rounds: [String]
  }

  private static let changes = [
    Change(
      name: "grows at the end",
      rounds: (0..<12).map { "\(numbers) INSERT INTO t SELECT \(20_000 + $0 * 100) + i, i FROM n WHERE i <= 7" }),
    Change(
      name: "grows in the middle",
      rounds: (0..<6).map { "\(numbers) INSERT INTO t SELECT \(5001 + $0 * 100) + i, i FROM n WHERE i <= 25" }),
    Change(
      name: "shrinks",
      rounds: [
        "DELETE FROM t WHERE k > 2000 AND k < 7000 AND k % 900", "DELETE FROM t WHERE k < 1500",
        "DELETE FROM t WHERE k % 200 AND k < 9000", "DELETE FROM t WHERE k <> 9900",
      ]),
    Change(
      name: "changes its keys' distribution",
      rounds: [
        "UPDATE t SET k = k + 1000000 WHERE k > 5000", "UPDATE t SET k = k / 100 + 300 WHERE k < 5000",
        "UPDATE t SET k = k - 1000000 WHERE k > 1000000 AND v % 2",
      ]),
    Change(
      name: "has rows that move from part to part",
      rounds: [
        "UPDATE t SET k = 8550 WHERE k = 1500", "UPDATE t SET k = 1550 WHERE k = 8550",
        "UPDATE t SET k = NULL WHERE v = 7",
      ]
    ),
  ]

  @Test(arguments: 0..<changes.count, [false, true])
  func onlyWhatWasTouchedMoves(number: Int, metadataColumns: Bool) async throws {
    let given = Self.changes[number]
    let scratch = try ScratchFolder()
    defer { withExtendedLifetime(scratch) {} }
    let bed = try SQLiteBed(folder: scratch.path, isLogged: false)
    try bed.write([
      "CREATE TABLE t (k INTEGER, v INTEGER)", "CREATE UNIQUE INDEX u ON t (k)",
      "\(Self.numbers) INSERT INTO t SELECT i * 100, i FROM n",
    ])
    let road = try Road(
      bed, folder: scratch.path,
      workflow: Workflow(tables: [
        TableConfiguration(
          source: ObjectReference(tableName: "t"),
          target: TargetReference(tableName: "t", metadataColumns: metadataColumns), columnNamesToPartitionBy: ["k"],
          synchronization: Synchronization(strategy: .checksum, onShrink: .allow),
          partitionSize: .maxRowsPerPartition(Self.size))
      ]))
    try await road.refresh()
    let order = KeyOrder(columns: ["k"], ignoresCase: false)
    var was = try rows(bed.source.server)
    for (round, sql) in given.rounds.enumerated() {
      let label: Comment = "\(given.name), round \(round)"
      let before = try parts(road)
      try bed.write([sql])
      let now = try rows(bed.source.server)
      let plan = try road.plan()
      try await road.apply(plan)
      let change = plan.tables[0]
      let after = try parts(road)

      // Once, wherever it came from.
      #expect(try rows(bed.target.server) == now, label)
      #expect(after.reduce(0) { $0 + $1.rows } == now.count, label)
      #expect(after.allSatisfy { $0.loadedBy != nil && $0.digest?.rows == $0.rows }, label)
      #expect(try road.plan().tables[0].action == .none, label)

      let touched = before.filter { part in
        was.filter { order.has($0, in: part.part.range) } != now.filter { order.has($0, in: part.part.range) }
      }
      let untouched = before.filter { part in !touched.contains { $0.part.id == part.part.id } }
      #expect(!touched.isEmpty && !untouched.isEmpty || now.count < Self.size, label)
      // Small neighbours may join what moves anyway.
      for part in untouched where part.rows > Self.size / 4 { #expect(after.contains(part), label) }
      let most = touched.reduce(0) { sum, part in sum + now.count { order.has($0, in: part.part.range) } }
      let moved = change.parts.reduce(0) { $0 + ($1.rows ?? 0) }
      #expect(moved <= most + untouched.count { $0.rows <= Self.size / 4 } * Self.size / 4, label)
      #expect(after.allSatisfy { $0.rows <= Self.size || $0.part.range == .nullKey }, label)
      was = now
    }
    // What shrank has fewer parts than before, and what grew has as many as its rows need.
    let ranges = try parts(road).count { $0.part.range != .nullKey }
    if given.name == "shrinks", !metadataColumns { #expect(ranges <= 3) }
    #expect(ranges >= was.count / Self.size)
  }

  private func parts(_ road: Road) throws -> [PartState] {
    try #require(try road.store.tableStates(workflow: "schedule").first).parts
  }

  /// In the order of `v`, which never changes.
  private func rows(_ path: String) throws -> [Row] {
    try #require(try SQLiteRows.read(path, "t", ["k", "v"])).sorted {
      ($0.integer("v") ?? 0, $0.integer("k") ?? 0) < ($1.integer("v") ?? 0, $1.integer("k") ?? 0)
    }
  }
}
