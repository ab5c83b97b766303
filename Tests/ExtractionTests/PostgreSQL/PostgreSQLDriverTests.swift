import Catalogs
import Extraction
import Foundation
import Plans
import Postgres
import Support
import Testing

/// PostgreSQL through psqlODBC: what every type's test compares besides is not repeated here.
@Suite struct PostgreSQLDriverTests {
  @Test func readsAPartInBlocksWithItsDigest() throws {
    let sample = try PostgreSQLSample(
      "CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t SELECT i, 'wert ä😀' || i FROM generate_series(1, 30000) AS i"
    )
    let table = try sample.table("t")
    let key = PartitionKey(columns: ["id"], origin: .primaryKey, isNullable: false)
    let range = PartRange.keys(from: Bound([.integer(100)]), to: nil)
    let parts = try [sample.session(), sample.driverSession()].enumerated().map { index, session in
      try session.extract(
        sample.request(table, key: key, range: range, prefix: "\(index)", digestColumns: ["id", "v"])
      ) { _ in }
    }
    #expect(parts[0].digest == parts[1].digest && parts[1].rows == 29_901)
    #expect(try Set(sample.read(parts[1])) == Set(sample.read(parts[0])))
  }

  @Test func aLongValueAmongShortOnesIsReadInPieces() throws {
    let sample = try PostgreSQLSample(
      """
      CREATE TABLE t (id int PRIMARY KEY, v text, n int, b bytea, m text);
      INSERT INTO t SELECT i, repeat('ä😀', CASE i WHEN 4000 THEN 100000 ELSE 3 END), i,
        convert_to(repeat('b', CASE i WHEN 17 THEN 70000 ELSE i % 5 END), 'UTF8'), NULLIF('m' || i % 3, 'm0')
      FROM generate_series(1, 5000) AS i
      """)
    #expect(try sample.extracted("t").count == 5000)
  }

  @Test func keysBoundariesAndWatermarksAreTheSame() throws {
    let sample = try PostgreSQLSample(
      """
      CREATE TABLE t (k text COLLATE "C", i int, at timestamptz, PRIMARY KEY (k, i));
      INSERT INTO t SELECT 'k''$1?' || i % 100, i, '2024-01-01T00:00:00.123456Z'::timestamptz + i * interval '1 s'
      FROM generate_series(1, 3000) AS i
      """)
    let table = try sample.table("t")
    let key = PartitionKey(columns: ["k", "i"], origin: .primaryKey, isNullable: false)
    let request = BoundaryRequest(table: table, filter: "k <> '$2?{'", key: key, within: nil, rowsPerPart: 400)
    let bounds = try sample.session().boundaries(request)
    #expect(try sample.driverSession().boundaries(request) == bounds && bounds.count > 5)
    let question = WatermarkRequest(table: table, filter: nil, column: "at", after: nil, digestColumns: ["k", "i"])
    #expect(try sample.driverSession().watermark(question) == sample.session().watermark(question))
  }

  @Test func aBadFilterIsExplained() throws {
    let sample = try PostgreSQLSample("CREATE TABLE t (id int)")
    let table = try sample.table("t")
    let error = try extractionError { try sample.driverSession().check(filter: "absent > 1", of: table) }
    #expect(error.code == .badFilter && error.message.contains("absent"))
  }

  @Test func aMissingDriverSaysWhichPackageHasIt() throws {
    let sample = try PostgreSQLSample()
    let error = try extractionError { _ = try PostgreSQLSourceSession(sample.settings, driver: "No Such Driver") }
    #expect(error.code == .cannotOpen && error.message.contains("odbc-postgresql"))
  }

  @Test func aWrongPasswordIsNotTriedAgainAndASilentServerIs() throws {
    let sample = try PostgreSQLSample()
    var settings = sample.settings
    (settings.user, settings.password) = ("needs_password", "hidden-word")
    let refused = try extractionError { _ = try PostgreSQLSourceSession(settings, driver: PostgreSQLSample.driver) }
    #expect(refused.code == .cannotOpen && !refused.isTransient, "\(refused)")
    #expect(!refused.description.contains("hidden-word"))
    settings = sample.settings
    settings.port = 1
    let gone = try extractionError { _ = try PostgreSQLSourceSession(settings, driver: PostgreSQLSample.driver) }
    #expect(gone.isTransient, "\(gone)")
  }

  @Test func theDriverChecksTheServersCertificate() throws {
    let sample = try PostgreSQLSample("CREATE TABLE t (n int)")
    var settings = sample.settings
    (settings.sslMode, settings.sslRootCertificate) = ("verify-full", sample.database.server.certificate)
    let session = try PostgreSQLSourceSession(settings, driver: PostgreSQLSample.driver)
    #expect(try session.allTables().map(\.name.table) == ["t"])
    // Not an authority of this server.
    settings.sslRootCertificate = sample.directory + "/it's another.crt"
    let error = try extractionError { _ = try PostgreSQLSourceSession(settings, driver: PostgreSQLSample.driver) }
    #expect(error.code == .cannotOpen && error.message.contains("it's another.crt"), "\(error)")
  }

  @Test func aSessionThatIsEndedAmongTheRowsIsTransient() throws {
    let sample = try PostgreSQLSample(
      """
      CREATE FUNCTION ending(i int) RETURNS int LANGUAGE plpgsql AS
        'BEGIN IF i = 9000 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF; RETURN i; END';
      CREATE VIEW t AS SELECT ending(i) AS i FROM generate_series(1, 20000) AS i
      """)
    let table = try sample.table("t")
    let error = try extractionError { _ = try sample.driverSession().extract(sample.request(table)) { _ in } }
    #expect(error.isTransient, "\(error)")
  }

  @Test func whoListensEndsAQuery() throws {
    struct Enough: Error {}
    let sample = try PostgreSQLSample(
      "CREATE VIEW slow AS SELECT i, pg_sleep(600) IS NULL AS b FROM generate_series(1, 3) AS i")
    let table = try sample.table("slow")
    #expect(throws: Enough.self) {
      _ = try sample.driverSession().extract(sample.request(table)) { _ in throw Enough() }
    }
  }
}
