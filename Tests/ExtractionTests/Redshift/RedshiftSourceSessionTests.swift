import Catalogs
import Crypto
import Extraction
import Plans
import Support
import Testing

/// Catalog, rows, digests, boundaries and watermarks through the stand-in for Redshift.
@Suite(.blocking) struct RedshiftSourceSessionTests {
  @Test func describesTablesAndViews() throws {
    let sample = try RedshiftSample(
      """
      CREATE TABLE t (id bigint NOT NULL, "Odd, ""name" varchar(20) DEFAULT 'x', s super, PRIMARY KEY (id, "Odd, ""name"));
      COMMENT ON COLUMN t.id IS 'the number';
      CREATE VIEW bound AS SELECT id FROM t;
      CREATE VIEW late AS SELECT id AS n FROM t;
      INSERT INTO standin.keys VALUES ('t', 'id', true, -2), ('t', 's', false, 1);
      INSERT INTO standin.late_binding VALUES ('public', 'late', 'n', 'bigint', 1);
      INSERT INTO standin.svv_external_columns VALUES ('lake', 'clicks', 'at', 'timestamp', 1), ('lake', 'clicks', 'n', 'int', 2);
      INSERT INTO t SELECT i, 'a' FROM generate_series(1, 5000) AS i; ANALYZE t;
      """)
    let session = try sample.session()
    let names = [
      ObjectName(table: "t"), ObjectName(schema: "public", table: "bound"), ObjectName(schema: "public", table: "late"),
      ObjectName(schema: "lake", table: "clicks"), ObjectName(schema: "public", table: "none"),
      ObjectName(database: "elsewhere", schema: "public", table: "t"),
    ]
    let found = try session.tables(names)
    #expect(found.count == 4)
    let table = try #require(found[names[0]])
    #expect(table.name == ObjectName(schema: "public", table: "t"))
    #expect(table.columns.map(\.name) == ["id", "Odd, \"name", "s"])
    #expect(table.columns.map(\.type) == [.integer, .text(length: 20), .text(length: nil)])
    #expect(table.columns.map(\.isNullable) == [false, false, true])
    #expect(table.columns[0].comment == "the number" && table.columns[1].defaultValue?.contains("'x'") == true)
    #expect(table.primaryKey == ["id", "Odd, \"name"] && table.clusteringKey == ["s", "id"])
    #expect(table.traits == ["DISTKEY id", "KEYS NOT ENFORCED"])
    #expect(table.estimatedRows == 5000 && table.estimatedBytes == 1 << 20)
    #expect(session.remarks(on: table).count == 2 && session.remarks(on: table)[0].contains("does not enforce"))
    #expect(found[names[1]]?.kind == .view && found[names[1]]?.traits == [])
    #expect(found[names[2]]?.traits == ["LATE BINDING VIEW"] && found[names[2]]?.columns.map(\.name) == ["n"])
    #expect(
      found[names[3]]?.kind == .virtual && found[names[3]]?.columns.map(\.type) == [.timestamp(scale: 6), .integer])
    #expect(try session.allTables().filter { $0.name.schema == "public" }.map(\.name.table) == ["bound", "late", "t"])
    #expect(
      session.obstacle(to: PartitionKey(columns: ["s"], origin: .asked, isNullable: true), of: table)?.contains("super")
        == true)
  }

  @Test func namesWhatTheLoginMayNotRead() throws {
    let sample = try RedshiftSample("CREATE TABLE closed (n int); CREATE TABLE open (n int)")
    let reader = "reader_of_\(sample.standIn.database.name)"
    try sample.run("CREATE ROLE \(reader) LOGIN; GRANT SELECT ON open TO \(reader)")
    let session = try sample.session(user: reader)
    let names = ["closed", "open"].map { ObjectName(schema: "public", table: $0) }
    let found = try session.tables(names)
    try session.checkAccess(to: try #require(found[names[1]]))
    let closed = try #require(found[names[0]])
    #expect { try session.checkAccess(to: closed) } throws: {
      ($0 as? ExtractionError)?.code == .notAllowed && "\($0)".contains("grant SELECT on \"public\".\"closed\"")
    }
  }

  @Test func refusesAServerThatIsNotRedshift() throws {
    let sample = try PostgreSQLSample()
    #expect { try RedshiftSourceSession(sample.settings) } throws: { error in
      (error as? ExtractionError)?.code == .cannotOpen && "\(error)".contains("is not Amazon Redshift")
    }
  }

  @Test func keepsValuesOfEveryType() throws {
    let sample = try RedshiftSample(
      """
      CREATE TABLE t (s smallint, l bigint, d numeric(38,10), r real, f double precision, b boolean, c char(4), v varchar(100),
        day date, p timestamp, z timestamptz, h time, hz timetz, j super, x varbyte, g geometry, k hllsketch);
      INSERT INTO t VALUES
        (-32768, -9223372036854775808, -9999999999999999999999999999.9999999999, 0.1, 5e-324, true, 'ab', 'Größe \\ ''🙂', '0001-01-01',
         '0001-01-01', '1969-12-31 23:59:59.999999+00', '23:59:59.999999', '10:31:07.25+02', '{"a": [1, null, "é"]}', '\\x00ff',
         '0101000020E6100000', '{"version":1}'),
        (32767, 9223372036854775807, 0.0000000001, 'NaN', '-Infinity', false, '', '', '9999-12-31',
         '9999-12-31 23:59:59.999999', '2026-11-21 10:31:07+02', '00:00', NULL, '1', '', NULL, NULL),
        (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
      """)
    let expected = [
      [
        "-32768", "-9223372036854775808", "-99999999999999999999999999999999999999e-10", "0.10000000149011612",
        "5e-324",
        "true", "'ab  '", "'Größe \\ '🙂'", "day -719162", "tick -62135596800000000", "tick -1", "tick 86399999999",
        "'10:31:07.25+02'", "'{\"a\": [1, null, \"é\"]}'", "x00ff", "'0101000020E6100000'", "'{\"version\":1}'",
      ],
      [
        "32767", "9223372036854775807", "1e-10", "nan", "-inf", "false", "'    '", "''", "day 2932896",
        "tick 253402300799999999", "tick 1795249867000000", "tick 0", "NULL", "'1'", "x", "NULL", "NULL",
      ],
      Array(repeating: "NULL", count: 17),
    ]
    let rows = try sample.extracted("t")
    #expect(rows.count == expected.count)
    for (row, wanted) in zip(rows, expected) { #expect(row == wanted) }
  }

  @Test func becomesTextWhereNoTargetHasTheYear() throws {
    let sample = try RedshiftSample(
      "CREATE TABLE t (p timestamp, d date); INSERT INTO t VALUES ('20000-01-01 00:00', '0044-03-15 BC')")
    #expect(try sample.extracted("t") == [["'20000-01-01 00:00:00'", "'0044-03-15 BC'"]])
  }

  /// The words of docs/checksums.md, computed by another hand from its canonical text.
  @Test func digestsByTheDefinition() throws {
    let sample = try RedshiftSample(
      """
      CREATE TABLE t (i int, f double precision, s varchar(20), x varbyte, n varchar(5), b boolean, m numeric(6,2), d date, h time,
        p timestamp, z timestamptz);
      INSERT INTO t VALUES (42, 1.5, 'Größe', '\\x00ff', NULL, true, -0.05, '2026-11-21', '10:31:07.25', '2026-11-21 10:31:07',
        '2026-11-21 10:31:07.25+02'),
        (-17, -1234567890, '', '', 'n', false, 0, '0001-01-01', '00:00', '1970-01-01', NULL),
        (0, '-0', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL), (1, '1e-300', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
        NULL), (2, 'NaN', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL), (3, 0.03125, NULL, NULL, NULL, NULL, NULL, NULL,
        NULL, NULL, NULL), (4, '1e20', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
      """)
    let rows = [
      "i2:42f23:1.5000000000000000e+000s7:Größex4:00ffnb1:1m5:-0.05d10:2026-11-21h15:10:31:07.250000p26:2026-11-21 10:31:07.000000"
        + "z26:2026-11-21 08:31:07.250000",
      "i3:-17f24:-1.2345678900000000e+009s0:x0:s1:nb1:0m4:0.00d10:0001-01-01h15:00:00:00.000000p26:1970-01-01 00:00:00.000000n",
      "i1:0f24:-0.0000000000000000e+000nnnnnnnnn", "i1:1f23:1.0000000000000000e-300nnnnnnnnn", "i1:2f3:NaNnnnnnnnnn",
      "i1:3f23:3.1250000000000000e-002nnnnnnnnn", "i1:4f23:1.0000000000000000e+020nnnnnnnnn",
    ]
    let expected = try rows.reduce(into: RowDigest()) { digest, row in
      let bytes = try Array(row.utf8).withUnsafeBytes { try SHA256().digest($0) }.hex
      digest.add(high: UInt64(bytes.prefix(16), radix: 16)!, low: UInt64(bytes.dropFirst(16).prefix(16), radix: 16)!)
    }
    let table = try sample.table("t")
    let session = try sample.session()
    let columns = table.columns.map(\.name)
    let found = try session.measure(
      MeasureRequest(table: table, key: nil, parts: [Part(id: 1, range: .whole)], digestColumns: columns))
    #expect(found.parts[0].digest == expected && found.parts[0].bytes > 0)
    let part = try session.extract(try sample.request(table, digestColumns: columns)) { _ in }
    #expect(part.digest == expected)
  }

  private static let keys: [(type: String, value: String)] = [
    ("bigint", "i"), ("numeric(10,2)", "i * 1.25"), ("varchar(20)", "'k ''\\' || i"), ("date", "date '2000-01-01' + i"),
    ("timestamp", "timestamp '2000-01-01' + i * interval '1 second'"),
    ("timestamptz", "timestamptz '2000-01-01 00:00+00' + i * interval '1 second'"), ("double precision", "i / 8.0"),
    ("char(8)", "'c' || i"),
  ]

  /// Every row is in exactly one part, whatever the key's type, and each part extracts as many rows as it counts.
  @Test(arguments: keys.map(\.type)) func everyRowIsInOnePart(type: String) throws {
    let value = try #require(Self.keys.first { $0.type == type }?.value)
    let sample = try RedshiftSample(
      "CREATE TABLE t (k \(type), n int); INSERT INTO t SELECT \(value), i FROM generate_series(1, 100) AS i;"
        + "INSERT INTO t SELECT k, 0 FROM t WHERE n <= 10; INSERT INTO t VALUES (NULL, 1)")
    let table = try sample.table("t")
    let session = try sample.session()
    let key = PartitionKey(columns: ["k"], origin: .asked, isNullable: true)
    let bounds = try session.boundaries(BoundaryRequest(table: table, key: key, rowsPerPart: 30))
    #expect(bounds.count >= 3)
    let parts = parts(bounds, withNull: true)
    let found = try session.measure(MeasureRequest(table: table, key: key, parts: parts))
    #expect(found.totalRows == 111 && found.parts.reduce(0) { $0 + $1.rows } == 111)
    #expect(found.parts.allSatisfy { $0.rows <= 30 } && found.parts.last?.rows == 1)
    for (part, measure) in zip(parts, found.parts) {
      let staged = try session.extract(
        try sample.request(table, key: key, range: part.range, prefix: "run/\(part.id)")
      ) { _ in }
      #expect(staged.rows == measure.rows)
    }
  }

  @Test func cutsByTwoColumnsAndFromASample() throws {
    let sample = try RedshiftSample(
      "CREATE TABLE t (a int, b varchar(9)); INSERT INTO t SELECT i / 1000, 'b' || i % 1000 FROM generate_series(1, 200000) AS i;"
        + "ANALYZE t")
    let table = try sample.table("t")
    let session = try sample.session(smallTable: 1000)
    let key = PartitionKey(columns: ["a", "b"], origin: .asked, isNullable: true)
    let bounds = try session.boundaries(BoundaryRequest(table: table, key: key, rowsPerPart: 50_000))
    #expect((4...6).contains(bounds.count) && bounds.allSatisfy { $0.values.count == 2 })
    #expect(try session.boundaries(BoundaryRequest(table: table, key: key, rowsPerPart: 50_000)) == bounds)
    let found = try session.measure(MeasureRequest(table: table, key: key, parts: parts(bounds, withNull: true)))
    #expect(found.totalRows == 200_000 && found.parts.reduce(0) { $0 + $1.rows } == 200_000)
    #expect(found.parts.dropLast().allSatisfy { (20_000...60_000).contains($0.rows) })
  }

  @Test func cutsDenseNumbersByArithmetic() throws {
    let sample = try RedshiftSample(
      "CREATE TABLE t (n bigint); INSERT INTO t SELECT i + 10 FROM generate_series(1, 100) AS i")
    let key = PartitionKey(columns: ["n"], origin: .asked, isNullable: true)
    let bounds = try sample.session().boundaries(
      BoundaryRequest(table: try sample.table("t"), key: key, rowsPerPart: 40))
    #expect(bounds == [Bound([.integer(51)]), Bound([.integer(91)])])
  }

  @Test func findsTheWatermark() throws {
    let sample = try RedshiftSample(
      """
      CREATE TABLE t (at timestamptz, n int);
      INSERT INTO t VALUES ('2026-01-01 00:00+00', 1), ('2026-01-02 00:00:00.000001+00', 2), ('2026-01-02 00:00:00.000001+00', 3),
        (NULL, 4);
      """)
    let table = try sample.table("t")
    let found = try sample.session().watermark(
      WatermarkRequest(
        table: table, filter: "n <> 1 OR 'a\\'b' = ''", column: "at", after: .text("2026-01-01 00:00:00.000000+00"),
        digestColumns: ["at", "n"]))
    #expect(found.bound == .text("2026-01-02 00:00:00.000001+00") && found.guarantee.class == .bestEffort)
    #expect(found.nullRows == 1 && found.newRows == 2 && found.boundTies?.rows == 2 && found.ties?.rows == 0)
  }

  @Test func judgesFilters() throws {
    let sample = try RedshiftSample("CREATE TABLE t (n varchar(9))")
    let table = try sample.table("t")
    let session = try sample.session()
    #expect(throws: Never.self) { try session.check(filter: "n = 'it\\'s (' -- fine", of: table) }
    for filter in ["n = 'a') OR (1 = 1", "m = 1", "n = 'a';"] {
      #expect { try session.check(filter: filter, of: table) } throws: { ($0 as? ExtractionError)?.code == .badFilter }
    }
  }

  @Test func aConnectionCutAmongTheRowsIsTransientAndLeavesNoFile() throws {
    let sample = try RedshiftSample(
      "CREATE TABLE t (n int, s varchar(99)); INSERT INTO t SELECT i, repeat('x', 90) FROM generate_series(1, 5000) AS i"
    )
    let table = try sample.table("t")
    let session = try sample.session()
    try sample.standIn.setFault("cut 100000")
    #expect { try session.extract(try sample.request(table)) { _ in } } throws: { error in
      (error as? ExtractionError)?.code == .connectionLost && (error as? ExtractionError)?.isTransient == true
    }
    #expect(sample.standIn.hasFired)
    #expect(try sample.session().extract(try sample.request(table)) { _ in }.rows == 5000)
  }

  @Test func aValueThatDoesNotFitIsToldWithItsKey() throws {
    let sample = try RedshiftSample(
      "CREATE TABLE t (id int PRIMARY KEY, n bigint); INSERT INTO t SELECT i, CASE i WHEN 77 THEN NULL ELSE i END "
        + "FROM generate_series(1, 100) AS i")
    let table = try sample.table("t")
    var columns = RedshiftSample.columns(table)
    columns[1].isNullable = false
    let session = try sample.session()
    #expect { _ = try session.extract(try sample.request(table, columns: columns)) { _ in } } throws: { error in
      "\(error)".contains("table public.t, column n: ") && "\(error)".contains("key id = 77")
    }
  }

  @Test func aChangedTableIsRefused() throws {
    let sample = try RedshiftSample("CREATE TABLE t (n int)")
    let request = try sample.request(try sample.table("t"))
    try sample.run("ALTER TABLE t ADD COLUMN m int")
    #expect { try sample.session().extract(request) { _ in } } throws: {
      ($0 as? ExtractionError)?.code == .shapeChanged
    }
    try sample.run("DROP TABLE t")
    #expect { try sample.session().extract(request) { _ in } } throws: {
      ($0 as? ExtractionError)?.code == .tableMissing
    }
  }
}
