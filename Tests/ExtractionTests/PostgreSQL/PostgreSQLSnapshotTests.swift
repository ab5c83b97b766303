import Catalogs
import Extraction
import Foundation
import Plans
import Postgres
import Support
import Testing

/// Several sessions that read in the snapshot that one of them exported.
@Suite(.blocking) struct PostgreSQLSnapshotTests {
  /// Two parts of accounts; every transfer keeps their sum.
  private static let accounts =
    "CREATE TABLE accounts (id int PRIMARY KEY, amount int); INSERT INTO accounts SELECT i, 100 FROM generate_series(1, 200) AS i"
  private static let key = PartitionKey(columns: ["id"], origin: .primaryKey, isNullable: false)
  private static let low = PartRange.keys(from: nil, to: Bound([.integer(101)]))
  private static let high = PartRange.keys(from: Bound([.integer(101)]), to: nil)
  private static let transfer = """
    BEGIN; UPDATE accounts SET amount = amount - 60 WHERE id = 7; UPDATE accounts SET amount = amount + 60 WHERE id = 150;
    DELETE FROM accounts WHERE id = 8; INSERT INTO accounts VALUES (500, 100); COMMIT
    """

  private func open(_ sample: PostgreSQLSample, driver: Bool) throws -> PostgreSQLSourceSession {
    try driver ? sample.driverSession() : sample.session()
  }

  /// The sum over both parts, with a transfer between one and the other, and rows beside it.
  private func moved(_ sample: PostgreSQLSample, driver: Bool, in snapshot: String?) throws -> (sum: Int, rows: Int) {
    let table = try sample.table("accounts")
    var rows: StagedRows = []
    for (index, range) in [Self.low, Self.high].enumerated() {
      var request = try sample.request(table, key: Self.key, range: range, prefix: UUID().uuidString)
      request.snapshot = snapshot
      rows += try sample.read(open(sample, driver: driver).extract(request) { _ in })
      if index == 0 { try sample.run(Self.transfer) }
    }
    return (rows.reduce(0) { $0 + (Int($1[1]) ?? 0) }, rows.count)
  }

  @Test(arguments: [false, true]) func partsOfOneSnapshotAreOfOneMoment(driver: Bool) throws {
    let sample = try PostgreSQLSample(Self.accounts)
    let holder = try open(sample, driver: driver)
    #expect(try holder.sharesSnapshots(of: sample.table("accounts")))
    let name = try holder.exportSnapshot()
    let shared = try moved(sample, driver: driver, in: name)
    #expect(shared.sum == 20_000 && shared.rows == 200)
    // Without one, the transfer is seen by half: the row that went was read, and so was the one that came.
    try sample.run("TRUNCATE accounts; INSERT INTO accounts SELECT i, 100 FROM generate_series(1, 200) AS i")
    let single = try moved(sample, driver: driver, in: nil)
    #expect(single.sum == 20_160 && single.rows == 201)
    withExtendedLifetime(holder) {}
  }

  @Test(arguments: [false, true]) func aSnapshotEndsWithItsConnection(driver: Bool) async throws {
    let sample = try PostgreSQLSample(Self.accounts)
    let table = try sample.table("accounts")
    var holder: PostgreSQLSourceSession? = try open(sample, driver: driver)
    var request = try sample.request(table)
    request.snapshot = try holder?.exportSnapshot()
    let session = try open(sample, driver: driver)
    #expect(try session.extract(request) { _ in }.rows == 200)
    holder = nil
    // The server notices soon, and not at once.
    let open =
      "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'"
    _ = try await waiting(for: "the server to notice") { try sample.run(open) == "0\n" ? true : nil }
    let error = try extractionError { _ = try session.extract(request) { _ in } }
    #expect(error.code == .snapshotLost && error.isTransient, "\(error)")
    request.snapshot = nil
    #expect(try session.extract(request) { _ in }.rows == 200, "the session goes on")
  }

  @Test(arguments: [
    "TRUNCATE t", "ALTER TABLE t ALTER COLUMN n TYPE int USING n + 1",
    "DROP TABLE t; CREATE TABLE t (id int PRIMARY KEY, n int)",
    "ALTER TABLE t RENAME TO old; CREATE TABLE t (id int PRIMARY KEY, n int)",
  ])
  func aTableWhoseRowsAreGoneFromTheSnapshotIsNoticed(_ change: String) throws {
    let sample = try PostgreSQLSample("CREATE TABLE t (id int PRIMARY KEY, n int); INSERT INTO t VALUES (1, 1), (2, 2)")
    let table = try sample.table("t")
    let holder = try sample.session()
    var request = try sample.request(table)
    request.snapshot = try holder.exportSnapshot()
    try sample.run(change)
    let error = try extractionError { _ = try sample.session().extract(request) { _ in } }
    #expect(
      error.code == .snapshotLost && error.isTransient && error.message.contains("since the snapshot"), "\(error)")
    withExtendedLifetime(holder) {}
  }

  @Test(arguments: [
    "TRUNCATE p_a", "ALTER TABLE p DETACH PARTITION p_a",
    "CREATE TABLE p_c (id int NOT NULL, v text); INSERT INTO p_c VALUES (9, 'c'); "
      + "ALTER TABLE p ATTACH PARTITION p_c FOR VALUES IN ('c')",
  ])
  func soIsAPartOfOne(_ change: String) throws {
    let sample = try PostgreSQLSample(
      """
      CREATE TABLE p (id int NOT NULL, v text) PARTITION BY LIST (v); CREATE TABLE p_a PARTITION OF p FOR VALUES IN ('a');
      CREATE TABLE p_b PARTITION OF p FOR VALUES IN ('b'); INSERT INTO p VALUES (1, 'a'), (2, 'b')
      """)
    let table = try sample.table("p")
    let holder = try sample.session()
    #expect(holder.sharesSnapshots(of: table))
    var request = try sample.request(table)
    request.snapshot = try holder.exportSnapshot()
    #expect(try sample.session().extract(request) { _ in }.rows == 2)
    try sample.run(change)
    #expect(try extractionError { _ = try sample.session().extract(request) { _ in } }.code == .snapshotLost)
    withExtendedLifetime(holder) {}
  }

  @Test func columnsThatChangedSinceAreNoticed() throws {
    let sample = try PostgreSQLSample(
      "CREATE TABLE t (id int PRIMARY KEY, a text, b text); INSERT INTO t VALUES (1, 'a', 'b')")
    let table = try sample.table("t")
    let holder = try sample.session()
    var request = try sample.request(table)
    request.snapshot = try holder.exportSnapshot()
    // The snapshot still shows the old names, and the statement would read the one for the other.
    try sample.run("ALTER TABLE t RENAME a TO c; ALTER TABLE t RENAME b TO a")
    #expect(try extractionError { _ = try sample.session().extract(request) { _ in } }.code == .shapeChanged)
    withExtendedLifetime(holder) {}
  }

  @Test func viewsAreReadInTransactionsOfTheirOwn() throws {
    let sample = try PostgreSQLSample(
      Self.accounts + "; CREATE VIEW seen AS TABLE accounts; CREATE MATERIALIZED VIEW kept AS TABLE accounts")
    let session = try sample.session()
    for name in ["seen", "kept"] { #expect(try !session.sharesSnapshots(of: sample.table(name))) }
  }

  @Test func aLoginThatMayNotExportSharesNone() throws {
    let reader = "reader_" + UUID().uuidString.replacing("-", with: "").lowercased()
    let sample = try PostgreSQLSample(Self.accounts)
    try sample.run(
      "REVOKE EXECUTE ON FUNCTION pg_export_snapshot() FROM PUBLIC; CREATE ROLE \(reader) LOGIN; "
        + "GRANT SELECT ON accounts TO \(reader)")
    defer { _ = try? sample.run("DROP OWNED BY \(reader); DROP ROLE \(reader)") }
    let session = try sample.session(user: reader)
    #expect(try !session.sharesSnapshots(of: sample.table("accounts")))
    #expect(throws: ExtractionError.self) { try session.exportSnapshot() }
  }
}
