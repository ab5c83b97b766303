import Catalogs
import Extraction
import ODBC
import Plans
import Support
import Testing

/// Bounds, ties and windows of watermark columns.
@Suite(.blocking, .serialized) struct SQLServerWatermarkTests {
  private func facts(_ sample: SQLServerSample, _ column: String, after: KeyValue? = nil, filter: String? = nil) throws
    -> WatermarkFacts
  {
    let session = try sample.session()
    let table = try sample.table("t", session)
    return try session.watermark(
      WatermarkRequest(
        table: table, filter: filter, column: column, after: after, digestColumns: table.columns.map(\.name)))
  }

  @Test func knowsTimesToTheLastDigit() async throws {
    let sample = try await SQLServerSample(
      """
      CREATE TABLE t (id bigint, at datetime2(7), z datetimeoffset(3), d date, o datetime, m money);
      INSERT INTO t VALUES (1, '2026-01-01 00:00:00.0000001', '2026-01-01 00:00 +05:00', '2026-01-01', '2026-01-01T00:00:00.003', 1.5),
        (2, '2026-01-01 00:00:00.0000002', '2026-01-01 00:00:00.5 +01:00', '2026-01-02', '2026-01-01T00:00:00.007', 2.25),
        (3, '2026-01-01 00:00:00.0000002', NULL, NULL, NULL, NULL), (4, NULL, NULL, NULL, NULL, NULL)
      """)
    let first = try facts(sample, "at")
    #expect(first.bound == .text("2026-01-01 00:00:00.0000002") && first.nullRows == 1 && first.newRows == 3)
    #expect(first.boundTies?.rows == 2 && first.ties == nil && first.guarantee.class == .bestEffort)
    let next = try facts(sample, "at", after: .text("2026-01-01 00:00:00.0000001"))
    #expect(next.newRows == 2 && next.ties?.rows == 1 && next.boundTies == first.boundTies)
    #expect(try facts(sample, "z").bound == .text("2025-12-31 23:00:00.500+00:00"))
    #expect(try facts(sample, "z", after: .text("2025-12-31 19:00:00.000+00:00")).newRows == 1)
    #expect(try facts(sample, "d").bound == .text("2026-01-02"))
    #expect(try facts(sample, "o").bound == .text("2026-01-01 00:00:00.007"))
    #expect(try facts(sample, "o", after: .text("2026-01-01 00:00:00.003")).newRows == 1)
    #expect(try facts(sample, "m").bound == .text("2.2500"))
    #expect(try facts(sample, "id", filter: "id < 3").bound == .integer(2))
  }

  /// A transaction that is open may still commit what it wrote: nothing at or above its lowest version is taken yet.
  @Test func takesRowversionsBelowWhatIsOpen() async throws {
    let sample = try await SQLServerSample("CREATE TABLE t (i int, r rowversion); INSERT INTO t(i) VALUES (1), (2)")
    let before = try facts(sample, "r")
    #expect(before.guarantee.class == .exact && before.newRows == 2 && before.boundTies?.rows == 1)
    var string = ODBCConnectionString()
    for (key, value) in [
      ("Driver", "FreeTDS"), ("Server", "127.0.0.1"), ("Port", "\(sample.database.server.facts.port)"),
      ("Database", sample.database.name), ("UID", sample.database.name), ("PWD", sample.database.password),
      ("TDS_Version", "7.4"),
    ] { string.add(key, value) }
    let other = try ODBCConnection(string)
    try other.setAutocommit(false)
    try other.execute("INSERT INTO t(i) VALUES (3)")
    try await sample.run("INSERT INTO t(i) VALUES (4)")
    let during = try facts(sample, "r", after: before.bound)
    #expect(during.bound == before.bound && during.newRows == 0)
    try other.commit()
    let after = try facts(sample, "r", after: before.bound)
    #expect(after.bound != before.bound && after.newRows == 2 && after.ties == before.boundTies)

    let session = try sample.session()
    let table = try sample.table("t", session)
    let window = Window(column: "r", after: before.bound, through: try #require(after.bound))
    let part = try session.extract(sample.request(table, window: window)) { _ in }
    #expect(try Set(sample.read(part).map { $0[0] }) == ["3", "4"])
  }

  @Test func noticesNewTies() async throws {
    let sample = try await SQLServerSample(
      "CREATE TABLE t (at int, v varchar(9)); INSERT INTO t VALUES (1, 'a'), (2, 'b')")
    let before = try facts(sample, "at")
    try await sample.run("INSERT INTO t VALUES (2, 'c')")
    let after = try facts(sample, "at", after: .integer(2))
    #expect(after.bound == .integer(2) && after.newRows == 0 && after.ties?.rows == 2 && after.ties != before.boundTies)
  }

  @Test func hasNoBoundWithoutValues() async throws {
    let sample = try await SQLServerSample(
      "CREATE TABLE t (at datetime2, u uniqueidentifier); INSERT INTO t VALUES (NULL, NULL)")
    let found = try facts(sample, "at")
    #expect(found.bound == nil && found.nullRows == 1 && found.newRows == 0 && found.boundTies == nil)
    #expect {
      try facts(sample, "u")
    } throws: { ($0 as? ExtractionError)?.message.contains("is no watermark") == true }
  }
}
