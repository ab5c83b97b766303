import Catalogs
import Extraction
import Foundation
import Plans
import Support
import Testing

/// Every type at its extremes: as our reader and as pyarrow read the staged files.
@Suite(.blocking) struct PostgreSQLTypesTests {
  @Test func keepsNumbers() throws {
    let sample = try PostgreSQLSample(
      """
      CREATE DOMAIN positive AS integer CHECK (value > 0);
      CREATE TABLE t (id int PRIMARY KEY, b bool, s smallint, l bigint, o oid, f real, d double precision, p positive);
      INSERT INTO t VALUES
        (1, true, -32768, -9223372036854775808, 0, '-Infinity', '-Infinity', 1),
        (2, false, 32767, 9223372036854775807, 4294967295, 'NaN', 'NaN', 2147483647),
        (3, NULL, NULL, NULL, NULL, 1.17549435e-38, 5e-324, NULL), (4, true, 0, 0, 1, 0.1, 0.1, 1),
        (-2147483648, true, 0, 0, 1, '-0', '-0', 1);
      """)
    #expect(
      try sample.extracted("t") == [
        ["1", "true", "-32768", "-9223372036854775808", "0", "-inf", "-inf", "1"],
        ["2", "false", "32767", "9223372036854775807", "4294967295", "nan", "nan", "2147483647"],
        ["3", "NULL", "NULL", "NULL", "NULL", "1.1754943508222875e-38", "5e-324", "NULL"],
        ["4", "true", "0", "0", "1", "0.10000000149011612", "0.1", "1"],
        ["-2147483648", "true", "0", "0", "1", "-0.0", "-0.0", "1"],
      ])
  }

  @Test func keepsDecimals() throws {
    let sample = try PostgreSQLSample(
      """
      CREATE TABLE t (a numeric(38,0), b numeric(38,38), c numeric(12,2), n numeric(3,-2), s numeric(2,5), m money,
        wide numeric(50,10), free numeric, vast numeric, nan numeric(5,2), unbound numeric);
      INSERT INTO t VALUES
        ('99999999999999999999999999999999999999', '0.99999999999999999999999999999999999999', 9999999999.99, 99900, 0.00099,
         92233720368547758.07, 1234567890123456789012345678901234567890.1234567891, 123456.789, 1e40, 'NaN', 'Infinity'),
        ('-99999999999999999999999999999999999999', '-0.00000000000000000000000000000000000001', -0.01, -100, -0.00001,
         -92233720368547758.08, 0, -0.000001, 1, 1.5, 2), (10000, 0, 100.1, 0, 0, 0, 1, 100000000, 2, 2, 3);
      """)
    #expect(
      try sample.extracted("t") == [
        [
          "99999999999999999999999999999999999999e-0", "99999999999999999999999999999999999999e-38", "999999999999e-2",
          "99900e-0", "99e-5", "9223372036854775807e-2", "'1234567890123456789012345678901234567890.1234567891'",
          "123456789000e-6", "'10000000000000000000000000000000000000000'", "'NaN'", "'Infinity'",
        ],
        [
          "-99999999999999999999999999999999999999e-0", "-1e-38", "-1e-2", "-100e-0", "-1e-5",
          "-9223372036854775808e-2", "'0.0000000000'", "-1e-6", "'1'", "'1.50'", "'2'",
        ],
        [
          "10000e-0", "0e-38", "10010e-2", "0e-0", "0e-5", "0e-2", "'1.0000000000'", "100000000000000e-6", "'2'",
          "'2.00'", "'3'",
        ],
      ])
  }

  @Test func keepsDatesAndTimes() throws {
    let sample = try PostgreSQLSample(
      """
      CREATE TABLE t (d date, h time, h3 time(3), p timestamp, p0 timestamp(0), z timestamptz, zone timetz, i interval);
      INSERT INTO t VALUES
        ('0001-01-01', '00:00', '00:00:00.001', '0001-01-01', '2020-02-29 12:00', '0001-01-01 00:00+00', '00:00+14', '1 year -3 days 0.5 s'),
        ('9999-12-31', '23:59:59.999999', '23:59:59.999', '9999-12-31 23:59:59.999999', '1970-01-01', '1999-12-31 22:00:00.5-02', '23:59:59-14', '0'),
        ('1969-12-31', '00:00:00.000001', NULL, '1969-12-31 23:59:59.999999', NULL, NULL, NULL, NULL);
      CREATE TABLE odd (d date, p timestamp, z timestamptz, h time);
      INSERT INTO odd VALUES ('infinity', '-infinity', '4714-11-24 00:00+00 BC', '24:00'),
        ('0044-03-15 BC', '294276-12-31 23:59:59.999999', '294276-12-31 23:59:59+00', '12:00');
      """)
    #expect(
      try sample.extracted("t") == [
        [
          "day -719162", "tick 0", "tick 1000", "tick -62135596800000000", "tick 1582977600000000",
          "tick -62135596800000000",
          "'00:00:00+14'", "'P1Y-3DT0.5S'",
        ],
        [
          "day 2932896", "tick 86399999999", "tick 86399999000", "tick 253402300799999999", "tick 0",
          "tick 946684800500000", "'23:59:59-14'", "'PT0S'",
        ],
        ["day -1", "tick 1", "NULL", "tick -1", "NULL", "NULL", "NULL", "NULL"],
      ])
    #expect(
      try sample.extracted("odd") == [
        ["'infinity'", "'-infinity'", "'4714-11-24 00:00:00+00 BC'", "'24:00:00'"],
        ["'0044-03-15 BC'", "'294276-12-31 23:59:59.999999'", "'294276-12-31 23:59:59+00'", "'12:00:00'"],
      ])
  }

  @Test func keepsTextAndBytes() throws {
    let sample = try PostgreSQLSample(
      #"""
      CREATE TYPE mood AS ENUM ('sad', 'happy'); CREATE TYPE pair AS (a int, b text);
      CREATE TABLE t (t text, v varchar(5), c char(5), n name, y bytea, e mood, u uuid, js json, jb jsonb, x xml, p pair);
      INSERT INTO t VALUES (E'Größe 🎉 ''"\\\n', 'abcde', 'ab', 'nm', '\x00ff', 'happy', '123E4567-e89b-12d3-a456-426614174000',
        '{"a": 1,  "a":2}', '{"b":1,"a":[1,2.50]}', '<a>x</a>', '(1,"a b")'),
        ('', '', '', '', '', 'sad', '00000000-0000-0000-0000-000000000000', 'null', 'null', '<b/>', '(,)');
      """#)
    #expect(
      try sample.extracted("t") == [
        [
          "'Größe 🎉 '\"\\\n'", "'abcde'", "'ab   '", "'nm'", "x00ff", "'happy'",
          "'123e4567-e89b-12d3-a456-426614174000'", #"'{"a": 1,  "a":2}'"#, #"'{"a": [1, 2.50], "b": 1}'"#,
          "'<a>x</a>'",
          #"'(1,"a b")'"#,
        ],
        [
          "''", "''", "'     '", "''", "x", "'sad'", "'00000000-0000-0000-0000-000000000000'", "'null'", "'null'",
          "'<b/>'", "'(,)'",
        ],
      ])
  }

  @Test func keepsEverythingElseAsText() throws {
    let sample = try PostgreSQLSample(
      """
      CREATE EXTENSION hstore; CREATE EXTENSION citext;
      CREATE TABLE t (a int[], b text[], c int[][], low int[], r int4range, i inet, m macaddr, bi bit(3), vb varbit, v tsvector,
        p point, h hstore, ci citext, l pg_lsn, re regclass, q "char");
      INSERT INTO t VALUES ('{1,NULL,3}', '{"a,b","",NULL}', '{{1,2},{3,4}}', '[0:1]={7,8}', '[1,5)', '10.0.0.1/8',
        '08:00:2b:01:02:03', '101', '1', 'a:1', '(1.5,2)', 'a=>1', 'Case', '16/B374D848', 't', 'z');
      """)
    #expect(
      try sample.extracted("t") == [
        [
          "'[1,null,3]'", #"'["a,b","",null]'"#, "'[[1,2],[3,4]]'", "'[0:1]={7,8}'", "'[1,5)'", "'10.0.0.1/8'",
          "'08:00:2b:01:02:03'", "'101'", "'1'", "''a':1'", "'(1.5,2)'", #"'"a"=>"1"'"#, "'Case'", "'16/B374D848'",
          "'t'", "'z'",
        ]
      ])
  }

  @Test func isReadByOthers() throws {
    let sample = try PostgreSQLSample(
      """
      CREATE TABLE t (id bigint, n numeric(12,2), p timestamp, z timestamptz, d date, h time, b bool, t text, y bytea);
      INSERT INTO t VALUES (1, -12.50, '2026-11-21 10:31:07.25', '2026-11-21 10:31:07+02', '2026-11-21', '10:31', true, 'é', '\\xff'),
        (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
      """)
    let table = try sample.table("t")
    let part = try sample.session().extract(sample.request(table)) { _ in }
    let path = try sample.stage + "/" + #require(part.files.first).path
    let said = try PythonReader.run("parquet_rows.py", [path])
    #expect(
      String(decoding: said, as: UTF8.self) == """
        int64 decimal128(12, 2) timestamp[us] timestamp[us, tz=UTC] date32[day] time64[us] bool string binary
        1 | -12.50 | 2026-11-21 10:31:07.250000 | 2026-11-21 08:31:07+00:00 | 2026-11-21 | 10:31:00 | True | é | b'\\xff'
        2 | None | None | None | None | None | None | None | None

        """)
  }

  @Test func convertsAsMapped() throws {
    let sample = try PostgreSQLSample(
      """
      CREATE TABLE t (i int, n numeric(6,2), w numeric(20,0), j jsonb, p timestamp, b bool);
      INSERT INTO t VALUES (42, 12.50, 12345678901234567, '{"a":1}', '2026-01-01', true);
      """)
    let table = try sample.table("t")
    var columns = PostgreSQLSample.columns(table)
    columns[0].type = .decimal(precision: 12, scale: 2)
    columns[1].type = .float
    columns[2].type = .integer
    columns[3].type = .variant
    columns[4].type = .timestamp(scale: 9)
    columns[5].type = .text(length: 5)
    let part = try sample.session().extract(sample.request(table, columns: columns)) { _ in }
    #expect(
      try sample.read(part) == [
        ["4200e-2", "12.5", "12345678901234567", #"'{"a": 1}'"#, "tick 1767225600000000000", "'true'"]
      ])
  }

  @Test(arguments: [
    ("numeric(6,2)", "1.5", LogicalType.integer), ("numeric", "1e20", .integer), ("bigint", "9007199254740993", .float),
    ("numeric(20,4)", "1234567890123456.7891", .float), ("text", "'abc'", .text(length: 2)),
    ("date", "'infinity'", .date),
    ("timestamp", "'-infinity'", .timestamp(scale: 6)),
    ("timestamp", "'2026-01-01 00:00:00.001'", .timestamp(scale: 2)),
    ("timestamp", "'2300-01-01'", .timestamp(scale: 9)), ("timestamptz", "'2026-01-01'", .timestamp(scale: 6)),
    ("time", "'24:00'", .time(scale: 6)), ("bytea", "'abc'", .binary(length: 2)), ("int", "2", .boolean),
    ("numeric(10,2)", "'NaN'", .decimal(precision: 10, scale: 2)),
    ("numeric(10,2)", "100", .decimal(precision: 4, scale: 2)),
    ("numeric(10,4)", "-7.2345", .decimal(precision: 12, scale: 3)),
    ("numeric(10,4)", "7.2340", .decimal(precision: 12, scale: 2)),
    ("numeric(10,4)", "7.2300", .decimal(precision: 12, scale: 1)),
    ("numeric(10,4)", "7.2", .decimal(precision: 12, scale: 0)),
    ("text", "'x'", .uuid),
  ])
  func namesTheRowOfAValueThatDoesNotFit(type: String, value: String, planned: LogicalType) throws {
    let sample = try PostgreSQLSample(
      "CREATE TABLE t (id int PRIMARY KEY, v \(type)); INSERT INTO t VALUES (7, NULL), (41, \(value))")
    let table = try sample.table("t")
    var columns = PostgreSQLSample.columns(table)
    columns[1].type = planned
    let session = try sample.session()
    let error = try extractionError { _ = try session.extract(sample.request(table, columns: columns)) { _ in } }
    #expect(error.code == .valueDoesNotFit && error.place == "table public.t, column v")
    #expect(error.message.contains("id = 41") && !error.isTransient, "\(error)")
    #expect(!error.message.contains("1234567890123456") && !error.message.contains("abc"), "no value is told: \(error)")
  }

  @Test func refusesANullWhereThePlanHasNone() throws {
    let sample = try PostgreSQLSample("CREATE TABLE t (v int); INSERT INTO t VALUES (NULL)")
    let table = try sample.table("t")
    var columns = PostgreSQLSample.columns(table)
    columns[0].isNullable = false
    let session = try sample.session()
    let error = try extractionError { _ = try session.extract(sample.request(table, columns: columns)) { _ in } }
    #expect(error.code == .valueDoesNotFit && error.message.hasPrefix("a NULL (row 1 of the part)"), "\(error)")
  }
}
