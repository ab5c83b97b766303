import Catalogs
import Extraction
import Plans
import Support
import Testing

/// Points that cut tables: by arithmetic, histogram, sample and count, for keys of every kind.
@Suite(.blocking, .serialized) struct SQLServerBoundariesTests {
  private func key(_ columns: [String], isNullable: Bool = false) -> PartitionKey {
    PartitionKey(columns: columns, origin: .asked, isNullable: isNullable)
  }

  /// Rows of the parts that the bounds make, the NULL part last; each part is extracted, and all rows come once.
  private func rows(
    _ sample: SQLServerSample, _ columns: [String], rowsPerPart: Int, smallTable: Int = 200_000, filter: String? = nil,
    isExtracted: Bool = true
  ) throws -> [Int] {
    let session = try sample.session(smallTable: smallTable)
    let table = try sample.table("t", session)
    let bounds = try session.boundaries(
      BoundaryRequest(table: table, filter: filter, key: key(columns), rowsPerPart: rowsPerPart))
    let parts = parts(bounds, withNull: true)
    let found = try session.measure(MeasureRequest(table: table, filter: filter, key: key(columns), parts: parts))
    #expect(found.parts.map(\.rows).reduce(0, +) == found.totalRows)
    guard isExtracted else { return found.parts.map(\.rows) }
    var all: StagedRows = []
    for (part, measured) in zip(parts, found.parts) {
      let staged = try session.extract(
        sample.request(table, filter: filter, key: key(columns), range: part.range, prefix: "part-\(part.id)")
      ) { _ in }
      #expect(staged.rows == measured.rows)
      all += try sample.read(staged)
    }
    #expect(all.count == found.totalRows && Set(all).count == all.count)
    return found.parts.map(\.rows)
  }

  @Test func cutsDenseNumbersByArithmetic() async throws {
    let sample = try await SQLServerSample(
      "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES \(SQLServerSample.values(-5000...5000) { "\($0)" }); "
        + "DELETE FROM t WHERE id = 5")
    let counts = try rows(sample, ["id"], rowsPerPart: 3000)
    #expect(counts == [3000, 2999, 3000, 1001, 0])
    #expect(try await sample.database.requests("batch").contains { $0.text.contains("ROW_NUMBER") } == false)
  }

  @Test func countsSparseNumbers() async throws {
    let sample = try await SQLServerSample(
      "CREATE TABLE t (id bigint PRIMARY KEY); INSERT INTO t VALUES \(SQLServerSample.values(1...999) { "\($0 * $0 * 9_000_000)" })"
    )
    #expect(try rows(sample, ["id"], rowsPerPart: 100) == Array(repeating: 100, count: 9) + [99, 0])
  }

  @Test(
    arguments: [
      (
        "uniqueidentifier",
        { @Sendable (i: Int) in "'\(hex(i * 77_777, 8))-\(hex(i, 4))-4000-8000-\(hex(999_999 - i * 7, 12))'" }
      ),
      ("nvarchar(20)", { "N'k漢\($0)'" }), ("varchar(20)", { "'é\($0)'" }),
      ("varchar(20) COLLATE Latin1_General_BIN2", { "'K\($0)'" }),
      ("varchar(20) COLLATE Cyrillic_General_CI_AS", { "N'Привет\($0)'" }), ("char(8)", { "'\($0)'" }),
      ("decimal(38,0)", { "\($0)" + String(repeating: "7", count: 34) }), ("numeric(20,4)", { "\($0).25" }),
      ("money", { "\($0).0001" }), ("date", { "DATEADD(day, \($0), CAST('1999-12-31' AS date))" }),
      ("time(7)", { "CAST('00:\(pad($0 / 60)):\(pad($0 % 60)).0000001' AS time(7))" }),
      ("datetime", { "DATEADD(second, \($0), CAST('2024-02-29T12:00:00.007' AS datetime))" }),
      ("smalldatetime", { "DATEADD(minute, \($0), CAST('2024-02-29T12:00:00' AS smalldatetime))" }),
      ("datetime2(7)", { "DATEADD(second, \($0), CAST('2024-02-29T12:00:00.1234567' AS datetime2(7)))" }),
      (
        "datetimeoffset(7)",
        { "DATEADD(second, \($0), CAST('2024-02-29T12:00:00.1234567 +0\($0 % 9):00' AS datetimeoffset(7)))" }
      ),
      ("binary(4)", { "CAST(\($0 * 9999) AS binary(4))" }), ("varbinary(9)", { "0x\(hex($0 * 9999, 8))" }),
      ("float", { "\($0).5e0 / 7" }), ("real", { "\($0).5e0" }),
      ("hierarchyid", { "hierarchyid::Parse('/\($0 % 15)/\($0 / 15 % 15)/\($0 / 225)/')" }),
    ] as [(String, @Sendable (Int) -> String)])
  func cutsKeysOfEveryType(type: String, value: @Sendable (Int) -> String) async throws {
    let sample = try await SQLServerSample("CREATE TABLE t (k \(type) NOT NULL PRIMARY KEY)")
    // Not in order.
    try await sample.run((1...500).map { "INSERT INTO t VALUES (\(value($0 * 7 % 503)))" }.joined(separator: ";\n"))
    #expect(try rows(sample, ["k"], rowsPerPart: 100) == [100, 100, 100, 100, 100, 0])
  }

  @Test func cutsByRowversionsInParts() async throws {
    let sample = try await SQLServerSample("CREATE TABLE t (i int, r rowversion)")
    try await sample.run("INSERT INTO t(i) VALUES \(SQLServerSample.values(1...300) { "\($0)" })")
    #expect(try rows(sample, ["r"], rowsPerPart: 100) == [100, 100, 100, 0])
  }

  @Test func keepsEqualKeysTogether() async throws {
    let sample = try await SQLServerSample(
      """
      CREATE TABLE t (i int IDENTITY, k nvarchar(9) NULL);
      INSERT INTO t(k) VALUES \(SQLServerSample.values(1...300) { _ in "N'small'" });
      INSERT INTO t(k) VALUES \(SQLServerSample.values(1...50) { _ in "N'Small'" });
      INSERT INTO t(k) VALUES \(SQLServerSample.values(1...100) { _ in "N'large'" });
      INSERT INTO t(k) VALUES (NULL), (NULL), (N'huge')
      """)
    #expect(try rows(sample, ["k"], rowsPerPart: 150) == [101, 350, 2])
  }

  @Test func cutsCompositeKeysFromLeftToRight() async throws {
    let sample = try await SQLServerSample(
      "CREATE TABLE t (a varchar(4) NOT NULL, b int NOT NULL, c datetime2(3) NULL, PRIMARY KEY (a, b))")
    try await sample.run(
      "INSERT INTO t VALUES \(SQLServerSample.values(1...400) { "'\($0 % 3)', \($0), '2024-01-01'" })")
    #expect(try rows(sample, ["a", "b"], rowsPerPart: 90) == [90, 90, 90, 90, 40, 0])
    let session = try sample.session()
    let table = try sample.table("t", session)
    // A part is cut again within its own ends.
    let within = PartRange.keys(from: Bound([.text("1"), .integer(1)]), to: Bound([.text("2"), .integer(200)]))
    let bounds = try session.boundaries(
      BoundaryRequest(table: table, key: key(["a", "b"]), within: within, rowsPerPart: 50))
    #expect(bounds.count == 3)
  }

  @Test func takesTheServersHistogram() async throws {
    let sample = try await SQLServerSample("CREATE TABLE t (k varchar(20) NOT NULL PRIMARY KEY)")
    try await sample.run("INSERT INTO t VALUES \(SQLServerSample.values(1...4000) { "'k\($0)'" })")
    let counts = try rows(sample, ["k"], rowsPerPart: 500, smallTable: 100, isExtracted: false)
    let asked = try await sample.database.requests("batch").map(\.text)
    #expect(asked.contains { $0.contains("dm_db_stats_histogram") } && !asked.contains { $0.contains("ROW_NUMBER") })
    #expect(counts.count > 8 && counts.max() ?? 0 <= 500 && counts.reduce(0, +) == 4000, "\(counts)")
  }

  @Test func samplesWhereTheHistogramIsNotSeen() async throws {
    let sample = try await SQLServerSample("CREATE TABLE t (i int IDENTITY, k varchar(20) NOT NULL)")
    for start in [0, 1, 2, 3] {
      try await sample.run(
        "INSERT INTO t(k) VALUES \(SQLServerSample.values((start * 50_000 + 1)...((start + 1) * 50_000)) { "'k\($0)'" })"
      )
    }
    let counts = try rows(sample, ["k"], rowsPerPart: 60_000, smallTable: 100, isExtracted: false)
    let asked = try await sample.database.requests("batch").map(\.text)
    #expect(asked.contains { $0.contains("TABLESAMPLE") } && !asked.contains { $0.contains("GROUP BY [k]") })
    #expect(counts.count >= 5 && counts.reduce(0, +) == 200_000, "\(counts)")
  }

  @Test func refusesKeysWithoutAnOrder() async throws {
    let sample = try await SQLServerSample("CREATE TABLE t (x xml, v sql_variant, g geometry, n ntext)")
    let session = try sample.session()
    let table = try sample.table("t", session)
    for column in ["x", "v", "g", "n"] {
      #expect(session.obstacle(to: key([column]), of: table)?.contains("cannot split the table") == true)
      #expect(try session.boundaries(BoundaryRequest(table: table, key: key([column]), rowsPerPart: 1)).isEmpty)
    }
  }
}

private func hex(_ number: Int, _ digits: Int) -> String {
  let text = String(number, radix: 16)
  return String(repeating: "0", count: max(0, digits - text.count)) + text.suffix(digits)
}

private func pad(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
