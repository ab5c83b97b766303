import Catalogs
import Loading
import Plans
import Testing

@Suite struct SQLiteMergeTests {
  private func world(_ table: String, key: [String] = ["id"]) throws -> World {
    let world = try World(["id": .integer, "region": .text(length: nil), "v": .integer])
    world.mergeKey = key
    try world.raw().run(table)
    try world.prepare(creates: false)
    return world
  }

  @Test(arguments: [
    "CREATE TABLE t (id INTEGER PRIMARY KEY, region TEXT, v INTEGER)",
    "CREATE TABLE t (id INTEGER, region TEXT, v INTEGER)",
    "CREATE TABLE t (id INTEGER PRIMARY KEY, region TEXT, v INTEGER) WITHOUT ROWID",
    "CREATE TABLE t (id INTEGER UNIQUE, region TEXT, v INTEGER) STRICT",
  ]) func rowsWithTheKeyAreReplacedOthersStay(table: String) throws {
    let world = try world(table)
    try world.raw().run("INSERT INTO t VALUES (1, 'a', 0), (2, 'b', 0), (3, 'c', 0)")
    let result = try world.load(
      1, [[.int(2), .text("B"), .int(1)], [.int(4), .text("D"), .int(1)]], by: .merge)
    #expect(result == LoadResult(rows: 2, deleted: 1, wasLoaded: false))
    #expect(
      try world.contents("SELECT id, region FROM t ORDER BY id") == [
        [.integer(1), .text("a")], [.integer(2), .text("B")], [.integer(3), .text("c")], [.integer(4), .text("D")],
      ])
    #expect(try world.raw().integer("SELECT count(*) FROM sqlite_temp_schema") == 0)
  }

  @Test func nullMatchesNullInEveryColumnOfTheKey() throws {
    let world = try world("CREATE TABLE t (id INTEGER, region TEXT, v INTEGER)", key: ["region", "id"])
    try world.raw().run("INSERT INTO t VALUES (NULL, NULL, 0), (NULL, 'x', 0), (1, NULL, 0), (1, 'x', 0)")
    let rows: [[Staged]] = [[.null, .null, .int(1)], [.int(1), .null, .int(1)]]
    #expect(try world.load(1, rows, by: .merge).deleted == 2)
    #expect(
      try world.contents("SELECT id, region, v FROM t ORDER BY id, region") == [
        [.null, .null, .integer(1)], [.null, .text("x"), .integer(0)], [.integer(1), .null, .integer(1)],
        [.integer(1), .text("x"), .integer(0)],
      ])
  }

  @Test func aKeyThatIsStagedTwiceIsRefused() throws {
    let world = try world("CREATE TABLE t (id INTEGER, region TEXT, v INTEGER)")
    try world.raw().run("INSERT INTO t VALUES (1, 'a', 0)")
    for key in [Staged.int(1), .null] {
      let error = loadingError {
        try world.load(1, [[key, .text("b"), .int(1)], [key, .text("c"), .int(2)]], by: .merge)
      }
      #expect(error?.code == .duplicateKey)
      #expect(error?.message.contains("(id)") == true)
    }
    #expect(try world.contents() == [[.integer(1), .text("a"), .integer(0)]])
  }

  @Test func aMergeWithoutAKeyIsRefused() throws {
    let world = try world("CREATE TABLE t (id INTEGER, region TEXT, v INTEGER)", key: [])
    #expect(loadingError { try world.load(1, [], by: .merge) }?.code == .statementFailed)
    world.mergeKey = ["absent"]
    #expect(loadingError { try world.load(1, [], by: .merge) }?.code == .statementFailed)
  }

  @Test func keysThatOnlyACollationTakesForEqualStopTheMerge() throws {
    let world = try world(
      "CREATE TABLE t (id INTEGER, region TEXT COLLATE NOCASE, v INTEGER)", key: ["region"])
    try world.raw().run("INSERT INTO t VALUES (1, 'a', 0), (2, 'b', 0)")
    #expect(try world.load(1, [[.int(3), .text("b"), .int(1)]], by: .merge).deleted == 1)
    let error = loadingError { try world.load(2, [[.int(4), .text("A"), .int(1)]], by: .merge) }
    #expect(error?.code == .countMismatch)
    #expect(try world.contents("SELECT id FROM t ORDER BY id") == [[.integer(1)], [.integer(3)]])
  }

  @Test func aColumnMayBeNamedRowid() throws {
    let world = try World(["rowid": .text(length: nil), "_rowid_": .integer, "oid": .integer])
    world.mergeKey = ["rowid"]
    try world.prepare()
    try world.load(1, [[.text("a"), .int(1), .int(1)]], by: .append)
    #expect(try world.load(2, [[.text("a"), .int(2), .int(2)]], by: .merge).deleted == 1)
    #expect(try world.contents() == [[.text("a"), .integer(2), .integer(2)]])
  }

  @Test(arguments: ["PRIMARY KEY (region, id)", "UNIQUE (id, region)"])
  func anIndexOfTheTargetIsUsed(constraint: String) throws {
    let world = try world("CREATE TABLE t (id INTEGER, region TEXT, v INTEGER, \(constraint))", key: ["region", "id"])
    let connection = try world.raw()
    try connection.run("CREATE TEMP TABLE scmplan_merge_keys (k0 TEXT, k1 INTEGER)")
    let deletion = SQLiteMerge.deletion(from: "t", rowID: "rowid", key: ["region", "id"])
    let steps = try connection.rows("EXPLAIN QUERY PLAN " + deletion).compactMap { row in
      if case .text(let detail)? = row.last { detail } else { nil }
    }
    #expect(steps.contains { $0.hasPrefix("SEARCH t USING COVERING INDEX sqlite_autoindex_t_1") }, "\(steps)")
  }
}
