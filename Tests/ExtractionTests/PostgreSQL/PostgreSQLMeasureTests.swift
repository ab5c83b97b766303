import Catalogs
import Crypto
import Extraction
import Plans
import Testing

/// Counts, digests and types of one pass.
@Suite(.blocking) struct PostgreSQLMeasureTests {
  /// The words of docs/checksums.md, computed by another hand from its canonical text.
  private func digest(_ rows: [String]) throws -> RowDigest {
    try rows.reduce(into: RowDigest()) { digest, row in
      let bytes = try Array(row.utf8).withUnsafeBytes { try SHA256().digest($0) }.hex
      digest.add(high: UInt64(bytes.prefix(16), radix: 16)!, low: UInt64(bytes.dropFirst(16).prefix(16), radix: 16)!)
    }
  }

  private func measured(_ sample: PostgreSQLSample, _ columns: [String]? = nil) throws -> Measurement {
    let table = try sample.table("t")
    return try sample.session().measure(
      MeasureRequest(
        table: table, key: nil, parts: [Part(id: 1, range: .whole)], digestColumns: columns ?? table.columns.map(\.name)
      ))
  }

  @Test func digestsByTheDefinition() throws {
    let sample = try PostgreSQLSample(
      """
      CREATE TABLE t (i int, f double precision, s text, x bytea, n text, b bool, m numeric(6,2), d date, h time(3), p timestamp(0),
        z timestamptz, u uuid, c char(3), r real);
      INSERT INTO t VALUES (42, 1.5, 'Größe', '\\x00ff', NULL, true, -0.05, '2026-11-21', '10:31:07.25', '2026-11-21 10:31:07',
        '2026-11-21 10:31:07.25+02', '123E4567-e89b-12d3-a456-426614174000', 'a', 0.1),
        (-17, -0.1, '', '', 'n', false, 0, '0001-01-01', '00:00', '1970-01-01', 'infinity', NULL, NULL, NULL),
        (0, '-0', NULL, NULL, NULL, NULL, NULL, NULL, '24:00', NULL, NULL, NULL, NULL, 'NaN'),
        (0, '1e300', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '-Infinity');
      """)
    let expected = try digest([
      "i2:42f23:1.5000000000000000e+000s7:Größex4:00ffnb1:1m5:-0.05d10:2026-11-21h12:10:31:07.250p19:2026-11-21 10:31:07"
        + "z26:2026-11-21 08:31:07.250000u36:123e4567-e89b-12d3-a456-426614174000s3:a  f23:1.0000000149011612e-001",
      "i3:-17f24:-1.0000000000000001e-001s0:x0:s1:nb1:0m4:0.00d10:0001-01-01h12:00:00:00.000p19:1970-01-01 00:00:00"
        + "z8:infinitynnn",
      "i1:0f24:-0.0000000000000000e+000nnnnnnh8:24:00:00nnnnf3:NaN",
      "i1:0f23:1.0000000000000001e+300nnnnnnnnnnnf9:-Infinity",
    ])
    let found = try measured(sample)
    #expect(found.parts[0].digest == expected && found.totalRows == 4 && found.parts[0].bytes > 0)
  }

  @Test func digestsManyColumnsAndLongValues() throws {
    let columns = (1...95).map { "c\($0)" }
    let sample = try PostgreSQLSample(
      """
      CREATE TABLE t (\(columns.map { $0 + " int" }.joined(separator: ", ")), long text);
      INSERT INTO t (c1, c95, long) VALUES (1, 95, repeat('ab', 1000000));
      """)
    let expected = try digest([
      "i1:1" + String(repeating: "n", count: 93) + "i2:95s2000000:" + String(repeating: "ab", count: 1_000_000)
    ])
    #expect(try measured(sample).parts[0].digest == expected)
  }

  @Test func digestsByTheDefinitionInOtherEncodings() throws {
    let sample = try PostgreSQLSample(
      "CREATE TABLE t (a text); INSERT INTO t VALUES (chr(246) || '!')",
      database: "TEMPLATE template0 ENCODING LATIN1 LOCALE 'C'")
    #expect(try measured(sample).parts[0].digest == digest(["s3:ö!"]))
    #expect(try sample.extracted("t") == [["'ö!'"]])
    #expect(try sample.table("t").column("a")?.collation == nil, "the database itself is in byte order")
  }

  @Test func refusesTextOfNoEncoding() throws {
    let sample = try PostgreSQLSample(
      #"CREATE TABLE t (a text); INSERT INTO t VALUES (E'\xff\xfe')"#,
      database: "TEMPLATE template0 ENCODING SQL_ASCII LOCALE 'C'")
    let table = try sample.table("t")
    let session = try sample.session()
    let error = try extractionError { _ = try session.extract(sample.request(table)) { _ in } }
    #expect(error.code == .valueDoesNotFit && !error.isTransient, "\(error)")
    let digest = try extractionError { _ = try measured(sample) }
    #expect(digest.code == .valueDoesNotFit && !digest.isTransient, "\(digest)")
  }

  @Test func seesEveryChange() throws {
    let sample = try PostgreSQLSample("CREATE TABLE t (a text, b text); INSERT INTO t VALUES ('ab', 'c'), ('x', NULL)")
    var seen = Set([try measured(sample).parts[0].digest])
    for change in [
      "UPDATE t SET a = 'a', b = 'bc' WHERE b = 'c'", "UPDATE t SET b = '' WHERE b IS NULL",
      "UPDATE t SET b = 'n' WHERE b = ''",
      "INSERT INTO t SELECT * FROM t WHERE b = 'n'", "DELETE FROM t WHERE b = 'n'",
    ] {
      try sample.run(change)
      #expect(seen.insert(try measured(sample).parts[0].digest).inserted, "\(change)")
    }
  }

  @Test func countsPartsOfEveryKindOfKey() throws {
    let sample = try PostgreSQLSample(
      """
      CREATE TABLE t (a int, b text, at timestamp);
      INSERT INTO t SELECT i % 10, chr(97 + i % 7), timestamp '2026-01-01' + i * interval '1 hour' FROM generate_series(0, 999) AS i;
      INSERT INTO t VALUES (NULL, 'a', NULL), (1, NULL, NULL);
      """)
    let table = try sample.table("t")
    let session = try sample.session()
    func counts(_ columns: [String], _ bounds: [Bound]) throws -> [Int] {
      let found = try session.measure(
        MeasureRequest(
          table: table, key: PartitionKey(columns: columns, origin: .asked, isNullable: true),
          parts: parts(bounds, withNull: true), digestColumns: ["a"]))
      #expect(found.totalRows == 1002 && found.parts.map(\.rows).reduce(0, +) == 1002)
      return found.parts.map(\.rows)
    }
    #expect(try counts(["a"], [Bound([.integer(3)]), Bound([.integer(7)])]) == [301, 400, 300, 1])
    let composite = [
      Bound([.integer(1), .text("c")]), Bound([.integer(5), .text("a")]), Bound([.integer(9), .text("z'")]),
    ]
    let found = try counts(["a", "b"], composite)
    #expect(found.last == 2 && found.prefix(4).reduce(0, +) == 1000)
    let counted = try sample.run("SELECT count(*) FROM t WHERE (a, b) >= (1, 'c') AND (a, b) < (5, 'a')")
    #expect("\(found[1])\n" == counted)
    #expect(try counts(["at"], [Bound([.text("2026-01-02 00:00:00.000000")])]) == [24, 976, 2])
  }

  @Test func choosesTypesByValues() throws {
    let sample = try PostgreSQLSample(
      """
      CREATE TABLE t (free numeric, huge numeric, nan numeric(5,2), day date, late date, at timestamp, hour time, none date);
      INSERT INTO t VALUES (1.25, 1e30, 1, '2026-01-01', 'infinity', '2026-01-01', '24:00', NULL),
        (-100000, 1e-30, 'NaN', '0001-01-01', '2026-01-01', '9999-12-31 23:59:59.999999', '00:00', NULL);
      """)
    let table = try sample.table("t")
    let found = try sample.session().measure(
      MeasureRequest(table: table, key: nil, parts: [Part(id: 1, range: .whole)], profiles: true))
    #expect(
      found.columns?.map(\.type) == [
        .decimal(precision: 38, scale: 2), .text(length: nil), .text(length: nil), .date, .text(length: nil),
        .timestamp(scale: 6), .text(length: nil), .date,
      ])
    #expect(found.emptyColumns == ["none"])
  }

  @Test func measuresNothing() throws {
    let sample = try PostgreSQLSample("CREATE TABLE t (a int)")
    let found = try measured(sample)
    #expect(found.totalRows == 0 && found.parts == [PartMeasure(part: 1, rows: 0, digest: RowDigest())])
  }

  @Test func tellsOfAFilterThatCannotWork() throws {
    let sample = try PostgreSQLSample("CREATE TABLE t (a int, \"b$c\" text)")
    let session = try sample.session()
    let table = try sample.table("t")
    for good in [
      "a > 1", "\"b$c\" = $$;)$$", "a = 1 -- one", "a /* ( /* nested */ */ = 1", #""b$c" = E'it\'s )'"#,
      "a IN (SELECT 1)",
    ] {
      try session.check(filter: good, of: table)
    }
    for bad in [
      "", "-- only words", "a = 1)", "(a = 1", "a = 1; DROP TABLE t", "a = 'x", "a = \"", "a = $1", "wrong = 1",
      "a = 'text'", "count(*) > 1",
      "a = $q$ open", "/* open", "a = 1) OR (true",
    ] {
      let error = try extractionError { try session.check(filter: bad, of: table) }
      #expect(error.code == .badFilter && error.message.contains("(\(bad))"), "\(bad): \(error)")
    }
    #expect(try session.tables([table.name]).count == 1, "the session goes on")
  }
}
