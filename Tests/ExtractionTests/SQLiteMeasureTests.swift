import Catalogs
import Crypto
import Extraction
import Foundation
import Plans
import Testing

@Suite struct SQLiteMeasureTests {
  private static func digest(
    _ database: SampleDatabase, _ columns: [String]? = nil, table name: String = "t", filter: String? = nil
  ) throws -> RowDigest {
    let table = try database.table(name)
    let found = try database.session().measure(
      MeasureRequest(
        table: table, filter: filter, key: nil, parts: [Part(id: 1, range: .whole)],
        digestColumns: columns ?? table.columns.map(\.name)))
    return try #require(found.parts[0].digest)
  }

  /// The digest of docs/checksums.md, computed from the canonical texts by other code than the session's.
  private static func expected(_ rows: String...) throws -> RowDigest {
    var sum = RowDigest()
    for var row in rows {
      let hex = try row.withUTF8 { try SHA256().digest(UnsafeRawBufferPointer($0)) }.hex
      sum.add(
        high: try #require(UInt64(hex.prefix(16), radix: 16)),
        low: try #require(UInt64(hex.dropFirst(16).prefix(16), radix: 16)))
    }
    return sum
  }

  @Test func canonicalTextIsWhatTheDocumentSays() throws {
    let database = try SampleDatabase(
      """
      CREATE TABLE t(a, b, c, d, e);
      INSERT INTO t VALUES (42, 1.5, 'Größe', x'00ff', NULL), (-9223372036854775808, -1e300, '', x'', 0.1);
      """)
    #expect(
      try Self.digest(database)
        == Self.expected(
          "i2:42f23:1.5000000000000000e+000s7:Größex4:00ffn",
          "i20:-9223372036854775808f24:-1.0000000000000001e+300s0:x0:f23:1.0000000000000001e-001"))
    #expect(
      try Self.digest(database, ["e", "a"])
        == Self.expected("ni2:42", "f23:1.0000000000000001e-001i20:-9223372036854775808"))
  }

  @Test func specialReals() throws {
    let database = try SampleDatabase("CREATE TABLE t(a); INSERT INTO t VALUES (9e999), (-9e999), (5e-324), (0.0)")
    try database.run("INSERT INTO t VALUES (?)", binding: -0.0)
    #expect(
      try Self.digest(database)
        == Self.expected(
          "f8:Infinity", "f9:-Infinity", "f23:4.9406564584124654e-324", "f23:0.0000000000000000e+000",
          "f24:-0.0000000000000000e+000"))
  }

  /// Texts and blobs longer than one piece of the hash come out as if hashed in one.
  @Test func longValues() throws {
    let database = try SampleDatabase(
      """
      CREATE TABLE t(a, b, c);
      INSERT INTO t VALUES (printf('%.*c', 200000, 'x'), CAST(printf('%.*c', 100001, 'y') AS BLOB), 'end');
      """)
    let text = String(repeating: "x", count: 200_000)
    let blob = String(repeating: "79", count: 100_001)
    #expect(try Self.digest(database) == Self.expected("s200000:\(text)x200002:\(blob)s3:end"))
  }

  @Test func rowsInAnyOrder() throws {
    let one = try SampleDatabase("CREATE TABLE t(a, b); INSERT INTO t VALUES (1, 'x'), (2, 'y'), (3, NULL)")
    let other = try SampleDatabase("CREATE TABLE t(a, b); INSERT INTO t VALUES (3, NULL), (1, 'x'), (2, 'y')")
    #expect(try Self.digest(one) == Self.digest(other))
  }

  @Test(arguments: [
    ("1, 'x'", "2, 'x'"), ("1, 'x'", "'x', 1"), ("1, NULL", "1, ''"), ("1, ''", "1, 'n'"), ("1, NULL", "1, 'NULL'"),
    ("1, 2", "1, '2'"), ("1, 2", "1, 2.0"), ("1, '61'", "1, x'61'"), ("1, 'ab'", "1, 'a'"), ("'ab', 'c'", "'a', 'bc'"),
    ("1, 0.1", "1, 0.1 + 1.4e-17"), ("1, 9007199254740992", "1, 9007199254740993"), ("1, 'a'", "1, 'A'"),
    ("1, 'a'", "1, 'a '"), ("1, 'é'", "1, 'e' || char(769)"), ("1, 'a'", "1, 'a' || char(0)"),
  ])
  func differentRowsDiffer(one: String, other: String) throws {
    let a = try SampleDatabase("CREATE TABLE t(a, b); INSERT INTO t VALUES (\(one))")
    let b = try SampleDatabase("CREATE TABLE t(a, b); INSERT INTO t VALUES (\(other))")
    #expect(try Self.digest(a) != Self.digest(b))
  }

  /// Reals of every magnitude, against the C library's digits.
  @Test func canonicalRealsHaveSeventeenExactDigits() throws {
    let database = try SampleDatabase("CREATE TABLE t(a); BEGIN")
    var random = SystemRandomNumberGenerator()
    var reals = [
      1e16, 1e17, (1e17).nextDown, 9.999999999999999e22, 1e23, 1e-5, 9.99999999999999e-6, 1e37, 0.5, 2.5,
    ]
    for exponent in -30...30 { reals.append(Double("1e\(exponent)")!.nextDown) }
    for _ in 0..<3000 {
      reals.append(Double(bitPattern: random.next()))
      reals.append(Double.random(in: -1e6...1e6, using: &random))
      reals.append(Double(Int.random(in: 0...1_000_000_000, using: &random)) / 100)
      reals.append(pow(10, Double.random(in: -8...40, using: &random)))
    }
    reals.removeAll { $0.isNaN }
    var expected = RowDigest()
    for real in reals {
      try database.run("INSERT INTO t VALUES (?)", binding: real)
      var text = real.isInfinite ? (real < 0 ? "-Infinity" : "Infinity") : String(format: "%.16e", real)
      if let mark = text.firstIndex(of: "e"), !real.isInfinite {
        let exponent = try #require(Int(text[text.index(after: mark)...]))
        text = text[...mark] + (exponent < 0 ? "-" : "+") + String(format: "%03d", abs(exponent))
      }
      expected = expected + (try Self.expected("f\(text.utf8.count):\(text)"))
    }
    try database.run("COMMIT")
    #expect(try Self.digest(database) == expected)
  }

  @Test func sameRowTwiceIsNotOnce() throws {
    let one = try SampleDatabase("CREATE TABLE t(a); INSERT INTO t VALUES (1)")
    let two = try SampleDatabase("CREATE TABLE t(a); INSERT INTO t VALUES (1), (1)")
    #expect(try Self.digest(one) != Self.digest(two))
  }

  @Test func declaredTypesDoNotMatter() throws {
    let one = try SampleDatabase(
      "CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT, c BLOB); INSERT INTO t VALUES (1, 'x', x'01')")
    let other = try SampleDatabase(
      "CREATE TABLE t(a, b BLOB, c ANY) STRICT".replacingOccurrences(of: "a,", with: "a INT,")
        + "; INSERT INTO t VALUES (1, CAST('x' AS BLOB), x'01')")
    #expect(try Self.digest(one, ["a", "c"]) == Self.digest(other, ["a", "c"]))
    #expect(try Self.digest(one, ["b"]) != Self.digest(other, ["b"]))
  }

  @Test func partsAddUpToTheWhole() throws {
    let database = try SampleDatabase(
      """
      CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT, c REAL);
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
      INSERT INTO t SELECT i, 'row ' || i, i / 7.0 FROM n;
      """)
    let (table, session) = (try database.table("t"), try database.session())
    let key = PartitionKey(columns: ["a"], origin: .primaryKey, isNullable: false)
    let request = MeasureRequest(
      table: table, key: key, parts: parts([700, 1900].map { Bound([.integer($0)]) }, withNull: false),
      digestColumns: ["a", "b", "c"])
    let before = try session.measure(request)
    #expect(before.parts.map(\.rows) == [699, 1200, 1101])
    #expect(before.parts.allSatisfy { $0.bytes > $0.rows * 20 && $0.bytes < $0.rows * 40 })
    #expect(try before.parts.compactMap(\.digest).reduce(RowDigest(), +) == Self.digest(database))
    try database.run("UPDATE t SET b = 'other' WHERE a = 1000")
    let after = try session.measure(request)
    #expect(zip(before.parts, after.parts).map { $0.0.digest == $0.1.digest } == [true, false, true])
  }

  @Test func countsAloneReadNoValues() throws {
    let database = try SampleDatabase("CREATE TABLE t(a, b); INSERT INTO t VALUES (1, 2), (NULL, 3)")
    let found = try database.session().measure(
      MeasureRequest(table: database.table("t"), filter: "b > 2", key: nil, parts: [Part(id: 9, range: .whole)]))
    #expect(found == Measurement(parts: [PartMeasure(part: 9, rows: 1)], totalRows: 1))
  }

  @Test func windowLimitsTheRows() throws {
    let database = try SampleDatabase(
      "CREATE TABLE t(a INTEGER PRIMARY KEY, w INT); INSERT INTO t(w) VALUES (1), (2), (2), (3), (4), (NULL)")
    func rows(_ window: Window) throws -> Int {
      let found = try database.session().measure(
        MeasureRequest(
          table: database.table("t"), filter: "1 OR 0", key: nil, parts: [Part(id: 1, range: .whole)], window: window,
          digestColumns: ["a"]))
      #expect(found.parts[0].rows == found.totalRows)
      return found.totalRows
    }
    #expect(try rows(Window(column: "w", after: nil, through: .integer(3))) == 4)
    #expect(try rows(Window(column: "w", after: .integer(2), through: .integer(3))) == 1)
    #expect(try rows(Window(column: "w", after: .integer(2), includesAfter: true, through: .integer(3))) == 3)
    #expect(try rows(Window(column: "w", after: nil, through: .integer(3), includesNull: true)) == 5)
    #expect(try rows(Window(column: "w", after: .integer(3), through: .integer(3))) == 0)
  }

  @Test func partsThatLeaveRowsOutShow() throws {
    let database = try SampleDatabase("CREATE TABLE t(a INT); INSERT INTO t VALUES (1), (2), (NULL)")
    let found = try database.session().measure(
      MeasureRequest(
        table: database.table("t"), key: PartitionKey(columns: ["a"], origin: .asked, isNullable: true),
        parts: parts([Bound([.integer(2)])], withNull: false)))
    #expect(found.parts.map(\.rows) == [1, 1])
    #expect(found.totalRows == 3)
  }
}
