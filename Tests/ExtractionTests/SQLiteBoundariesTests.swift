import Catalogs
import Extraction
import Plans
import Testing

@Suite struct SQLiteBoundariesTests {
  private static func bounds(
    _ database: SampleDatabase, _ columns: [String], rowsPerPart: Int, filter: String? = nil, within: PartRange? = nil
  ) throws -> [Bound] {
    let table = try database.table("t")
    let isNullable = columns.contains { table.column($0)?.isNullable ?? true }
    return try database.session().boundaries(
      BoundaryRequest(
        table: table, filter: filter, key: PartitionKey(columns: columns, origin: .asked, isNullable: isNullable),
        within: within, rowsPerPart: rowsPerPart))
  }

  /// Splits `t` by the key and proves that every row is in exactly one part, by two ways of deciding it: the session's
  /// own comparison while it counts, and SQLite's while it extracts.
  private static func prove(
    _ database: SampleDatabase, _ columns: [String], rowsPerPart: Int, distinctLimit: Int? = nil, filter: String? = nil
  ) throws -> [PartMeasure] {
    let table = try database.table("t")
    let session = try database.session()
    let key = PartitionKey(
      columns: columns, origin: .asked, isNullable: columns.contains { table.column($0)?.isNullable ?? true })
    let bounds = try session.boundaries(
      BoundaryRequest(table: table, filter: filter, key: key, rowsPerPart: rowsPerPart))
    let parts = parts(bounds, withNull: key.isNullable)
    let measured = try session.measure(MeasureRequest(table: table, filter: filter, key: key, parts: parts))
    #expect(measured.totalRows == (try database.count("SELECT count(*) FROM t WHERE \(filter ?? "1")")))
    #expect(measured.parts.reduce(0) { $0 + $1.rows } == measured.totalRows)
    let plan = [
      ColumnPlan(
        source: columns[0], target: "k", sourceType: "", type: .variant, targetType: "", isNullable: true)
    ]
    for (part, found) in zip(parts, measured.parts) {
      #expect(found.part == part.id)
      let staged = try session.extract(
        database.request(
          table, columns: plan, filter: filter, key: key, range: part.range, prefix: "p\(part.id)"), progress: { _ in })
      #expect(staged.rows == found.rows, "\(part.range)")
      #expect(staged.sourceRows == found.rows)
      if part.range != .nullKey {
        #expect(found.rows > 0)
        #expect(found.rows <= (distinctLimit ?? rowsPerPart), "\(part.range)")
      }
    }
    return measured.parts
  }

  private static let numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) "

  @Test func denseRowidsAreCutByArithmetic() throws {
    let database = try SampleDatabase(
      "CREATE TABLE t(a INTEGER PRIMARY KEY, b); " + Self.numbers + "INSERT INTO t SELECT i + 100, i FROM n")
    #expect(
      try Self.bounds(database, ["a"], rowsPerPart: 300) == [401, 701, 1001].map { Bound([.integer($0)]) })
    #expect(try Self.prove(database, ["a"], rowsPerPart: 300).map(\.rows) == [300, 300, 300, 100])
    let middle = PartRange.keys(from: Bound([.integer(400)]), to: Bound([.integer(600)]))
    #expect(
      try Self.bounds(database, ["a"], rowsPerPart: 80, within: middle) == [480, 560].map { Bound([.integer($0)]) })
    #expect(try Self.bounds(database, ["a"], rowsPerPart: 5000) == [])
  }

  /// Cuts by arithmetic do not notice the missing numbers, so they show which way was taken.
  @Test func longSpansWithFewGapsAreCutByArithmetic() throws {
    let database = try SampleDatabase(
      """
      CREATE TABLE t(a INTEGER PRIMARY KEY);
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40000)
      INSERT INTO t SELECT i FROM n WHERE i % 10 <> 1 OR i = 1;
      """)
    #expect(
      try Self.bounds(database, ["a"], rowsPerPart: 10_000) == [10_001, 20_001, 30_001].map { Bound([.integer($0)]) })
    #expect(try Self.prove(database, ["a"], rowsPerPart: 10_000).map(\.rows) == [9001, 9000, 9000, 9000])
    let end = PartRange.keys(from: Bound([.integer(25_000)]), to: nil)
    #expect(try Self.bounds(database, ["a"], rowsPerPart: 9000, within: end) == [Bound([.integer(34_000)])])
    try database.run("DELETE FROM t WHERE a % 10 < 3")
    #expect(try Self.prove(database, ["a"], rowsPerPart: 10_000).map(\.rows) == [10_000, 10_000, 8000])
  }

  @Test func numbersNextToTheLargest() throws {
    let database = try SampleDatabase(
      """
      CREATE TABLE t(a INTEGER PRIMARY KEY);
      WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 9999)
      INSERT INTO t SELECT 9223372036854775807 - i FROM n;
      """)
    #expect(try Self.bounds(database, ["a"], rowsPerPart: 20_000) == [])
    #expect(try Self.prove(database, ["a"], rowsPerPart: 4000).map(\.rows) == [4000, 4000, 2000])
    let nothing = PartRange.keys(from: nil, to: Bound([.integer(.min)]))
    #expect(try Self.bounds(database, ["a"], rowsPerPart: 1, within: nothing) == [])
  }

  @Test func sparseRowidsAreRanked() throws {
    let database = try SampleDatabase(
      "CREATE TABLE t(a INTEGER PRIMARY KEY); " + Self.numbers + "INSERT INTO t SELECT i * i * i - 7777 FROM n")
    #expect(try Self.prove(database, ["a"], rowsPerPart: 250).map(\.rows) == [250, 250, 250, 250])
    try database.run("INSERT INTO t VALUES (-9223372036854775808), (9223372036854775807)")
    #expect(try Self.prove(database, ["a"], rowsPerPart: 300).map(\.rows) == [300, 300, 300, 102])
  }

  @Test func filteredRowidsAreRanked() throws {
    let database = try SampleDatabase(
      "CREATE TABLE t(a INTEGER PRIMARY KEY); " + Self.numbers + "INSERT INTO t SELECT i FROM n")
    #expect(try Self.prove(database, ["a"], rowsPerPart: 50, filter: "a % 10 = 0 OR a = 7").count == 3)
  }

  @Test func emptyTable() throws {
    let database = try SampleDatabase("CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT)")
    #expect(try Self.bounds(database, ["a"], rowsPerPart: 1) == [])
    #expect(try Self.bounds(database, ["b"], rowsPerPart: 1) == [])
    #expect(try Self.bounds(database, ["b"], rowsPerPart: 1, within: .nullKey) == [])
  }

  @Test func equalKeysStayTogether() throws {
    let database = try SampleDatabase(
      "CREATE TABLE t(a INT); " + Self.numbers + "INSERT INTO t SELECT CASE WHEN i <= 500 THEN 3 ELSE i % 7 END FROM n")
    let found = try Self.prove(database, ["a"], rowsPerPart: 100, distinctLimit: 572)
    #expect(found.map(\.rows).max() == 572 - 1)
    #expect(found.count == 8)
  }

  @Test func textWithoutCase() throws {
    let database = try SampleDatabase(
      """
      CREATE TABLE t(a TEXT COLLATE NOCASE);
      \(Self.numbers)
      INSERT INTO t SELECT CASE i % 3 WHEN 0 THEN 'Key' WHEN 1 THEN 'kEY' ELSE 'KEY[' END || (i / 4) FROM n;
      INSERT INTO t VALUES (NULL), (''), ('É'), ('é'), ('key' || char(0) || 'x');
      """)
    _ = try Self.prove(database, ["a"], rowsPerPart: 90)
  }

  @Test func textWithoutTrailingSpaces() throws {
    let database = try SampleDatabase(
      """
      CREATE TABLE t(a TEXT COLLATE RTRIM);
      \(Self.numbers) INSERT INTO t SELECT 'k' || (i / 9) || printf('%.*c', i % 3, ' ') FROM n;
      """)
    _ = try Self.prove(database, ["a"], rowsPerPart: 40)
  }

  @Test func realsAndWholeNumbersInOneOrder() throws {
    let database = try SampleDatabase(
      """
      CREATE TABLE t(a);
      \(Self.numbers)
      INSERT INTO t SELECT CASE i % 4 WHEN 0 THEN i WHEN 1 THEN i + 0.0 WHEN 2 THEN i / 3.0 ELSE i - 0.5 END FROM n;
      INSERT INTO t VALUES (9007199254740993), (9007199254740992.0), (9223372036854775807), (9.3e18), (-9.3e18),
        (9e999), (-9e999), (-0.0), (0), (5e-324), (-9223372036854775808), (-9223372036854775808.0);
      """)
    _ = try Self.prove(database, ["a"], rowsPerPart: 37)
    try database.run("DELETE FROM t WHERE a BETWEEN 2 AND 1000")
    _ = try Self.prove(database, ["a"], rowsPerPart: 1, distinctLimit: 4)
  }

  @Test func everyStorageClassInOneKey() throws {
    let database = try SampleDatabase(
      """
      CREATE TABLE t(a);
      \(Self.numbers)
      INSERT INTO t SELECT CASE i % 6 WHEN 0 THEN NULL WHEN 1 THEN i WHEN 2 THEN i / 7.0 WHEN 3 THEN 'text ' || i
        WHEN 4 THEN CAST('blob' || i AS BLOB) ELSE CAST(x'ff' || i AS TEXT) END FROM n;
      INSERT INTO t VALUES (''), (x''), ('a' || char(0) || 'b'), ('😀'), (x'00'), ('1'), ('1.0'), (1), (1.0);
      """)
    // Texts that are not UTF-8 can begin no part, so the part before them takes them all.
    let found = try Self.prove(database, ["a"], rowsPerPart: 20, distinctLimit: 20 + 167)
    #expect(found.last?.rows == 166)
  }

  @Test func bytes() throws {
    let database = try SampleDatabase(
      "CREATE TABLE t(a BLOB PRIMARY KEY) WITHOUT ROWID; " + Self.numbers
        + "INSERT INTO t SELECT unhexed FROM (SELECT CAST(printf('%c%d', i % 200 + 1, i) AS BLOB) AS unhexed FROM n)")
    _ = try Self.prove(database, ["a"], rowsPerPart: 100)
  }

  @Test func compositeKeys() throws {
    let database = try SampleDatabase(
      """
      CREATE TABLE t(a TEXT COLLATE NOCASE, b REAL, c INT, PRIMARY KEY(a, b, c)) WITHOUT ROWID;
      \(Self.numbers)
      INSERT INTO t SELECT CASE WHEN i % 2 THEN 'x' ELSE 'X' || (i % 10) END, i % 25 / 2.0, i FROM n;
      """)
    _ = try Self.prove(database, ["a", "b", "c"], rowsPerPart: 33)
    _ = try Self.prove(database, ["b", "a"], rowsPerPart: 33, distinctLimit: 40)
  }

  @Test func compositeKeysWithNulls() throws {
    let database = try SampleDatabase(
      """
      CREATE TABLE t(a INT, b TEXT);
      \(Self.numbers)
      INSERT INTO t SELECT nullif(i % 10, 3), nullif('k' || (i % 7), 'k2') FROM n;
      """)
    let found = try Self.prove(database, ["a", "b"], rowsPerPart: 60)
    #expect(found.last?.rows == (try database.count("SELECT count(*) FROM t WHERE a IS NULL OR b IS NULL")))
  }

  @Test func viewsAreComparedByteByByte() throws {
    let database = try SampleDatabase(
      """
      CREATE TABLE base(a TEXT COLLATE NOCASE);
      \(Self.numbers) INSERT INTO base SELECT CASE WHEN i % 2 THEN 'abc' ELSE 'ABC' END || (i % 50) FROM n;
      CREATE VIEW t AS SELECT a, a || '' AS computed, "a" || "literal" AS odd FROM base;
      """)
    _ = try Self.prove(database, ["a"], rowsPerPart: 100)
    _ = try Self.prove(database, ["computed", "a"], rowsPerPart: 100)
  }

  @Test func generatedColumnAsKey() throws {
    let database = try SampleDatabase(
      """
      CREATE TABLE t(a INTEGER, b TEXT AS (printf('%03d', a % 100)) VIRTUAL, c INT AS (a * 2) STORED);
      \(Self.numbers) INSERT INTO t(a) SELECT i FROM n;
      """)
    _ = try Self.prove(database, ["b"], rowsPerPart: 100)
    _ = try Self.prove(database, ["c"], rowsPerPart: 100)
  }

  @Test func unknownCollationSplitsNothing() throws {
    let database = try SampleDatabase("CREATE TABLE t(a TEXT); INSERT INTO t VALUES ('a'), ('b')")
    var table = try database.table("t")
    table.columns[0].collation = "german"
    let key = PartitionKey(columns: ["a"], origin: .asked, isNullable: true)
    #expect(try database.session().boundaries(BoundaryRequest(table: table, key: key, rowsPerPart: 1)) == [])
  }
}
