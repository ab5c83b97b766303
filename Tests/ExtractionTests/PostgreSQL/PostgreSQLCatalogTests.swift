import Catalogs
import Extraction
import Plans
import Support
import Testing

/// What the catalog says of tables of every kind.
@Suite(.blocking) struct PostgreSQLCatalogTests {
  @Test func describesATable() throws {
    let sample = try PostgreSQLSample(
      """
      CREATE DOMAIN amount AS numeric(12,2) NOT NULL;
      CREATE DOMAIN price AS amount;
      CREATE TYPE mood AS ENUM ('sad', 'happy');
      CREATE TABLE "Orders" (
        region varchar(3), id bigint GENERATED ALWAYS AS IDENTITY, price price, doubled numeric GENERATED ALWAYS AS (price * 2) STORED,
        note text DEFAULT 'none', code text COLLATE "C" NOT NULL, feels mood, tags text[], day date,
        dropped int, PRIMARY KEY (region, id), UNIQUE (code) INCLUDE (note));
      ALTER TABLE "Orders" DROP COLUMN dropped;
      CREATE UNIQUE INDEX ON "Orders" (note) WHERE note IS NOT NULL;
      CREATE UNIQUE INDEX ON "Orders" (lower(note));
      COMMENT ON COLUMN "Orders".note IS 'said by the customer';
      """)
    let table = try sample.table("Orders")
    #expect(table.name == ObjectName(schema: "public", table: "Orders") && table.kind == .table)
    #expect(table.columns.map(\.name) == ["region", "id", "price", "doubled", "note", "code", "feels", "tags", "day"])
    #expect(
      table.columns.map(\.declaredType) == [
        "character varying(3)", "bigint", "numeric(12,2)", "numeric", "text", "text", "mood", "text[]", "date",
      ])
    #expect(table.columns.map(\.isNullable) == [false, false, false, true, true, false, true, true, true])
    #expect(table.primaryKey == ["region", "id"] && table.uniqueKeys == [["code"]])
    #expect(table.column("doubled")?.isGenerated == true && table.column("id")?.isGenerated == false)
    #expect(table.column("note")?.comment == "said by the customer")
    #expect(table.column("note")?.defaultValue == "'none'::text")
    // Byte order, the order of the database, and orders that are none of text.
    #expect(
      table.columns.map(\.collation) == [
        "C.UTF-8", nil, "numeric", "numeric", "C.UTF-8", nil, "mood", "text[]", "date",
      ])
  }

  @Test func findsEveryKindOfRelation() throws {
    let sample = try PostgreSQLSample(
      """
      CREATE TABLE plain (id int PRIMARY KEY);
      CREATE VIEW seen AS SELECT * FROM plain;
      CREATE MATERIALIZED VIEW kept AS SELECT * FROM plain;
      CREATE FOREIGN DATA WRAPPER nothing; CREATE SERVER far FOREIGN DATA WRAPPER nothing;
      CREATE FOREIGN TABLE away (id int) SERVER far;
      CREATE TABLE cut (id int PRIMARY KEY) PARTITION BY RANGE (id);
      CREATE TABLE cut_1 PARTITION OF cut FOR VALUES FROM (0) TO (100);
      CREATE TABLE parent (id int PRIMARY KEY); CREATE TABLE child () INHERITS (parent);
      """)
    let tables = try sample.session().allTables()
    #expect(
      tables.map(\.name.table) == ["away", "child", "cut", "kept", "parent", "plain", "seen"], "a partition is none")
    #expect(tables.map(\.kind) == [.virtual, .table, .table, .view, .table, .table, .view])
    #expect(
      tables.map(\.traits) == [["FOREIGN TABLE"], [], ["PARTITIONED"], ["MATERIALIZED VIEW"], ["INHERITED"], [], []])
    #expect(tables[2].primaryKey == ["id"])
    #expect(tables[4].primaryKey == [], "a key of the parent alone says nothing of its rows")
  }

  @Test func resolvesNames() throws {
    let sample = try PostgreSQLSample(
      "CREATE SCHEMA other; CREATE TABLE other.t (a int); CREATE TABLE t (b int); CREATE TABLE \"we\"\"ird\\\" (c int)")
    let names = [
      ObjectName(table: "t"), ObjectName(schema: "other", table: "t"), ObjectName(schema: "other", table: "u"),
      ObjectName(database: sample.database.name, schema: "public", table: "t"),
      ObjectName(database: "elsewhere", schema: "public", table: "t"), ObjectName(table: "we\"ird\\"),
    ]
    let found = try sample.session().tables(names)
    #expect(names.map { found[$0]?.columns.first?.name } == ["b", "a", nil, "b", nil, "c"])
  }

  @Test func estimatesWithoutCounting() throws {
    let sample = try PostgreSQLSample(
      """
      CREATE TABLE fresh (id int, t text); INSERT INTO fresh SELECT i, repeat('x', 50) FROM generate_series(1, 5000) AS i;
      CREATE TABLE known (id int); INSERT INTO known SELECT generate_series(1, 7000); ANALYZE known;
      CREATE TABLE empty (id int);
      CREATE TABLE cut (id int) PARTITION BY RANGE (id);
      CREATE TABLE cut_1 PARTITION OF cut FOR VALUES FROM (0) TO (1000);
      CREATE TABLE cut_2 PARTITION OF cut FOR VALUES FROM (1000) TO (3000);
      INSERT INTO cut SELECT generate_series(0, 2999); ANALYZE cut_1; ANALYZE cut_2;
      CREATE VIEW seen AS SELECT * FROM known;
      """)
    #expect(try sample.table("known").estimatedRows == 7000)
    #expect(try (3000...9000).contains(sample.table("fresh").estimatedRows ?? 0))
    #expect(try sample.table("empty").estimatedRows == 0)
    #expect(try sample.table("cut").estimatedRows == 3000)
    #expect(try sample.table("seen").estimatedRows == nil)
    #expect(try sample.table("known").estimatedBytes ?? 0 > 7000)
  }

  @Test func namesTheTableThatMayNotBeRead() throws {
    let sample = try PostgreSQLSample(
      """
      CREATE TABLE open (id int); CREATE TABLE closed (id int);
      CREATE SCHEMA hidden; CREATE TABLE hidden.there (id int);
      GRANT SELECT ON open, hidden.there TO needs_tls;
      """)
    let session = try sample.session(user: "needs_tls")
    let names = [
      ObjectName(table: "open"), ObjectName(table: "closed"), ObjectName(schema: "hidden", table: "there"),
    ]
    let found = try session.tables(names)
    try session.checkAccess(to: #require(found[names[0]]))
    for name in names[1...] {
      let table = try #require(found[name])
      let error = try extractionError { try session.checkAccess(to: table) }
      #expect(error.code == .notAllowed && error.message.contains("grant SELECT on"), "\(error)")
      let request = MeasureRequest(table: table, key: nil, parts: [Part(id: 1, range: .whole)])
      #expect(try extractionError { _ = try session.measure(request) }.code == .notAllowed)
    }
    #expect(try session.allTables().map(\.name.table) == ["open"])
  }

  @Test func refusesRowsHiddenByAPolicy() throws {
    let sample = try PostgreSQLSample(
      """
      CREATE TABLE secret (id int); INSERT INTO secret VALUES (1), (2);
      ALTER TABLE secret ENABLE ROW LEVEL SECURITY; CREATE POLICY first ON secret USING (id = 1);
      GRANT SELECT ON secret TO needs_tls;
      """)
    let session = try sample.session(user: "needs_tls")
    let table = try sample.table("secret")
    let error = try extractionError {
      _ = try session.measure(MeasureRequest(table: table, key: nil, parts: [Part(id: 1, range: .whole)]))
    }
    #expect(error.code == .notAllowed, "half of the table is not the table: \(error)")
  }

  @Test func readsManyTablesWithTheSameQuestions() throws {
    let sample = try PostgreSQLSample(
      "DO $$ BEGIN FOR i IN 1..300 LOOP EXECUTE format('CREATE TABLE t%s (id int PRIMARY KEY, a text)', i); END LOOP; END $$"
    )
    let names = (1...300).map { ObjectName(table: "t\($0)") }
    let found = try sample.session().tables(names)
    #expect(found.count == 300 && found.values.allSatisfy { $0.columns.count == 2 && $0.primaryKey == ["id"] })
  }
}
