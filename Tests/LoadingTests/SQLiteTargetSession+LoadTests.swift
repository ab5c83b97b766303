import Catalogs
import Loading
import Plans
import Testing

/// Each way of making room, with each way of finding the rows.
@Suite struct SQLiteLoadTests {
  @Test func aKeyRangeIsReplacedAndNothingElse() throws {
    let world = try World()
    try world.prepare()
    try world.raw().run("INSERT INTO t VALUES (NULL, 'n'), (1, 'a'), (5, 'b'), (9, 'c'), (10, 'd')")
    let result = try world.load(2, World.rows([5: "B", 6: "new"]), in: keys(5, 10))
    #expect(result == LoadResult(rows: 2, deleted: 2, wasLoaded: false))
    #expect(
      try world.contents("SELECT id, name FROM t ORDER BY id, name") == [
        [.null, .text("n")], [.integer(1), .text("a")], [.integer(5), .text("B")], [.integer(6), .text("new")],
        [.integer(10), .text("d")],
      ])
    #expect(try world.load(1, World.rows([0: "z"]), in: keys(nil, 5)).deleted == 1)
    #expect(try world.load(3, [], in: keys(10, nil)) == LoadResult(rows: 0, deleted: 1, wasLoaded: false))
    #expect(try world.load(4, [[.null, .text("N")]], in: .nullKey).deleted == 1)
    #expect(
      try world.contents("SELECT name FROM t ORDER BY id") == ["N", "z", "B", "new"].map { [.text($0)] })
  }

  @Test func compositeKeysCompareLeftToRight() throws {
    let world = try World(["a": .integer, "b": .text(length: nil), "v": .integer], key: ["a", "b"])
    try world.prepare()
    let rows: [(String, String)] = [
      ("1", "'x'"), ("1", "'z'"), ("2", "'a'"), ("2", "'m'"), ("3", "'a'"), ("NULL", "'q'"), ("2", "NULL"),
    ]
    for (a, b) in rows { try world.raw().run("INSERT INTO t VALUES (\(a), \(b), 0)") }
    let from = Bound([.integer(1), .text("y")])
    let to = Bound([.integer(2), .text("m")])
    let result = try world.load(1, [[.int(2), .text("b"), .int(1)]], in: .keys(from: from, to: to))
    #expect(result.deleted == 2)
    #expect(
      try world.contents("SELECT a, b FROM t WHERE a IS NOT NULL AND b IS NOT NULL ORDER BY a, b")
        == [
          [.integer(1), .text("x")], [.integer(2), .text("b")], [.integer(2), .text("m")],
          [.integer(3), .text("a")],
        ])
    #expect(try world.load(2, [], in: .nullKey).deleted == 2)
    let error = loadingError { try world.load(3, [], in: keys(1, 2)) }
    #expect(error?.code == .statementFailed)
  }

  @Test func rowsOutsideThePartsRangeAreRefused() throws {
    let world = try World()
    try world.prepare()
    let error = loadingError { try world.load(1, World.rows([1: "a", 10: "b"]), in: keys(1, 10)) }
    #expect(error?.code == .countMismatch)
    #expect(try world.contents().isEmpty)
  }

  @Test(arguments: [
    (LogicalType.timestamp(scale: 3), "2024-01-01T00:00:00", 1_704_067_200_000_000),
    (.timestamp(scale: 3), "2024-01-01 00:00:00.0000", 1_704_067_200_000_000),
    (.instant(scale: 0), "2024-01-01 00:00:00+00", 1_704_067_200_000_000),
    (.time(scale: 6), "00:00:01.5", 1_500_000), (.decimal(precision: 9, scale: 2), "1.50", 150),
    (.decimal(precision: 9, scale: 2), "2", 200), (.integer, "7", 7),
  ]) func boundsAreWrittenAsTheirColumnIs(type: LogicalType, bound: String, value: Int64) throws {
    let world = try World(["k": type])
    try world.prepare()
    let step: Int64 = type == .integer || value < 1000 ? 1 : type == .instant(scale: 0) ? 1_000_000 : 1000
    func staged(_ value: Int64) -> Staged {
      if case .decimal = type { .decimal(Int128(value)) } else { .int(value) }
    }
    try world.load(1, [value - step, value, value + step].map { [staged($0)] }, by: .append)
    let point = Bound([.text(bound)])
    #expect(try world.load(2, [], in: .keys(from: nil, to: point)).deleted == 1)
    #expect(try world.load(3, [], in: .keys(from: point, to: nil)).deleted == 2)
  }

  @Test(arguments: [
    (LogicalType.integer, "x"), (.decimal(precision: 9, scale: 2), "1.005"), (.decimal(precision: 9, scale: 2), "1e3"),
    (.instant(scale: 0), "2024-01-01 00:00:00"), (.timestamp(scale: 0), "2024-01-01 00:00:00.x"), (.float, "much"),
  ]) func aBoundThatIsNoValueOfItsColumnIsRefused(type: LogicalType, bound: String) throws {
    let world = try World(["k": type])
    try world.prepare()
    let error = loadingError { try world.load(1, [], in: .keys(from: Bound([.text(bound)]), to: nil)) }
    #expect(error?.code == .statementFailed)
    #expect(error?.description.contains(bound) == false)
  }

  @Test func boundsWithZeroBytesAndEmptyBytesAreWhole() throws {
    let world = try World(["k": .text(length: nil)])
    try world.prepare()
    try world.load(1, [[.text("a")], [.text("a\u{0}b")], [.text("a\u{0}c")]], by: .append)
    let point = Bound([.text("a\u{0}c")])
    #expect(try world.load(2, [], in: .keys(from: point, to: nil)).deleted == 1)
    let bytes = try World(["k": .binary(length: nil)])
    try bytes.prepare()
    try bytes.load(1, [[.bytes([])], [.bytes([0])]], by: .append)
    #expect(try bytes.load(2, [], in: .keys(from: Bound([.bytes([])]), to: Bound([.bytes([0])]))).deleted == 1)
  }

  @Test func thePartColumnFindsAPartAndThoseItReplaces() throws {
    let world = try World()
    world.addressing = .partColumn
    world.metadataColumns = true
    try world.prepare()
    try world.load(1, World.rows([1: "a", 2: "b"]), in: keys(nil, 3))
    try world.load(2, World.rows([3: "c"]), in: keys(3, nil))
    try world.nextRun()
    #expect(try world.load(3, World.rows([1: "A"]), in: keys(nil, 2), replaces: [1]).deleted == 2)
    #expect(try world.load(4, World.rows([2: "B"]), in: keys(2, 3), replaces: [1]).deleted == 0)
    #expect(
      try world.contents("SELECT id, name, _SCMPLAN_RUN, _SCMPLAN_PART FROM t ORDER BY id") == [
        [.integer(1), .text("A"), .integer(2), .integer(3)], [.integer(2), .text("B"), .integer(2), .integer(4)],
        [.integer(3), .text("c"), .integer(1), .integer(2)],
      ])
    let now = try world.raw().integer(
      """
      SELECT count(*) FROM t WHERE _SCMPLAN_LOADED_AT BETWEEN strftime('%Y-%m-%d %H:%M:%SZ', 'now', '-1 minute')
        AND strftime('%Y-%m-%d %H:%M:%SZ', 'now', '+1 minute')
      """)
    #expect(now == 3)
    let plan = try world.raw().rows("EXPLAIN QUERY PLAN DELETE FROM t WHERE _SCMPLAN_PART IN (1)")
    #expect("\(plan)".contains("t__scmplan_part"))
  }

  @Test func aWholeTableIsReplacedAtOnce() throws {
    let world = try World()
    world.addressing = .wholeTable
    try world.prepare()
    try world.raw().run("INSERT INTO t VALUES (1, 'x'), (NULL, NULL)")
    #expect(try world.load(1, World.rows([2: "b"])) == LoadResult(rows: 1, deleted: 2, wasLoaded: false))
    #expect(try world.contents() == [[.integer(2), .text("b")]])
  }

  @Test func appendingDeletesNothing() throws {
    let world = try World()
    try world.prepare()
    try world.raw().run("INSERT INTO t VALUES (1, 'x')")
    #expect(try world.load(1, World.rows([1: "a"]), by: .append) == LoadResult(rows: 1, deleted: 0, wasLoaded: false))
    let window = Window(column: "id", after: .integer(1), through: .integer(5))
    #expect(try world.load(2, World.rows([5: "e"]), by: .append, window: window).deleted == 0)
    #expect(try world.raw().integer("SELECT count(*) FROM t") == 3)
  }

  @Test func tiesAtTheWatermarkAreReplaced() throws {
    let world = try World(["id": .integer, "seen": .timestamp(scale: 6)])
    try world.prepare()
    let base: Int64 = 1_704_067_200_000_000
    try world.load(1, [[.int(1), .int(base)], [.int(2), .int(base + 1)], [.int(3), .int(base + 1)]], by: .append)
    let window = Window(
      column: "seen", after: .text("2024-01-01T00:00:00.000001"), includesAfter: true,
      through: .text("2024-01-01T00:00:01"))
    let rows: [[Staged]] = [
      [.int(2), .int(base + 1)], [.int(3), .int(base + 1)], [.int(4), .int(base + 1)], [.int(5), .int(base + 9)],
    ]
    #expect(try world.load(2, rows, by: .append, window: window) == LoadResult(rows: 4, deleted: 2, wasLoaded: false))
    #expect(try world.contents("SELECT id FROM t ORDER BY id") == (1...5).map { [.integer($0)] })
  }

  @Test func manyFilesMakeOnePart() throws {
    let world = try World()
    try world.prepare()
    let staged = try world.staged([World.rows([1: "a"]), [], World.rows([2: "b", 3: "c"])])
    #expect(try world.session().load(world.request(1, .whole, .replace, staged)).rows == 3)
    #expect(try world.raw().rows("SELECT files, \"rows\" FROM scmplan_ledger") == [[.integer(3), .integer(3)]])
  }

  @Test func manyRowsPassThroughManyBatches() throws {
    let world = try World()
    try world.prepare()
    let rows = (0..<20_000).map { [Staged.int($0), $0 % 7 == 0 ? .null : .text("row \($0)")] }
    try world.load(1, rows)
    #expect(
      try world.raw().rows(
        "SELECT count(*), sum(id), sum(name IS NULL), sum(name = 'row ' || id) FROM t")
        == [[.integer(20_000), .integer(199_990_000), .integer(2858), .integer(17_142)]])
  }

  @Test func columnsThatThePlanDoesNotFillKeepTheirDefaults() throws {
    let world = try World()
    try world.raw().run("CREATE TABLE t (extra TEXT DEFAULT 'd', NAME TEXT, id INTEGER, twice AS (id * 2))")
    try world.prepare(creates: false)
    try world.load(1, World.rows([4: "a"]))
    #expect(try world.contents("SELECT * FROM t") == [[.text("d"), .text("a"), .integer(4), .integer(8)]])
  }

  @Test func strictTablesKeepEveryClassUnderAny() throws {
    let world = try World(["id": .integer, "v": .variant])
    try world.raw().run("CREATE TABLE t (id INTEGER PRIMARY KEY, v ANY) STRICT")
    for addressing in [Addressing.keyRange, .rebuild] {
      world.addressing = addressing
      if addressing == .keyRange { try world.prepare(creates: false) } else { try world.nextRun() }
      try world.load(1, [[.int(1), .text("\"007\"")], [.int(2), .text("7")]])
      try world.finish(parts: [1])
      #expect(try world.raw().column("SELECT v FROM t ORDER BY id") == [.text("007"), .integer(7)])
    }
  }
}
