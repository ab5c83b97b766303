import Catalogs
import Foundation
import Loading
import Plans
import Snowflake
import Support
import Testing

/// Rows whose key is not staged leave a Snowflake table: the statements, and what they do in the bench.
@Suite(.serialized, .blocking) struct SnowflakeRemovalTests {
  @Test func theStatementsOfARemoval() throws {
    let load = SnowflakeLoadTests.load(.remove, range: keys(10, 20), mergeKey: ["ID"], metadata: true)
    #expect(
      load.definitions.map(\.sql) == [
        "CREATE OR REPLACE TRANSIENT TABLE DB.S.ORDERS__SCMPLAN_MERGE_7_3_2 (ID NUMBER(19,0))"
      ])
    let steps = try load.rows()
    #expect(steps.map(\.purpose).suffix(2) == [.measure, .makeRoom])
    #expect(steps[2].sql.hasPrefix("COPY INTO DB.S.ORDERS__SCMPLAN_MERGE_7_3_2 (ID)\n"))
    #expect(!steps[2].sql.contains("Name"))
    #expect(
      steps[3].sql == "SELECT COUNT(*) AS N FROM DB.S.ORDERS WHERE ID IS NOT NULL AND ID >= 10 AND ID < 20")
    #expect(
      steps[4].sql == """
        DELETE FROM DB.S.ORDERS AS t USING (
          SELECT DISTINCT r.ID FROM (SELECT ID FROM DB.S.ORDERS WHERE ID IS NOT NULL AND ID >= 10 AND ID < 20) AS r
          LEFT JOIN (SELECT ID, 1 AS SCMPLAN_STAYS FROM DB.S.ORDERS__SCMPLAN_MERGE_7_3_2) AS s
          ON r.ID = s.ID
          WHERE s.SCMPLAN_STAYS IS NULL
        ) AS g WHERE t.ID = g.ID
        """)
    #expect(load.clearing.map(\.sql).last == "DROP TABLE IF EXISTS DB.S.ORDERS__SCMPLAN_MERGE_7_3_2")
    #expect(loadingError { _ = try SnowflakeLoadTests.load(.remove).rows() }?.message.contains("needs a key") == true)
  }

  @Test func keysThatMayBeNullAreComparedSo() throws {
    let sql = try #require(
      try SnowflakeLoadTests.load(.remove, range: .whole, mergeKey: ["ID", "Name"]).rows().last?.sql)
    #expect(sql.contains("ON r.ID = s.ID AND r.\"Name\" IS NOT DISTINCT FROM s.\"Name\""))
    #expect(sql.contains("WHERE t.ID = g.ID AND t.\"Name\" IS NOT DISTINCT FROM g.\"Name\""))
    #expect(sql.contains("FROM (SELECT ID, \"Name\" FROM DB.S.ORDERS) AS r"))
  }

  private func remove(
    _ world: SnowflakeWorld, keeping rows: [[Staged]], in range: PartRange = .whole, part: Int, attempt: Int = 1,
    limit: RemovalLimit? = nil
  ) throws -> LoadResult {
    let columns = world.columns.filter { world.mergeKey.contains($0.target) }
    var request = try world.request(part, [], in: range, by: .remove, attempt: attempt)
    request.staged = try world.files.staged(rows.isEmpty ? [] : [rows], columns: columns)
    request.staged.holdsKeys = true
    request.removal = limit
    return try world.session().load(request)
  }

  private func loaded() async throws -> SnowflakeWorld {
    let world = try await SnowflakeWorld()
    world.mergeKey = ["ID"]
    try world.prepare()
    try world.load(1, [[.int(1), .text("a")], [.int(2), .text("b")], [.int(12), .text("c")], [.null, .text("n")]])
    try world.finish(parts: [1])
    try world.nextRun()
    return world
  }

  @Test func rowsWithoutAStagedKeyGoOthersStay() async throws {
    let world = try await loaded()
    #expect(
      try remove(world, keeping: [[.int(1)], [.int(7)]], in: keys(nil, 10), part: 2)
        == LoadResult(rows: 0, deleted: 1, wasLoaded: false))
    #expect(try world.rows() == [["1", "a"], ["12", "c"], [nil, "n"]])
    #expect(try remove(world, keeping: [], in: .nullKey, part: 3).deleted == 1)
    #expect(try remove(world, keeping: [[.int(1)], [.int(12)], [.null]], part: 4).deleted == 0)
    #expect(try world.rows() == [["1", "a"], ["12", "c"]])
    try world.finish(parts: [2, 3, 4])
  }

  @Test func nullMatchesNullAndTextsMatchByteByByte() async throws {
    let world = try await loaded()
    world.mergeKey = ["ID", "NAME"]
    let kept: [[Staged]] = [
      [.int(1), .text("A")], [.int(2), .text("b")], [.int(12), .text("c ")], [.null, .text("n")],
    ]
    #expect(try remove(world, keeping: kept, part: 2).deleted == 2)
    #expect(try world.rows() == [["2", "b"], [nil, "n"]])
  }

  @Test func aRemovalIsDoneOnceAndLeavesNothingBehind() async throws {
    let world = try await loaded()
    #expect(try remove(world, keeping: [[.int(1)]], in: keys(nil, 10), part: 2).deleted == 1)
    try world.load(3, [[.int(5), .text("new")]], by: .append)
    #expect(
      try remove(world, keeping: [[.int(1)]], in: keys(nil, 10), part: 2, attempt: 2)
        == LoadResult(rows: 0, deleted: 1, wasLoaded: true))
    #expect(try world.rows().count == 4)
    let beside = try world.rows(
      "SELECT COUNT(*) FROM \(world.database).INFORMATION_SCHEMA.TABLES WHERE TABLE_NAME LIKE '%MERGE%'")
    #expect(beside == [["0"]])
  }

  @Test func moreThanThePlanSawAndMoreThanStaysIsRefused() async throws {
    let world = try await loaded()
    let limit = RemovalLimit(planned: 1, isOff: false)
    let error = loadingError { _ = try remove(world, keeping: [[.int(1)]], part: 2, limit: limit) }
    #expect(error?.code == .shrank && error?.message.contains("3 of the part's 4 rows") == true)
    #expect(try world.rows().count == 4)
    #expect(
      try remove(
        world, keeping: [[.int(1)]], part: 2, attempt: 2, limit: RemovalLimit(planned: 1, isOff: true)
      ).deleted == 3)
  }

  @Test func rowsAreFoundInTheirParts() async throws {
    let world = try await loaded()
    func found(_ wanted: Set<Int>?) throws -> [Int] {
      let parts = Layout(bounds: [Bound([.integer(2)]), Bound([.integer(10)])], isNullable: true, firstID: 1).parts
      var rows = [Int](repeating: 0, count: parts.count)
      let row = try ComparedRow(columns: 1, key: [])
      try world.session().scan(
        world.target, columns: [world.columns[0]],
        in: PartedScan(key: [world.columns[0]], parts: parts, wanted: wanted), row
      ) { _, part in rows[part] += 1 }
      return rows
    }
    #expect(try found(nil) == [1, 1, 1, 1])
    #expect(try found([0, 3]) == [1, 0, 0, 1])
  }
}
