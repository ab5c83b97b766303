import Catalogs
import Extraction
import Plans
import Testing

/// Bounds, ties and windows of watermark columns.
@Suite(.blocking) struct PostgreSQLWatermarkTests {
  private func facts(_ sample: PostgreSQLSample, _ column: String, after: KeyValue? = nil, filter: String? = nil) throws
    -> WatermarkFacts
  {
    let table = try sample.table("t")
    return try sample.session().watermark(
      WatermarkRequest(
        table: table, filter: filter, column: column, after: after, digestColumns: table.columns.map(\.name)))
  }

  @Test func knowsTimesToTheMicrosecond() throws {
    let sample = try PostgreSQLSample(
      """
      CREATE TABLE t (id int, at timestamp, z timestamptz(3), d date);
      INSERT INTO t VALUES (1, '2026-01-01 00:00:00.000001', '2026-01-01 00:00+00', '2026-01-01'),
        (2, '2026-01-01 00:00:00.000002', '2026-01-01 01:00:00.5+00', '2026-01-02'),
        (3, '2026-01-01 00:00:00.000002', NULL, NULL), (4, NULL, NULL, NULL);
      """)
    let first = try facts(sample, "at")
    #expect(first.bound == .text("2026-01-01 00:00:00.000002") && first.nullRows == 1 && first.newRows == 3)
    #expect(first.boundTies?.rows == 2 && first.ties == nil && first.guarantee.class == .bestEffort)
    let next = try facts(sample, "at", after: .text("2026-01-01 00:00:00.000001"))
    #expect(next.newRows == 2 && next.ties?.rows == 1 && next.boundTies == first.boundTies)
    #expect(try facts(sample, "z").bound == .text("2026-01-01 01:00:00.500+00"))
    #expect(try facts(sample, "d").bound == .text("2026-01-02"))
    #expect(try facts(sample, "id", filter: "id < 3").bound == .integer(2))
  }

  @Test func noticesNewTies() throws {
    let sample = try PostgreSQLSample("CREATE TABLE t (at int, v text); INSERT INTO t VALUES (1, 'a'), (2, 'b')")
    let before = try facts(sample, "at")
    try sample.run("INSERT INTO t VALUES (2, 'c')")
    let after = try facts(sample, "at", after: .integer(2))
    #expect(after.bound == .integer(2) && after.newRows == 0 && after.ties?.rows == 2 && after.ties != before.boundTies)
  }

  @Test func comparesNumbersAsNumbers() throws {
    let sample = try PostgreSQLSample("CREATE TABLE t (at int); INSERT INTO t VALUES (9), (10), (-11)")
    #expect(try facts(sample, "at").bound == .integer(10))
  }

  @Test func hasNoBoundWithoutValues() throws {
    let sample = try PostgreSQLSample("CREATE TABLE t (at timestamp); INSERT INTO t VALUES (NULL)")
    let found = try facts(sample, "at")
    #expect(found.bound == nil && found.nullRows == 1 && found.newRows == 0 && found.boundTies == nil)
  }

  @Test(arguments: [
    ("timestamp", "'infinity'"), ("numeric", "'NaN'"), ("double precision", "'NaN'"), ("date", "'infinity'"),
  ])
  func refusesABoundThatNothingFollows(type: String, value: String) throws {
    let sample = try PostgreSQLSample("CREATE TABLE t (at \(type)); INSERT INTO t VALUES (\(value))")
    let error = try extractionError { _ = try facts(sample, "at") }
    #expect(error.code == .valueDoesNotFit && error.message.contains("nothing comes after it"), "\(error)")
  }

  @Test func extractsTheWindow() throws {
    let sample = try PostgreSQLSample(
      "CREATE TABLE t (id int PRIMARY KEY, at timestamptz); INSERT INTO t SELECT i, CASE WHEN i > 1 THEN timestamptz '2026-01-01 00:00+00' + i * interval '1 s' END FROM generate_series(1, 10) AS i"
    )
    let table = try sample.table("t")
    func ids(_ window: Window) throws -> [String] {
      try sample.read(try sample.session().extract(sample.request(table, window: window)) { _ in }).map { $0[0] }
    }
    let through = KeyValue.text("2026-01-01 00:00:05.000000+00")
    #expect(
      try ids(Window(column: "at", after: nil, through: through, includesNull: true)) == ["1", "2", "3", "4", "5"])
    let after = KeyValue.text("2026-01-01 00:00:03.000000+00")
    #expect(try ids(Window(column: "at", after: after, through: through)) == ["4", "5"])
    #expect(try ids(Window(column: "at", after: after, includesAfter: true, through: through)) == ["3", "4", "5"])
  }
}
