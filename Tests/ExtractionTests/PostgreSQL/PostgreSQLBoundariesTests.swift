import Catalogs
import Extraction
import Plans
import Testing

/// Points that cut tables: by arithmetic, histogram, sample and count, for keys of every kind.
@Suite(.blocking) struct PostgreSQLBoundariesTests {
  private func key(_ columns: [String], isNullable: Bool = false) -> PartitionKey {
    PartitionKey(columns: columns, origin: .asked, isNullable: isNullable)
  }

  /// Rows of the parts that the bounds make, the NULL part last.
  private func rows(
    _ sample: PostgreSQLSample, _ columns: [String], rowsPerPart: Int, smallTable: Int = 200_000, filter: String? = nil
  ) throws -> [Int] {
    let session = try sample.session(smallTable: smallTable)
    let table = try sample.table("t")
    let bounds = try session.boundaries(
      BoundaryRequest(table: table, filter: filter, key: key(columns), rowsPerPart: rowsPerPart))
    let found = try session.measure(
      MeasureRequest(table: table, filter: filter, key: key(columns), parts: parts(bounds, withNull: true)))
    #expect(found.parts.map(\.rows).reduce(0, +) == found.totalRows)
    return found.parts.map(\.rows)
  }

  @Test func cutsDenseNumbersByArithmetic() throws {
    let sample = try PostgreSQLSample(
      "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t SELECT generate_series(-10000, 10000) EXCEPT SELECT 5")
    let counts = try rows(sample, ["id"], rowsPerPart: 3000)
    #expect(counts.count == 8 && counts.max() == 3000 && counts.last == 0)
  }

  @Test func countsSparseNumbers() throws {
    let sample = try PostgreSQLSample(
      "CREATE TABLE t (id bigint PRIMARY KEY); INSERT INTO t SELECT i * i * 1000 FROM generate_series(1::bigint, 9999) AS i"
    )
    #expect(try rows(sample, ["id"], rowsPerPart: 1000) == Array(repeating: 1000, count: 9) + [999, 0])
  }

  @Test(arguments: [
    ("uuid", "md5(i::text)::uuid"), ("text", "'k' || i"), ("numeric(20,4)", "i * 1.25"),
    ("date", "date '2000-01-01' + i"),
    ("timestamp", "timestamp '2000-01-01' + i * interval '1.5 s'"),
    ("timestamptz", "timestamptz '2000-01-01' + i * interval '1.000001 s'"),
    ("bytea", "decode(md5(i::text), 'hex')"), ("double precision", "i / 7.0"),
    ("time", "time '00:00' + i * interval '10 ms'"),
    ("inet", "inet '10.0.0.0' + i"), ("char(8)", "i::text"), ("interval", "i * interval '1 s'"),
    ("int4range", "int4range(i, i + 1)"),
  ])
  func cutsKeysOfEveryType(type: String, value: String) throws {
    let sample = try PostgreSQLSample(
      "CREATE TABLE t (k \(type) PRIMARY KEY); INSERT INTO t SELECT \(value) FROM generate_series(1, 5000) AS i")
    #expect(try rows(sample, ["k"], rowsPerPart: 1000) == [1000, 1000, 1000, 1000, 1000, 0])
  }

  @Test func keepsEqualKeysTogether() throws {
    let sample = try PostgreSQLSample(
      """
      CREATE TYPE size AS ENUM ('small', 'large', 'huge');
      CREATE TABLE t (k size); INSERT INTO t SELECT 'small' FROM generate_series(1, 300);
      INSERT INTO t SELECT 'large' FROM generate_series(1, 1500); INSERT INTO t SELECT 'huge' FROM generate_series(1, 600);
      INSERT INTO t VALUES (NULL);
      """)
    #expect(
      try rows(sample, ["k"], rowsPerPart: 1000) == [300, 1500, 600, 1], "in the order of the type, not of its text")
  }

  @Test func cutsCompositeKeysAndCollatedText() throws {
    let sample = try PostgreSQLSample(
      """
      CREATE TABLE t (a text COLLATE "en-x-icu", b int, PRIMARY KEY (a, b));
      INSERT INTO t SELECT chr(CASE WHEN i % 2 = 0 THEN 65 ELSE 97 END + i % 13) || 'é''', i FROM generate_series(1, 4000) AS i;
      """)
    #expect(try rows(sample, ["a", "b"], rowsPerPart: 1000) == [1000, 1000, 1000, 1000, 0])
  }

  @Test func takesTheHistogram() throws {
    let sample = try PostgreSQLSample(
      "CREATE TABLE t (k text PRIMARY KEY); INSERT INTO t SELECT md5(i::text) FROM generate_series(1, 20000) AS i; ANALYZE t"
    )
    let counts = try rows(sample, ["k"], rowsPerPart: 2000, smallTable: 1000)
    #expect(counts.count == 14 && counts.dropLast().allSatisfy { (1000...2500).contains($0) }, "\(counts)")
    // The bounds are those of the histogram, which a count would not give.
    let bounds = try sample.session(smallTable: 1000).boundaries(
      BoundaryRequest(table: sample.table("t"), key: key(["k"]), rowsPerPart: 2000))
    let steps = try sample.run(
      "SELECT unnest(histogram_bounds::text::text[]) FROM pg_stats WHERE tablename = 't'"
    ).split(separator: "\n")
    #expect(bounds.allSatisfy { bound in steps.contains { bound == Bound([.text(String($0))]) } })
  }

  @Test func takesASample() throws {
    let sample = try PostgreSQLSample(
      """
      CREATE TABLE t (a int, b int); INSERT INTO t SELECT i % 1000, i FROM generate_series(1, 200000) AS i; ANALYZE t;
      """)
    let counts = try rows(sample, ["a", "b"], rowsPerPart: 20_000, smallTable: 1000, filter: "b > 0")
    #expect((12...14).contains(counts.count) && counts.max() ?? 0 < 30_000, "\(counts)")
    #expect(
      try rows(sample, ["a", "b"], rowsPerPart: 20_000, smallTable: 1000, filter: "b > 0") == counts, "the same again")
  }

  @Test func cutsOnePartOnly() throws {
    let sample = try PostgreSQLSample(
      "CREATE TABLE t (k text PRIMARY KEY); INSERT INTO t SELECT lpad(i::text, 5, '0') FROM generate_series(0, 9999) AS i"
    )
    let within = PartRange.keys(from: Bound([.text("02000")]), to: Bound([.text("05000")]))
    let bounds = try sample.session().boundaries(
      BoundaryRequest(table: sample.table("t"), key: key(["k"]), within: within, rowsPerPart: 1000))
    #expect(bounds == [Bound([.text("03000")]), Bound([.text("04000")])])
    #expect(
      try sample.session().boundaries(
        BoundaryRequest(table: sample.table("t"), key: key(["k"]), within: .nullKey, rowsPerPart: 1)) == [])
  }

  @Test func knowsWhatHasNoOrder() throws {
    let sample = try PostgreSQLSample("CREATE TABLE t (a json, b point, c jsonb, d int)")
    let session = try sample.session()
    let table = try sample.table("t")
    #expect(session.obstacle(to: key(["a"]), of: table)?.contains("no order for the type json") == true)
    #expect(session.obstacle(to: key(["b"]), of: table) != nil)
    #expect(session.obstacle(to: key(["c"]), of: table) == nil && session.obstacle(to: key(["d"]), of: table) == nil)
  }
}
