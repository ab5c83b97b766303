import Catalogs
import Extraction
import Foundation
import Plans
import Support
import Testing

/// Counts and digests of one pass, and extraction as of one moment.
@Suite(.blocking, .serialized) struct SQLServerMeasureTests {
  private func digest(_ sample: SQLServerSample, version: Int? = nil) throws -> RowDigest? {
    let session = try sample.session(version: version)
    let table = try sample.table("t", session)
    let found = try session.measure(
      MeasureRequest(
        table: table, key: nil, parts: [Part(id: 1, range: .whole)], digestColumns: table.columns.map(\.name)))
    #expect(found.parts[0].bytes > 0)
    return found.parts[0].digest
  }

  @Test func digestsByTheDefinition() async throws {
    let sample = try await SQLServerSample(
      """
      CREATE TABLE t (i int, f float, s nvarchar(9), x varbinary(4), n varchar(9), b bit, m decimal(6,2), d date, h time(3), p datetime,
        z datetimeoffset(2), u uniqueidentifier, c char(3), r real, y money, k nvarchar(max));
      INSERT INTO t VALUES (42, 1.5, N'Größe', 0x00FF, NULL, 1, -0.05, '2026-11-21', '10:31:07.25', '2026-11-21T10:31:07.250',
        '2026-11-21 10:31:07.25 +02:00', '123E4567-E89B-12D3-A456-426614174000', 'a', 0.1, -0.5, N'漢😀');
      INSERT INTO t VALUES (-17, -0.1, N'', 0x, 'n', 0, 0, '0001-01-01', '00:00', NULL, NULL, NULL, NULL, NULL, NULL, NULL)
      """)
    let expected = try StagedDigest([
      "i2:42f23:1.5000000000000000e+000s7:Größex4:00ffnb1:1m5:-0.05d10:2026-11-21h12:10:31:07.250p23:2026-11-21 10:31:07.250"
        + "s29:2026-11-21 10:31:07.25 +02:00u36:123e4567-e89b-12d3-a456-426614174000s3:a  f23:1.0000000149011612e-001m7:-0.5000s7:漢😀",
      "i3:-17f24:-1.0000000000000001e-001s0:x0:s1:nb1:0m4:0.00d10:0001-01-01h12:00:00:00.000nnnnnnn",
    ])
    #expect(try digest(sample) == expected.digest)
  }

  /// Servers without UTF-8 write text as the digits of its UTF-16.
  @Test func digestsOnOlderServers() async throws {
    let sample = try await SQLServerSample(
      "CREATE TABLE t (i int, s nvarchar(9), v varchar(9)); INSERT INTO t VALUES (7, N'é漢', 'é')")
    #expect(try digest(sample, version: 14) == StagedDigest(["i1:7w8:e900226fw4:e900"]).digest)
  }

  @Test func digestsManyColumnsAndLongValues() async throws {
    let columns = (1...230).map { "c\($0) int NULL" }.joined(separator: ", ")
    let sample = try await SQLServerSample("CREATE TABLE t (\(columns), long nvarchar(max), bytes varbinary(max))")
    let bytes = String(repeating: "00ff", count: 50_000)
    try await sample.run(
      "INSERT INTO t(c1, c230, long, bytes) VALUES (1, 230, REPLICATE(CAST(N'aß' AS nvarchar(max)), 100000), 0x\(bytes))"
    )
    let expected = try StagedDigest([
      "i1:1" + String(repeating: "n", count: 228) + "i3:230s300000:" + String(repeating: "aß", count: 100_000)
        + "x200000:" + bytes
    ])
    #expect(try digest(sample) == expected.digest)
  }

  @Test func measuresAllPartsInOnePass() async throws {
    let sample = try await SQLServerSample("CREATE TABLE t (k int NULL, v nvarchar(9))")
    try await sample.run(
      "INSERT INTO t VALUES \(SQLServerSample.values(1...900) { "\($0), N'v\($0)'" }), (NULL, N'none')")
    let session = try sample.session()
    let table = try sample.table("t", session)
    let key = PartitionKey(columns: ["k"], origin: .asked, isNullable: true)
    // More parts than CASE may be nested in CASE.
    let parts = parts((1..<90).map { Bound([.integer(Int64($0 * 10 + 1))]) }, withNull: true)
    let before = try await sample.database.requests("batch").count
    let found = try session.measure(MeasureRequest(table: table, key: key, parts: parts, digestColumns: ["k", "v"]))
    let asked = try await sample.database.requests("batch").dropFirst(before).map(\.text)
    #expect(asked.filter { $0.contains("FROM [dbo].[t]") }.count == 1)
    #expect(found.parts.map(\.rows) == Array(repeating: 10, count: 90) + [1] && found.totalRows == 901)
    let whole = try session.measure(
      MeasureRequest(table: table, key: nil, parts: [Part(id: 1, range: .whole)], digestColumns: ["k", "v"]))
    #expect(found.parts.compactMap(\.digest).reduce(RowDigest(), +) == whole.parts[0].digest)
  }

  /// An extraction of `t` that the server holds behind so many rows, or before the first.
  private func held(
    _ sample: SQLServerSample, _ session: SQLServerSourceSession, behind rows: Int? = nil
  ) async throws -> (fault: String, part: Task<StagedPart, any Error>) {
    var fault: [String: BenchValue] = ["act": "hold", "text": "^SELECT \\[i\\]"]
    if let rows { fault["rows"] = .number(Double(rows)) }
    let id = try await sample.database.setFault(fault)
    let request = try sample.request(sample.table("t", session))
    nonisolated(unsafe) let session = session
    // Unstructured: it goes on while the test changes the table.
    let part = Task.detached {
      try await withCheckedThrowingContinuation { (done: CheckedContinuation<StagedPart, any Error>) in
        DispatchQueue.global().async { done.resume(with: Result { try session.extract(request) { _ in } }) }
      }
    }
    return (id, part)
  }

  @Test func readsAsOfOneMoment() async throws {
    let sample = try await SQLServerSample("CREATE TABLE t (i int PRIMARY KEY)")
    try await sample.run("INSERT INTO t VALUES \(SQLServerSample.values(1...200) { "\($0)" })")
    try await sample.database.set(["snapshot_isolation_state": 1])
    let session = try sample.session()
    let table = try sample.table("t", session)
    #expect(session.snapshotGuarantee(for: table, parts: 1).class == .exact)
    #expect(session.snapshotGuarantee(for: table, parts: 2).class == .bestEffort)
    let (fault, part) = try await held(sample, session, behind: 50)
    try await sample.database.server.waitForFault(fault)
    try await sample.run("DELETE FROM t WHERE i > 100; INSERT INTO t VALUES (1000)")
    try await sample.database.server.release(fault)
    let staged = try await part.value
    #expect(staged.rows == 200 && staged.sourceRows == 200)
    #expect(try Set(sample.read(staged).map { $0[0] }) == Set((1...200).map { "\($0)" }))
    #expect(try await sample.database.requests("batch").contains { $0.text.uppercased().contains("NOLOCK") } == false)
  }

  /// Where the database allows no snapshot the plan says so, and rows that came between count and reading are noticed.
  @Test func noticesChangesWithoutSnapshots() async throws {
    let sample = try await SQLServerSample("CREATE TABLE t (i int PRIMARY KEY)")
    try await sample.run("INSERT INTO t VALUES \(SQLServerSample.values(1...200) { "\($0)" })")
    let session = try sample.session()
    let guarantee = session.snapshotGuarantee(for: try sample.table("t", session), parts: 1)
    #expect(guarantee.class == .bestEffort && guarantee.text.contains("ALLOW_SNAPSHOT_ISOLATION"))
    let (fault, part) = try await held(sample, session)
    try await sample.database.server.waitForFault(fault)
    try await sample.run("INSERT INTO t VALUES (1000)")
    try await sample.database.server.release(fault)
    let result = await part.result
    #expect {
      try result.get()
    } throws: { error in
      let error = error as? ExtractionError
      return error?.code == .countMismatch && error?.isTransient == true
        && error?.message.contains("201 rows were read where 200") == true
    }
    #expect(try session.extract(sample.request(sample.table("t", session))) { _ in }.rows == 201)
  }

  @Test func promisesWhatADatabaseSnapshotKeeps() async throws {
    let sample = try await SQLServerSample("CREATE TABLE t (i int)")
    try await sample.database.set(["source_database_id": 5])
    let session = try sample.session()
    #expect(session.snapshotGuarantee(for: try sample.table("t", session), parts: 9).class == .exact)
  }
}
