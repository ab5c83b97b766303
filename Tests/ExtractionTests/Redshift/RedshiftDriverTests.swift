import Catalogs
import Extraction
import Foundation
import Plans
import Postgres
import Support
import Testing

/// Redshift through psqlODBC: what every type's test compares besides is not repeated here.
@Suite(.blocking) struct RedshiftDriverTests {
  /// The part of the sample's table `t`, by libpq and through the driver.
  private func staged(
    _ sample: RedshiftSample, range: PartRange = .whole, digestColumns: [String]? = nil
  ) throws -> [StagedPart] {
    let table = try sample.table("t")
    let key = PartitionKey(columns: ["id"], origin: .primaryKey, isNullable: false)
    return try [sample.session(), sample.driverSession()].enumerated().map { index, session in
      try session.extract(
        sample.request(table, key: key, range: range, prefix: "\(index)", digestColumns: digestColumns)
      ) { _ in }
    }
  }

  /// A page has a thousand rows: none, some, full pages, and a page that is begun.
  @Test(arguments: [0, 1, 1000, 3000, 3500]) func readsPageByPageIntoTheSameFiles(rows: Int) throws {
    let sample = try RedshiftSample(
      """
      CREATE TABLE t (id int PRIMARY KEY, v varchar(40), n numeric(12,2), b varbyte, ok boolean);
      INSERT INTO t SELECT i, 'wert ä😀 \\ ''' || i, i / 4.0, decode(lpad(to_hex(i), 8, '0'), 'hex'), i % 2 = 0
        FROM generate_series(1, \(rows)) AS i;
      """)
    let parts = try staged(sample, digestColumns: ["id", "v"])
    #expect(parts[0].digest == parts[1].digest && parts[1].rows == rows)
    #expect(parts[0].files.map(\.sha256) == parts[1].files.map(\.sha256))
    #expect(parts[0].files.map(\.rows) == parts[1].files.map(\.rows))
  }

  @Test func readsARangeOfThePartsKey() throws {
    let sample = try RedshiftSample(
      "CREATE TABLE t (id int PRIMARY KEY, v varchar(9)); INSERT INTO t SELECT i, 'v' || i FROM generate_series(1, 2500) AS i"
    )
    let parts = try staged(sample, range: .keys(from: Bound([.integer(100)]), to: Bound([.integer(2000)])))
    #expect(parts.map(\.rows) == [1900, 1900])
    #expect(try sample.read(parts[0]) == sample.read(parts[1]))
  }

  /// Longer than a bound buffer, and in a later page than the first.
  @Test func aLongValueAmongShortOnesIsReadInPieces() throws {
    let sample = try RedshiftSample(
      """
      CREATE TABLE t (id int PRIMARY KEY, v varchar(65535), b varbyte, s super);
      INSERT INTO t SELECT i, repeat('ä😀', CASE i WHEN 1500 THEN 9000 ELSE 3 END),
        decode(repeat('00ff', CASE i WHEN 1700 THEN 9000 ELSE 3 END), 'hex'),
        jsonb_build_array(repeat('x', CASE i WHEN 1900 THEN 9000 ELSE 3 END))
        FROM generate_series(1, 2300) AS i;
      INSERT INTO t (id) VALUES (0);
      """)
    let parts = try staged(sample)
    #expect(parts[1].rows == 2301)
    #expect(try sample.read(parts[0]) == sample.read(parts[1]))
  }

  @Test func measuresAndCutsTheSame() throws {
    let sample = try RedshiftSample(
      """
      CREATE TABLE t (k varchar(20), i int, at timestamptz, f double precision, d date);
      INSERT INTO t SELECT 'k''?{$1\\' || i % 100, i, '2024-01-01T00:00:00.123456Z'::timestamptz + i * interval '1 s', i / 8.0, '2024-01-01'
        FROM generate_series(1, 3000) AS i;
      INSERT INTO standin.keys VALUES ('t', 'i', true, 1); ANALYZE t;
      """)
    let table = try sample.table("t")
    let sessions = try [sample.session(), sample.driverSession()]
    let named = ObjectName(table: "t")
    #expect(try sessions[1].tables([named])[named] == table && table.traits == ["DISTKEY i"])
    #expect(try sessions[1].allTables() == sessions[0].allTables())
    let key = PartitionKey(columns: ["k", "i"], origin: .asked, isNullable: true)
    let request = BoundaryRequest(
      table: table, filter: "k <> '?{'", key: key, within: nil, rowsPerPart: 400)
    let bounds = try sessions.map { try $0.boundaries(request) }
    #expect(bounds[0] == bounds[1] && bounds[0].count > 5)
    let measure = MeasureRequest(
      table: table, key: key, parts: parts(bounds[0], withNull: true), digestColumns: ["k", "i", "at", "f", "d"],
      profiles: true)
    #expect(try sessions[1].measure(measure) == sessions[0].measure(measure))
    let question = WatermarkRequest(table: table, filter: nil, column: "at", after: nil, digestColumns: ["k", "i"])
    #expect(try sessions[1].watermark(question) == sessions[0].watermark(question))
  }

  @Test func aTableThatTheLoginMayNotReadAndABadFilterAreTold() throws {
    let sample = try RedshiftSample("CREATE TABLE closed (n int); CREATE TABLE t (n int)")
    let reader = "reader_of_\(sample.standIn.database.name)"
    try sample.run("CREATE ROLE \(reader) LOGIN; GRANT SELECT ON t TO \(reader)")
    let session = try sample.driverSession(user: reader)
    let names = ["closed", "t"].map { ObjectName(schema: "public", table: $0) }
    let found = try session.tables(names)
    let open = try #require(found[names[1]])
    let closed = try #require(found[names[0]])
    try session.checkAccess(to: open)
    #expect(try extractionError { try session.checkAccess(to: closed) }.code == .notAllowed)
    try session.check(filter: "n = 1", of: open)
    let error = try extractionError { try session.check(filter: "absent > 1", of: open) }
    #expect(error.code == .badFilter && error.message.contains("absent"))
  }

  @Test func aMissingDriverAndAServerThatIsNotRedshiftAreTold() throws {
    let sample = try PostgreSQLSample()
    let missing = try extractionError { _ = try RedshiftSourceSession(sample.settings, driver: "No Such Driver") }
    #expect(missing.code == .cannotOpen && missing.message.contains("odbc-postgresql"), "\(missing)")
    let other = try extractionError { _ = try RedshiftSourceSession(sample.settings, driver: PostgreSQLSample.driver) }
    #expect(other.code == .cannotOpen && other.message.contains("is not Amazon Redshift"), "\(other)")
  }

  @Test func theUsersOwnKeysWin() throws {
    let sample = try RedshiftSample("CREATE TABLE t (n int)")
    var settings = sample.settings()
    (settings.port, settings.password) = (1, "hidden-word")
    let session = try RedshiftSourceSession(
      settings, driver: PostgreSQLSample.driver, raw: "Port=\(sample.standIn.port)")
    #expect(try session.allTables().contains { $0.name.table == "t" })
    let gone = try extractionError { _ = try RedshiftSourceSession(settings, driver: PostgreSQLSample.driver) }
    #expect(gone.isTransient && !"\(gone)".contains("hidden-word"), "\(gone)")
  }

  @Test func aConnectionCutAmongThePagesIsTransientAndLeavesNoFile() throws {
    let sample = try RedshiftSample(
      "CREATE TABLE t (n int, s varchar(99)); INSERT INTO t SELECT i, repeat('x', 90) FROM generate_series(1, 5000) AS i"
    )
    let table = try sample.table("t")
    let session = try sample.driverSession()
    try sample.standIn.setFault("cut 60000")
    let error = try extractionError { _ = try session.extract(try sample.request(table)) { _ in } }
    #expect(error.isTransient, "\(error)")
    #expect(sample.standIn.hasFired)
    let left = FileManager.default.enumerator(atPath: sample.stage)?.compactMap { $0 as? String } ?? []
    #expect(!left.contains { $0.hasSuffix(".parquet") }, "\(left)")
    #expect(try sample.driverSession().extract(try sample.request(table)) { _ in }.rows == 5000)
  }

  @Test func whoListensEndsAQuery() throws {
    struct Enough: Error {}
    let sample = try RedshiftSample(
      "CREATE VIEW slow AS SELECT i, pg_sleep(600) IS NULL AS b FROM generate_series(1, 3) AS i")
    let table = try sample.table("slow")
    #expect(throws: Enough.self) {
      _ = try sample.driverSession().extract(sample.request(table)) { _ in throw Enough() }
    }
  }

  @Test func aNullWhereThePlanHasNoneIsRefused() throws {
    let sample = try RedshiftSample("CREATE TABLE t (v varbyte); INSERT INTO t VALUES (NULL)")
    let table = try sample.table("t")
    var columns = RedshiftSample.columns(table)
    columns[0].isNullable = false
    let session = try sample.driverSession()
    let error = try extractionError { _ = try session.extract(sample.request(table, columns: columns)) { _ in } }
    #expect(error.code == .valueDoesNotFit && error.message.contains("a NULL (row 1 of the part"), "\(error)")
  }

  @Test func bytesThatThePlanHasNoRoomForAreRefusedWithTheirKey() throws {
    let sample = try RedshiftSample(
      "CREATE TABLE t (id int PRIMARY KEY, v varbyte); INSERT INTO t VALUES (7, '\\x00ff'), (41, '\\x00ff01')")
    let table = try sample.table("t")
    var columns = RedshiftSample.columns(table)
    columns[1].type = .binary(length: 2)
    for session in try [sample.session(), sample.driverSession()] {
      let error = try extractionError { _ = try session.extract(sample.request(table, columns: columns)) { _ in } }
      #expect(error.code == .valueDoesNotFit && error.place == "table public.t, column v")
      #expect(error.message.contains("key id = 41") && !error.message.contains("00ff01"), "\(error)")
    }
  }
}
