import Catalogs
import Extraction
import Plans
import Testing

@Suite struct SQLiteWatermarkTests {
  private static func facts(
    _ database: SampleDatabase, _ column: String, after: KeyValue?, filter: String? = nil
  ) throws -> WatermarkFacts {
    let table = try database.table("t")
    return try database.session().watermark(
      WatermarkRequest(
        table: table, filter: filter, column: column, after: after, digestColumns: table.columns.map(\.name)))
  }

  @Test func boundNewRowsTiesAndNulls() throws {
    let database = try SampleDatabase(
      """
      CREATE TABLE t(a INTEGER PRIMARY KEY, w DATETIME);
      INSERT INTO t(w) VALUES ('2026-01-01'), ('2026-01-02'), ('2026-01-02'), ('2026-01-03'), (NULL);
      """)
    let first = try Self.facts(database, "w", after: nil)
    #expect(first.bound == .text("2026-01-03"))
    #expect(first.newRows == 4)
    #expect(first.nullRows == 1)
    #expect(first.ties == nil)
    #expect(first.guarantee.class == .bestEffort)
    #expect(first.guarantee.text.contains("watermarkLag"))
    let next = try Self.facts(database, "w", after: .text("2026-01-02"))
    #expect(next.newRows == 1)
    #expect(next.ties?.rows == 2)
    try database.run("INSERT INTO t(w) VALUES ('2026-01-02')")
    #expect(try Self.facts(database, "w", after: .text("2026-01-02")).ties != next.ties)
    #expect(try Self.facts(database, "w", after: .text("2026-01-02"), filter: "a < 3").ties?.rows == 1)
    #expect(try Self.facts(database, "w", after: .text("2026-01-03")).newRows == 0)
  }

  @Test func changedTieChangesTheDigest() throws {
    let database = try SampleDatabase("CREATE TABLE t(w INT, b); INSERT INTO t VALUES (1, 'x'), (2, 'y')")
    let before = try Self.facts(database, "w", after: .integer(2)).ties
    try database.run("UPDATE t SET b = 'z' WHERE w = 2")
    #expect(try Self.facts(database, "w", after: .integer(2)).ties != before)
  }

  @Test func emptyTableHasNoBound() throws {
    let database = try SampleDatabase("CREATE TABLE t(w INT)")
    let facts = try Self.facts(database, "w", after: .integer(5))
    #expect(facts.bound == nil)
    #expect(facts.newRows == 0)
    #expect(facts.ties == RowDigest())
  }

  @Test func rowidIsExactWhileTheNewestRowStays() throws {
    let database = try SampleDatabase("CREATE TABLE t(a INTEGER PRIMARY KEY, b); INSERT INTO t(b) VALUES (1), (2), (3)")
    #expect(try Self.facts(database, "a", after: nil).guarantee.class == .exact)
    #expect(try Self.facts(database, "a", after: .integer(3)).guarantee.class == .exact)
    try database.run("DELETE FROM t WHERE a > 1; INSERT INTO t(b) VALUES (9)")
    let facts = try Self.facts(database, "a", after: .integer(3))
    #expect(facts.guarantee.class == .bestEffort)
    #expect(facts.guarantee.text.contains("AUTOINCREMENT"))
    #expect(facts.ties?.rows == 0)
  }

  @Test func autoincrementIsExactWhateverIsDeleted() throws {
    let database = try SampleDatabase(
      """
      CREATE TABLE t(a INTEGER PRIMARY KEY AUTOINCREMENT, b);
      INSERT INTO t(b) VALUES (1), (2); DELETE FROM t WHERE a = 2;
      """
    )
    #expect(try Self.facts(database, "a", after: .integer(2)).guarantee.class == .exact)
  }

  @Test func mixedValuesAreOrderedAsSQLiteDoes() throws {
    let database = try SampleDatabase("CREATE TABLE t(w); INSERT INTO t VALUES (1), (2.5), ('a'), (x'00'), (NULL)")
    let facts = try Self.facts(database, "w", after: .real(2.5))
    #expect(facts.bound == .bytes([0]))
    #expect(facts.newRows == 2)
    #expect(facts.ties?.rows == 1)
  }

  @Test func watermarksThatCannotBeUsed() throws {
    let database = try SampleDatabase("CREATE TABLE t(w TEXT); INSERT INTO t VALUES (CAST(x'ff' AS TEXT))")
    let unreadable = try extractionError { _ = try Self.facts(database, "w", after: nil) }
    #expect(unreadable.code == .valueDoesNotFit)
    #expect(unreadable.place == "table t, column w")
    let missing = try extractionError { _ = try Self.facts(database, "gone", after: nil) }
    #expect(missing.message.contains("no column gone"))
    var table = try database.table("t")
    table.columns[0].collation = "german"
    let session = try database.session()
    let collated = try extractionError {
      _ = try session.watermark(
        WatermarkRequest(table: table, filter: nil, column: "w", after: nil, digestColumns: []))
    }
    #expect(collated.message.contains("german"))
  }
}
