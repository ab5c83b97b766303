import Catalogs
import Loading
import Plans
import Testing

/// Rows whose key is not staged leave the target.
@Suite struct SQLiteRemovalTests {
  private static let table = "CREATE TABLE t (id INTEGER, region TEXT, v INTEGER)"

  private func world(_ table: String = table, key: [String] = ["id"]) throws -> World {
    let world = try World(["id": .integer, "region": .text(length: nil), "v": .integer])
    world.mergeKey = key
    try world.raw().run(table)
    try world.prepare(creates: false)
    return world
  }

  private func remove(
    _ world: World, keeping keys: [[Staged]], in range: PartRange = .whole, part: Int = 1, attempt: Int = 1,
    limit: RemovalLimit? = nil
  ) throws -> LoadResult {
    let columns = world.columns.filter { world.mergeKey.contains($0.target) }
    var staged = try world.staged([keys], columns: columns)
    staged.holdsKeys = true
    var request = world.request(part, range, .remove, staged, attempt: attempt)
    request.removal = limit
    return try world.session().load(request)
  }

  private func ids(_ world: World) throws -> [[Cell]] { try world.contents("SELECT id FROM t ORDER BY id") }

  @Test(arguments: [
    "CREATE TABLE t (id INTEGER PRIMARY KEY, region TEXT, v INTEGER)", table,
    "CREATE TABLE t (id INTEGER PRIMARY KEY, region TEXT, v INTEGER) WITHOUT ROWID",
    "CREATE TABLE t (id INTEGER UNIQUE, region TEXT, v INTEGER) STRICT",
  ]) func rowsWithoutAStagedKeyGoOthersStay(table: String) throws {
    let world = try world(table)
    try world.raw().run("INSERT INTO t VALUES (1, 'a', 0), (2, 'b', 0), (3, 'c', 0)")
    let result = try remove(world, keeping: [[.int(1)], [.int(3)], [.int(9)]])
    #expect(result == LoadResult(rows: 0, deleted: 1, wasLoaded: false))
    #expect(try ids(world) == [[.integer(1)], [.integer(3)]])
    #expect(try world.raw().integer("SELECT count(*) FROM sqlite_temp_schema") == 0)
    try world.finish(parts: [1])
  }

  @Test func onlyRowsOfTheRangeGo() throws {
    let world = try world()
    try world.raw().run("INSERT INTO t VALUES (1, 'a', 0), (10, 'b', 0), (15, 'c', 0), (20, 'd', 0), (NULL, 'n', 0)")
    #expect(try remove(world, keeping: [], in: keys(10, 20)).deleted == 2)
    #expect(try ids(world) == [[.null], [.integer(1)], [.integer(20)]])
    #expect(try remove(world, keeping: [], in: .nullKey, part: 2).deleted == 1)
    #expect(try ids(world) == [[.integer(1)], [.integer(20)]])
  }

  @Test func nullMatchesNullInEveryColumnOfTheKey() throws {
    let world = try world(key: ["id", "region"])
    try world.raw().run("INSERT INTO t VALUES (NULL, NULL, 0), (NULL, 'x', 0), (1, NULL, 0), (1, 'x', 0)")
    #expect(try remove(world, keeping: [[.null, .null], [.int(1), .text("x")]]).deleted == 2)
    #expect(
      try world.contents("SELECT id, region FROM t ORDER BY id") == [[.null, .null], [.integer(1), .text("x")]])
  }

  @Test func keysAreComparedByteByByte() throws {
    let world = try world("CREATE TABLE t (id INTEGER, region TEXT COLLATE NOCASE, v INTEGER)", key: ["region"])
    try world.raw().run("INSERT INTO t VALUES (1, 'a', 0), (2, 'A', 0), (3, 'a ', 0), (4, '', 0), (5, NULL, 0)")
    #expect(try remove(world, keeping: [[.text("A")], [.text("")]]).deleted == 3)
    #expect(try ids(world) == [[.integer(2)], [.integer(4)]])
  }

  @Test func rowsThatShareAKeyStayOrGoTogether() throws {
    let world = try world()
    try world.raw().run("INSERT INTO t VALUES (1, 'a', 0), (1, 'b', 0), (2, 'c', 0), (2, 'd', 0)")
    #expect(try remove(world, keeping: [[.int(1)], [.int(1)]]).deleted == 2)
    #expect(try ids(world) == [[.integer(1)], [.integer(1)]])
  }

  @Test func aRemovalIsDoneOnce() throws {
    let world = try world()
    try world.raw().run("INSERT INTO t VALUES (1, 'a', 0), (2, 'b', 0)")
    #expect(try remove(world, keeping: [[.int(1)]]).deleted == 1)
    // What a window brought since is safe from keys that are older.
    try world.raw().run("INSERT INTO t VALUES (3, 'new', 0)")
    #expect(
      try remove(world, keeping: [[.int(1)]], attempt: 2) == LoadResult(rows: 0, deleted: 1, wasLoaded: true))
    #expect(try ids(world) == [[.integer(1)], [.integer(3)]])
  }

  @Test func aRemovalOfAnOlderRunIsRefused() throws {
    let world = try world()
    try world.raw().run("INSERT INTO t VALUES (1, 'a', 0)")
    let old = world.request(1, .whole, .remove, try world.staged([[]], columns: [world.columns[0]]))
    try world.nextRun()
    #expect(loadingError { _ = try world.session().load(old) }?.code == .fenced)
    #expect(try ids(world) == [[.integer(1)]])
  }

  @Test func moreThanThePlanSawAndMoreThanStaysIsRefused() throws {
    let world = try world()
    try world.raw().run("INSERT INTO t VALUES (1, 'a', 0), (2, 'b', 0), (3, 'c', 0)")
    for planned in [nil, 1] {
      let error = loadingError {
        _ = try remove(world, keeping: [[.int(1)]], limit: RemovalLimit(planned: planned, isOff: false))
      }
      #expect(error?.code == .shrank)
      #expect(error?.message.contains("2 of the part's 3 rows left the source") == true)
      #expect(try ids(world).count == 3)
    }
    #expect(
      try remove(world, keeping: [[.int(1)], [.int(2)]], limit: RemovalLimit(planned: nil, isOff: false)).deleted == 1)
    let planned = RemovalLimit(planned: 1, isOff: false)
    #expect(try remove(world, keeping: [[.int(1)]], part: 2, limit: planned).deleted == 1)
    #expect(try remove(world, keeping: [], part: 3, limit: RemovalLimit(planned: 0, isOff: true)).deleted == 1)
  }

  @Test func aTriggerThatKeepsRowsEndsTheRemoval() throws {
    let world = try world(
      Self.table + "; CREATE TRIGGER keep BEFORE DELETE ON t BEGIN SELECT RAISE(IGNORE); END")
    try world.raw().run("INSERT INTO t VALUES (1, 'a', 0), (2, 'b', 0)")
    _ = try? remove(world, keeping: [[.int(1)]])
    #expect(try ids(world).count == 2)
    let other = try self.world(
      Self.table + "; CREATE TRIGGER bring AFTER DELETE ON t BEGIN INSERT INTO t VALUES (old.id, 'back', 1); END")
    try other.raw().run("INSERT INTO t VALUES (1, 'a', 0), (2, 'b', 0)")
    #expect(loadingError { _ = try remove(other, keeping: [[.int(1)]]) }?.code == .countMismatch)
    #expect(try ids(other).count == 2)
  }

  @Test func aRemovalWithoutAKeyIsRefused() throws {
    let world = try world(key: [])
    let request = world.request(1, .whole, .remove, try world.staged([[]]))
    #expect(loadingError { _ = try world.session().load(request) }?.code == .statementFailed)
    world.mergeKey = ["absent"]
    let other = world.request(1, .whole, .remove, try world.staged([[]]))
    #expect(loadingError { _ = try world.session().load(other) }?.code == .statementFailed)
  }

  // MARK: Looking at the target

  @Test func rowsAreFoundInTheirParts() throws {
    let world = try world(key: ["id", "region"])
    try world.raw().run(
      "INSERT INTO t VALUES (1, 'a', 0), (5, 'b', 0), (5, 'c', 0), (9, 'a', 0), (NULL, 'a', 0), (5, NULL, 0)")
    let bounds = [
      Bound([.integer(5), .text("b")]), Bound([.integer(5), .text("c")]), Bound([.integer(7), .text("")]),
    ]
    let layout = Layout(bounds: bounds, isNullable: true, firstID: 1)
    let key = Array(world.columns[...1])
    func found(_ scan: PartedScan) throws -> [Int] {
      var rows = [Int](repeating: 0, count: scan.parts.count)
      let row = try ComparedRow(columns: 2, key: [])
      try world.session().scan(world.target, columns: key, in: scan, row) { _, part in rows[part] += 1 }
      return rows
    }
    #expect(try found(PartedScan(key: key, parts: layout.parts)) == [1, 1, 1, 1, 2])
    #expect(try found(PartedScan(key: key, parts: layout.parts, wanted: [1, 4])) == [0, 1, 0, 0, 2])
    #expect(try found(PartedScan(key: [], parts: [Part(id: 1, range: .whole)])) == [6])
  }

  @Test func aThousandPartsAreFoundByAFewComparisons() throws {
    let bounds = (1..<1000).map { Bound([.integer(Int64($0))]) }
    let scan = PartedScan(key: [], parts: Layout(bounds: bounds, isNullable: false, firstID: 1).parts)
    let sql = scan.locator(isNull: "x IS NULL") { "x < \($0)" }
    var (depth, deepest) = (0, 0)
    for word in sql.split(separator: " ") {
      if word == "CASE" { depth += 1 } else if word == "END" { depth -= 1 }
      deepest = max(deepest, depth)
    }
    #expect(deepest == 10)
  }
}
