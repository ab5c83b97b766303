import Catalogs
import Extraction
import Foundation
import Plans
import Testing

@Suite struct SQLiteCatalogTests {
  @Test func everyKindOfTable() throws {
    let database = try SampleDatabase(
      """
      CREATE TABLE plain(id INTEGER PRIMARY KEY, name VARCHAR(40) NOT NULL, note);
      CREATE TABLE counted(id INTEGER PRIMARY KEY AUTOINCREMENT);
      CREATE TABLE compact(a TEXT COLLATE NOCASE, b INT, c, PRIMARY KEY(b, a)) WITHOUT ROWID;
      CREATE TABLE exact(a INTEGER, b ANY, PRIMARY KEY(a, b)) STRICT;
      CREATE TABLE computed(a INTEGER, b INTEGER AS (a + 1), c TEXT GENERATED ALWAYS AS (a || 'x') STORED);
      CREATE VIEW looked AS SELECT id, name || '!' AS shout FROM plain;
      CREATE VIEW broken AS SELECT * FROM gone;
      CREATE VIRTUAL TABLE found USING fts5(title, body);
      """)
    let tables = try database.session().allTables()
    #expect(tables.map(\.name.table) == ["compact", "computed", "counted", "exact", "found", "looked", "plain"])
    #expect(tables.map(\.kind) == [.table, .table, .table, .table, .virtual, .view, .table])
    let byName = Dictionary(uniqueKeysWithValues: tables.map { ($0.name.table, $0) })
    #expect(byName["plain"]?.traits == ["INTEGER PRIMARY KEY"])
    #expect(byName["counted"]?.traits == ["INTEGER PRIMARY KEY", "AUTOINCREMENT"])
    #expect(byName["compact"]?.traits == ["WITHOUT ROWID"])
    #expect(byName["exact"]?.traits == ["STRICT"])
    #expect(byName["compact"]?.primaryKey == ["b", "a"])
    #expect(byName["compact"]?.column("a")?.collation == "NOCASE")
    #expect(byName["computed"]?.columns.map(\.isGenerated) == [false, true, true])
    // The columns that a full-text table hides carry no rows.
    #expect(byName["found"]?.columns.map(\.name) == ["title", "body"])
    #expect(byName["looked"]?.columns.map(\.declaredType) == ["INTEGER", ""])
    let name = try #require(byName["plain"]?.column("name"))
    #expect(name == Column(name: "name", declaredType: "VARCHAR(40)", type: .text(length: 40), isNullable: false))
  }

  @Test func brokenViewAskedForByName() throws {
    let database = try SampleDatabase("CREATE VIEW broken AS SELECT * FROM gone")
    let error = try extractionError { _ = try database.session().tables([ObjectName(table: "broken")]) }
    #expect(error.code == .queryFailed)
    #expect(error.place == "table broken")
  }

  @Test func nullability() throws {
    let database = try SampleDatabase(
      """
      CREATE TABLE rowid_alias(a INTEGER PRIMARY KEY);
      CREATE TABLE text_key(a TEXT PRIMARY KEY);
      CREATE TABLE int_key(a INT PRIMARY KEY);
      CREATE TABLE descending(a INTEGER PRIMARY KEY DESC);
      CREATE TABLE compact(a TEXT PRIMARY KEY) WITHOUT ROWID;
      CREATE TABLE strict_key(a TEXT PRIMARY KEY) STRICT;
      CREATE TABLE required(a TEXT NOT NULL PRIMARY KEY);
      INSERT INTO text_key VALUES (NULL), (NULL);
      INSERT INTO int_key VALUES (NULL);
      INSERT INTO descending VALUES (NULL);
      """)
    let tables = try database.session().allTables()
    let nullable = Dictionary(uniqueKeysWithValues: tables.map { ($0.name.table, $0.columns[0].isNullable) })
    #expect(
      nullable == [
        "rowid_alias": false, "text_key": true, "int_key": true, "descending": true, "compact": false,
        "strict_key": false, "required": false,
      ])
    #expect(try database.table("descending").traits == [])
  }

  @Test func uniqueKeys() throws {
    let database = try SampleDatabase(
      """
      CREATE TABLE t(a TEXT PRIMARY KEY, b, c UNIQUE, d, e, UNIQUE(d, b));
      CREATE UNIQUE INDEX whole ON t(e, a);
      CREATE UNIQUE INDEX partial ON t(b) WHERE b > 0;
      CREATE UNIQUE INDEX computed ON t(lower(b));
      CREATE UNIQUE INDEX half_computed ON t(b, lower(c));
      CREATE INDEX plain ON t(d);
      """)
    #expect(try database.table("t").uniqueKeys == [["c"], ["d", "b"], ["e", "a"]])
    #expect(try database.table("t").primaryKey == ["a"])
  }

  @Test func namesAreComparedWithoutCaseOfASCII() throws {
    let database = try SampleDatabase("CREATE TABLE \"Größe\"(a); CREATE TABLE Orders(\"or\"\"der\")")
    let asked = [
      ObjectName(table: "GRößE"), ObjectName(table: "GRÖSSE"), ObjectName(schema: "MAIN", table: "orders"),
      ObjectName(database: "shop", schema: "main", table: "ORDERS"), ObjectName(schema: "temp", table: "orders"),
      ObjectName(table: "sqlite_schema"),
    ]
    let found = try database.session().tables(asked)
    #expect(Set(found.keys) == [asked[0], asked[2], asked[3]])
    #expect(found[asked[0]]?.name == ObjectName(table: "Größe"))
    #expect(found[asked[2]]?.name == ObjectName(table: "Orders"))
    #expect(found[asked[2]]?.columns.map(\.name) == ["or\"der"])
  }

  @Test func estimatesCountEveryRowOfASmallFile() throws {
    let database = try SampleDatabase(
      """
      CREATE TABLE fat(a INTEGER PRIMARY KEY, b TEXT);
      CREATE TABLE compact(a TEXT PRIMARY KEY, b TEXT) WITHOUT ROWID;
      CREATE TABLE empty(a);
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 7 FROM n WHERE i < 50000)
      INSERT INTO fat SELECT i, printf('%.*c', i % 9000, 'x') FROM n;
      INSERT INTO compact SELECT printf('%08d', a), b FROM fat;
      """)
    let tables = try database.session().allTables()
    #expect(tables.map(\.estimatedRows) == [7144, 0, 7144])
    #expect(tables.allSatisfy { ($0.estimatedBytes ?? 0) > 0 })
    #expect(try #require(tables[2].estimatedBytes) > 7144 * 4000)
  }

  @Test func estimatesOfALargeFileReadNoPages() throws {
    let database = try SampleDatabase(
      """
      CREATE TABLE span(a INTEGER PRIMARY KEY, b TEXT);
      CREATE TABLE huge_span(a INTEGER PRIMARY KEY);
      CREATE TABLE empty(a);
      CREATE TABLE unknown(a TEXT PRIMARY KEY) WITHOUT ROWID;
      CREATE TABLE analyzed(a TEXT PRIMARY KEY, b) WITHOUT ROWID;
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
      INSERT INTO span SELECT i * 2, printf('%.*c', 92, 'x') FROM n;
      INSERT INTO huge_span VALUES (-9223372036854775808), (9223372036854775807);
      INSERT INTO unknown VALUES ('x');
      INSERT INTO analyzed SELECT a, b FROM span;
      ANALYZE analyzed;
      """)
    let session = try SQLiteSourceSession(path: database.path, smallFile: 0)
    let tables = Dictionary(uniqueKeysWithValues: try session.allTables().map { ($0.name.table, $0) })
    #expect(tables["span"]?.estimatedRows == 1999)
    #expect(tables["span"]?.estimatedBytes.map { $0 >= 1999 * 92 && $0 <= 1999 * 100 } == true)
    #expect(tables["empty"]?.estimatedRows == 0)
    #expect(tables["unknown"]?.estimatedRows == nil)
    #expect(tables["analyzed"]?.estimatedRows == 1000)
    let pages = try database.count("SELECT page_count FROM pragma_page_count")
    #expect(tables["huge_span"]?.estimatedRows == pages * 4096 / 2)
  }

  @Test func shapeFollowsTheColumns() throws {
    let database = try SampleDatabase("CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT)")
    let before = try database.table("t").shape
    try database.run("INSERT INTO t VALUES (1, 'x')")
    #expect(try database.table("t").shape == before)
    try database.run("ALTER TABLE t ADD COLUMN c")
    #expect(try database.table("t").shape != before)
  }

  @Test func describesAThousandTables() throws {
    let database = try SampleDatabase()
    let columns = "id INTEGER PRIMARY KEY, a TEXT UNIQUE, b DECIMAL(10,2), c DATE, d"
    try database.run("BEGIN;" + (0..<1000).map { "CREATE TABLE t\($0)(\(columns));" }.joined() + "COMMIT")
    let session = try database.session()
    let tables = try session.allTables()
    #expect(tables.count == 1000)
    #expect(tables.allSatisfy { $0.columns.count == 5 && $0.primaryKey == ["id"] })
  }
}
