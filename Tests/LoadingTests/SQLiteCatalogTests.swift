import Catalogs
import Foundation
import Loading
import Plans
import Testing

@Suite struct SQLiteCatalogTests {
  @Test func aFileThatIsNotThereIsAnEmptyTargetAndStaysAway() throws {
    let world = try World()
    let name = ObjectName(table: "t")
    #expect(try world.session().tables([name]).isEmpty)
    #expect(try world.session().hasRows(name) == false)
    #expect(try world.session().ledger([name]).isEmpty)
    #expect(!FileManager.default.fileExists(atPath: world.path))
  }

  @Test func columnsKeysCollationsAndDefaults() throws {
    let world = try World()
    try world.raw().run(
      """
      CREATE TABLE other (a);
      CREATE TABLE "sales.Orders" (
        Region TEXT COLLATE NOCASE NOT NULL DEFAULT 'x', Id BIGINT, amount NUMBER(10, 2),
        total GENERATED ALWAYS AS (amount * 2) VIRTUAL, blank, code TEXT UNIQUE, PRIMARY KEY (Id, Region));
      CREATE UNIQUE INDEX u1 ON "sales.Orders" (amount, code);
      CREATE UNIQUE INDEX partial ON "sales.Orders" (blank) WHERE blank > 0;
      CREATE UNIQUE INDEX expression ON "sales.Orders" (lower(code));
      """)
    let name = ObjectName(database: "DB", schema: "sales", table: "orders")
    let absent = ObjectName(table: "absent")
    let found = try world.session().tables([name, absent])
    #expect(found.count == 1)
    let table = try #require(found[name])
    #expect(table.name == name)
    #expect(table.kind == .table)
    #expect(table.columns.map(\.name) == ["Region", "Id", "amount", "total", "blank", "code"])
    #expect(table.columns.map(\.declaredType) == ["TEXT", "BIGINT", "NUMBER(10, 2)", "", "", "TEXT"])
    #expect(table.columns.map(\.isNullable) == [false, true, true, true, true, true])
    #expect(table.columns.map(\.collation) == ["NOCASE", nil, nil, nil, nil, nil])
    #expect(table.columns.map(\.isGenerated) == [false, false, false, true, false, false])
    #expect(table.columns[0].defaultValue == "'x'")
    #expect(table.columns[2].type == .decimal(precision: 10, scale: 2))
    #expect(table.columns[4].type == .variant)
    #expect(table.primaryKey == ["Id", "Region"])
    #expect(table.uniqueKeys == [["code"], ["amount", "code"]])
  }

  @Test func theRowsNumberAndWithoutRowidKeysAreNeverNull() throws {
    let world = try World()
    try world.raw().run(
      """
      CREATE TABLE a (id INTEGER PRIMARY KEY, v);
      CREATE TABLE b (id TEXT PRIMARY KEY, v);
      CREATE TABLE c (id TEXT PRIMARY KEY, v) WITHOUT ROWID;
      CREATE TABLE d (id INTEGER PRIMARY KEY, v ANY) STRICT;
      CREATE VIEW e AS SELECT 1 AS x;
      CREATE VIRTUAL TABLE f USING fts5(body);
      """)
    let names = ["a", "b", "c", "d", "e", "f"].map { ObjectName(schema: "public", table: $0) }
    let found = try world.session().tables(names)
    #expect(names.map { found[$0]?.columns[0].isNullable } == [false, true, false, false, true, true])
    #expect(names.map { found[$0]?.traits } == [[], [], ["WITHOUT ROWID"], ["STRICT"], [], []])
    #expect(names.map { found[$0]?.kind } == [.table, .table, .table, .table, .view, .virtual])
  }

  @Test func rowPresence() throws {
    let world = try World()
    try world.raw().run("CREATE TABLE t (id)")
    #expect(try world.session().hasRows(world.target) == false)
    try world.raw().run("INSERT INTO t VALUES (NULL)")
    #expect(try world.session().hasRows(world.target))
    #expect(try world.session().hasRows(ObjectName(table: "absent")) == false)
  }

  @Test(arguments: [
    "with space", "quote\"d", "it's", "dot.ted", "Ünïcode 表", "select", "[x]", "`y`", "semi;colon", "per%cent",
    "a\\b", "x--y",
  ]) func oddNames(name: String) throws {
    let world = try World([name: .integer, name + " 2": .text(length: nil)])
    world.target = ObjectName(schema: name, table: name)
    world.addressing = .rebuild
    world.metadataColumns = true
    try world.prepare()
    try world.load(1, World.rows([1: "a", 2: "b"]))
    try world.finish(parts: [1])
    #expect(try world.session().hasRows(world.target))
    let quoted = "\"" + "\(name).\(name)".replacingOccurrences(of: "\"", with: "\"\"") + "\""
    #expect(try world.raw().integer("SELECT count(*) FROM \(quoted)") == 2)
    world.addressing = .keyRange
    world.mergeKey = [name]
    try world.nextRun()
    try world.load(1, World.rows([2: "c"]), in: keys(2, nil))
    try world.load(2, World.rows([1: "d"]), by: .merge)
    #expect(try world.session().ledger([world.target])[world.target]?.entries.map(\.rows) == [1, 1])
    #expect(try world.contents("SELECT * FROM \(quoted) ORDER BY 1").map { $0[1] } == [.text("d"), .text("c")])
  }

  @Test func aViewThatIsBrokenIsNobodysConcern() throws {
    let world = try World()
    try world.raw().run("CREATE TABLE t (id INTEGER, name TEXT); CREATE VIEW v AS SELECT * FROM gone")
    #expect(try world.session().tables([world.target]).count == 1)
    try world.prepare(creates: false)
    #expect(try world.load(1, World.rows([1: "a"])).rows == 1)
  }

  @Test func manyTablesAtOnce() throws {
    let world = try World()
    let raw = try world.raw()
    try raw.run("BEGIN")
    for number in 0..<1000 { try raw.run("CREATE TABLE t\(number) (id INTEGER PRIMARY KEY, v TEXT)") }
    try raw.run("COMMIT")
    let names = (0..<2000).map { ObjectName(table: "T\($0)") }
    let found = try world.session().tables(names)
    #expect(found.count == 1000)
    #expect(
      found.allSatisfy { $0.value.columns.count == 2 && $0.value.primaryKey == ["id"] && $0.key == $0.value.name })
  }
}
