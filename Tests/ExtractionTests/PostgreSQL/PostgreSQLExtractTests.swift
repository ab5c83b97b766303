import Catalogs
import Extraction
import Foundation
import Plans
import Postgres
import Support
import Synchronization
import Testing

/// One part into files, and what may keep it from getting there.
@Suite(.blocking) struct PostgreSQLExtractTests {
  private static let numbers =
    "CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t SELECT i, 'value ' || i FROM generate_series(1, 50000) AS i"

  @Test func extractsAPartWithItsDigest() throws {
    let sample = try PostgreSQLSample(Self.numbers)
    let table = try sample.table("t")
    let key = PartitionKey(columns: ["id"], origin: .primaryKey, isNullable: false)
    let range = PartRange.keys(from: Bound([.integer(100)]), to: Bound([.integer(200)]))
    let session = try sample.session()
    let part = try session.extract(
      sample.request(table, filter: "id % 2 = 0 -- even", key: key, range: range, digestColumns: ["id", "v"])
    ) { _ in }
    #expect(part.sourceRows == 50 && part.rows == 50)
    #expect(try sample.read(part).first == ["100", "'value 100'"])
    let measured = try session.measure(
      MeasureRequest(
        table: table, filter: "id % 2 = 0", key: key,
        parts: parts([Bound([.integer(100)]), Bound([.integer(200)])], withNull: false), digestColumns: ["id", "v"]))
    #expect(measured.parts[1].digest == part.digest && part.digest?.rows == 50)
  }

  @Test func keepsItsMemoryAndSplitsItsFiles() throws {
    let sample = try PostgreSQLSample(Self.numbers)
    let table = try sample.table("t")
    let part = try sample.session().extract(sample.request(table, memory: 2 << 20, fileBytes: 50_000)) { _ in }
    #expect(part.files.count > 1 && part.rows == 50_000)
    #expect(try Set(sample.read(part)).count == 50_000)
  }

  @Test func readsViewsPartitionsAndOddNames() throws {
    let sample = try PostgreSQLSample(
      """
      CREATE TABLE cut ("we""ird" int, b text) PARTITION BY LIST (b);
      CREATE TABLE cut_a PARTITION OF cut FOR VALUES IN ('a'); CREATE TABLE cut_b PARTITION OF cut DEFAULT;
      INSERT INTO cut VALUES (1, 'a'), (2, 'b');
      CREATE VIEW seen AS SELECT * FROM cut WHERE b = 'b'; CREATE MATERIALIZED VIEW kept AS SELECT * FROM cut;
      CREATE TABLE parent (id int); CREATE TABLE child () INHERITS (parent);
      INSERT INTO parent VALUES (1); INSERT INTO child VALUES (2); CREATE TABLE empty (id int);
      """)
    #expect(try sample.extracted("cut").sorted { $0[0] < $1[0] } == [["1", "'a'"], ["2", "'b'"]])
    #expect(try sample.extracted("seen") == [["2", "'b'"]])
    #expect(try sample.extracted("kept").count == 2)
    #expect(try sample.extracted("parent").count == 2, "rows of a child are rows of its parent")
    #expect(try sample.extracted("empty") == [])
  }

  @Test func noticesAChangedOrMissingTable() throws {
    let sample = try PostgreSQLSample(Self.numbers)
    let table = try sample.table("t")
    let session = try sample.session()
    try sample.run("ALTER TABLE t ALTER COLUMN id TYPE bigint")
    #expect(try extractionError { _ = try session.extract(sample.request(table)) { _ in } }.code == .shapeChanged)
    try sample.run("ALTER TABLE t ALTER COLUMN id TYPE int; ALTER TABLE t RENAME COLUMN v TO w")
    #expect(try extractionError { _ = try session.extract(sample.request(table)) { _ in } }.code == .shapeChanged)
    try sample.run("DROP TABLE t")
    #expect(try extractionError { _ = try session.extract(sample.request(table)) { _ in } }.code == .tableMissing)
  }

  @Test func waitsForAChangeOfTheTableAndSeesItsRows() async throws {
    let sample = try PostgreSQLSample(Self.numbers)
    let table = try sample.table("t")
    let changer = try PostgresConnection(sample.settings)
    // The table is written anew under a lock, which a snapshot from before the commit would see empty.
    try changer.execute(
      "BEGIN; ALTER TABLE t ALTER COLUMN v TYPE varchar(20); ALTER TABLE t ALTER COLUMN v TYPE text USING v || ''")
    let heard = Mutex(false)
    let session = try sample.session()
    let part = try session.extract(sample.request(table)) { _ in
      // Heard while it waits for the lock: the first time, the change is committed.
      let isFirst = heard.withLock { heard in
        defer { heard = true }
        return !heard
      }
      if isFirst { try changer.execute("COMMIT") }
    }
    #expect(part.rows == 50_000)
  }

  @Test func endsWhenItsListenerThrows() throws {
    struct Stop: Error {}
    let sample = try PostgreSQLSample(Self.numbers)
    try sample.run("CREATE VIEW slow AS SELECT id, CASE WHEN id > 100 THEN pg_sleep(600)::text END AS v FROM t")
    let table = try sample.table("slow")
    let session = try sample.session()
    #expect(throws: Stop.self) { _ = try session.extract(sample.request(table)) { _ in throw Stop() } }
    #expect(!FileManager.default.fileExists(atPath: sample.stage + "/run/part"), "nothing stays staged")
    #expect(try session.tables([ObjectName(table: "t")]).count == 1, "the session goes on")
  }

  @Test func noticesACutConnectionInTheMiddle() throws {
    let sample = try PostgreSQLSample(Self.numbers)
    try sample.run("CREATE VIEW slow AS SELECT id, CASE WHEN id > 100 THEN pg_sleep(600)::text END AS v FROM t")
    let table = try sample.table("slow")
    let session = try sample.session()
    let error = try extractionError {
      _ = try session.extract(sample.request(table)) { _ in
        try sample.run(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'COPY%' AND datname = current_database()"
        )
      }
    }
    #expect(error.isTransient && error.place == "table public.slow" || error.place == "table slow", "\(error)")
    #expect(!FileManager.default.fileExists(atPath: sample.stage + "/run/part"))
  }

  @Test func obeysTheTimeLimitOfStatements() throws {
    let sample = try PostgreSQLSample(Self.numbers)
    try sample.run("CREATE VIEW slow AS SELECT id, pg_sleep(600)::text AS v FROM t")
    let table = try sample.table("slow")
    let session = try PostgreSQLSourceSession(sample.settings, statementTimeout: 1)
    let error = try extractionError { _ = try session.extract(sample.request(table)) { _ in } }
    #expect(error.code == .interrupted && error.isTransient)
  }

  @Test func tellsWhyItCannotConnect() throws {
    let sample = try PostgreSQLSample()
    func failure(_ change: (inout PostgresSettings) -> Void) throws -> ExtractionError {
      var settings = sample.settings
      change(&settings)
      return try extractionError { _ = try PostgreSQLSourceSession(settings) }
    }
    let password = try failure {
      $0.user = "needs_password"
      $0.password = "hunter2"
    }
    #expect(
      password.code == .cannotOpen && !password.isTransient && password.message.contains("check username and password"))
    #expect(!"\(password)".contains("hunter2"))
    #expect(try failure { $0.user = "needs_password" }.message.contains("give the source connection a password"))
    #expect(try failure { $0.database = "nowhere" }.message.contains("check database"))
    let port = try failure { $0.port = 1 }
    #expect(port.isTransient && port.message.contains("check host and port"))
    let plain = try failure {
      $0.user = "needs_tls"
      $0.sslMode = "disable"
    }
    #expect(plain.message.contains("sslmode"), "\(plain)")
  }

  @Test func showsTheQueryOfAPlan() throws {
    let sample = try PostgreSQLSample(Self.numbers)
    let columns = PostgreSQLSample.columns(try sample.table("t"))
    #expect(
      try sample.session().extractionQuery(
        table: ObjectName(schema: "public", table: "t"), columns: columns, filter: "id > 1")
        == #"COPY (SELECT "id", "v" FROM "public"."t" WHERE (id > 1) AND /* the part's range */) TO STDOUT (FORMAT binary)"#
    )
  }
}
