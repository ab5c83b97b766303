import Catalogs
import Loading
import Plans
import Testing

@Suite struct SQLiteFinishTests {
  private func rebuilt(_ table: String) throws -> World {
    let world = try World()
    world.addressing = .rebuild
    try world.raw().run(table)
    try world.prepare(creates: false)
    return world
  }

  @Test func theOldRowsStayUntilEveryPartIsIn() throws {
    let world = try rebuilt("CREATE TABLE t (id INTEGER, name TEXT); INSERT INTO t VALUES (9, 'old')")
    #expect(try world.load(1, World.rows([1: "a", 2: "b"]), in: keys(nil, 3)).deleted == 0)
    try world.load(2, World.rows([3: "c"]), in: keys(3, nil))
    #expect(try world.contents() == [[.integer(9), .text("old")]])
    let error = loadingError { try world.finish(parts: [1, 2, 3, 4]) }
    #expect(error?.code == .partsMissing)
    #expect(error?.message == "2 of 4 parts are not loaded (3, 4); retry the run")
    #expect(try world.contents() == [[.integer(9), .text("old")]])
    try world.finish(parts: [1, 2])
    #expect(try world.contents().map { $0[0] } == [.integer(1), .integer(2), .integer(3)])
    #expect(try world.raw().integer("SELECT count(*) FROM sqlite_schema WHERE name LIKE '%rebuild'") == 0)
  }

  @Test func finishingTwiceChangesNothing() throws {
    let world = try rebuilt("CREATE TABLE t (id INTEGER, name TEXT)")
    try world.load(1, World.rows([1: "a"]))
    try world.finish(parts: [1])
    try world.raw().run("INSERT INTO t VALUES (2, 'of somebody else')")
    let fence = try world.session().ledger([world.target])[world.target]?.fence
    try world.finish(parts: [1])
    try world.prepare(creates: false)
    #expect(try world.load(1, World.rows([1: "a"])).wasLoaded)
    #expect(try world.raw().integer("SELECT count(*) FROM t") == 2)
    #expect(try world.session().ledger([world.target])[world.target]?.fence == fence)
  }

  @Test func theTableKeepsItsKeysIndexesAndTriggers() throws {
    let world = try rebuilt(
      """
      CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT COLLATE NOCASE DEFAULT 'd', extra DEFAULT 7);
      CREATE INDEX i ON t (name);
      CREATE TABLE log (n);
      CREATE TRIGGER tr AFTER INSERT ON t BEGIN INSERT INTO log VALUES (new.id); END;
      """)
    let schema = "SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE '%scmplan%' ORDER BY name"
    let before = try world.raw().rows(schema)
    try world.load(1, [[.int(1), .null], [.int(2), .text("b")]])
    #expect(try world.raw().integer("SELECT count(*) FROM log") == 0)
    try world.finish(parts: [1])
    #expect(try world.raw().rows(schema) == before)
    #expect(try world.contents() == [[.integer(1), .null, .integer(7)], [.integer(2), .text("b"), .integer(7)]])
    #expect(try world.raw().column("SELECT n FROM log ORDER BY n") == [.integer(1), .integer(2)])
  }

  @Test func aRebuildThatBreaksAKeyLeavesTheOldRows() throws {
    let world = try rebuilt("CREATE TABLE t (id INTEGER UNIQUE, name TEXT); INSERT INTO t VALUES (9, 'old')")
    try world.load(1, World.rows([1: "a", 1: "b"]))
    let error = loadingError { try world.finish(parts: [1]) }
    #expect(error?.code == .valueRefused)
    #expect(error?.message == "the target refused a row: UNIQUE constraint failed: t.id")
    #expect(try world.contents() == [[.integer(9), .text("old")]])
  }

  @Test func aNullIsRefusedWhereTheRebuildIsLoaded() throws {
    let world = try rebuilt("CREATE TABLE t (id INTEGER, name TEXT NOT NULL)")
    let error = loadingError { try world.load(1, [[.int(1), .text("a")], [.int(2), .null]]) }
    #expect(error?.code == .valueRefused)
    #expect(error?.message.contains("row 2 of part-1.parquet") == true)
  }

  @Test func rowsOfSomebodyElseInTheRebuildAreNoticed() throws {
    let world = try rebuilt("CREATE TABLE t (id INTEGER, name TEXT)")
    try world.load(1, World.rows([1: "a"]))
    try world.raw().run("INSERT INTO t__scmplan_rebuild VALUES (2, 'b')")
    #expect(loadingError { try world.finish(parts: [1]) }?.code == .countMismatch)
    try world.raw().run("DROP TABLE t__scmplan_rebuild")
    #expect(loadingError { try world.finish(parts: [1]) }?.code == .shapeChanged)
  }

  @Test func aTriggerThatSwallowsRowsOfTheSwapIsNoticed() throws {
    let world = try rebuilt(
      """
      CREATE TABLE t (id INTEGER, name TEXT);
      CREATE TRIGGER tr AFTER INSERT ON t WHEN new.id = 2 BEGIN DELETE FROM t WHERE id = 2; END;
      """)
    try world.load(1, World.rows([1: "a", 2: "b"]))
    #expect(loadingError { try world.finish(parts: [1]) }?.code == .countMismatch)
    #expect(try world.raw().integer("SELECT count(*) FROM t__scmplan_rebuild") == 2)
  }

  @Test func metadataColumnsComeAlong() throws {
    let world = try World()
    world.addressing = .rebuild
    world.metadataColumns = true
    try world.prepare()
    try world.load(4, World.rows([1: "a"]))
    try world.finish(parts: [4])
    #expect(
      try world.contents(
        "SELECT id, _SCMPLAN_RUN, _SCMPLAN_PART, _SCMPLAN_LOADED_AT LIKE '____-__-__ __:__:__Z' FROM t")
        == [[.integer(1), .integer(1), .integer(4), .integer(1)]])
  }

  @Test func anOlderRunCannotEndANewersTable() throws {
    let world = try rebuilt("CREATE TABLE t (id INTEGER, name TEXT)")
    try world.load(1, World.rows([1: "a"]))
    try world.nextRun()
    world.run = 1
    #expect(loadingError { try world.finish(parts: [1]) }?.code == .fenced)
  }
}
