import Extraction
import Foundation
import Postgres
import Support
import Testing

/// docs/postgresql.md says what becomes of every type: by libpq and through a driver alike.
@Suite(.blocking) struct PostgreSQLTypeTableTests {
  private static let prepared = """
    CREATE EXTENSION hstore; CREATE EXTENSION citext;
    CREATE DOMAIN positive AS integer CHECK (value > 0); CREATE TYPE mood AS ENUM ('sad', 'happy');
    CREATE TYPE pair AS (a int, b text);

    """

  private static let numbers = [
    SourceTypeCase("smallint", same: ["-32768", "32767"]),
    SourceTypeCase("integer", same: ["-2147483648", "2147483647"]),
    SourceTypeCase("bigint", same: ["-9223372036854775808", "9223372036854775807"]),
    SourceTypeCase("oid", same: ["0", "4294967295"]),
    SourceTypeCase(
      "real",
      [
        "0.1": "0.10000000149011612", "3.4028235e38": "3.4028234663852886e+38", "'-Infinity'": "-inf",
        "'NaN'": "'NaN'",
        "1.17549435e-38": "1.1754943508222875e-38",
      ]),
    SourceTypeCase(
      "double precision",
      [
        "0.1": "0.1", "1.7976931348623157e308": "1.7976931348623157e+308", "'Infinity'": "inf", "'NaN'": "'NaN'",
        "5e-324": "5e-324",
      ]),
    SourceTypeCase("numeric(12,2)", ["9999999999.99": "9999999999.99", "-0.01": "-0.01", "100.1": "100.1"]),
    SourceTypeCase("numeric(12,2) with NaN", ["'NaN'": "'NaN'", "1.5": "'1.50'"]),
    SourceTypeCase(
      "numeric(38,0)",
      [
        "99999999999999999999999999999999999999": "'99999999999999999999999999999999999999'",
        "-99999999999999999999999999999999999999": "'-99999999999999999999999999999999999999'", "10000": "'10000'",
      ]),
    SourceTypeCase(
      "numeric(38,38)",
      ["-0.99999999999999999999999999999999999999": "'-0.99999999999999999999999999999999999999'"]),
    SourceTypeCase("numeric(3,-2)", same: ["99900", "-100"]),
    SourceTypeCase("numeric(2,5)", ["0.00099": "0.00099", "-0.00001": "-1e-05"]),
    SourceTypeCase(
      "numeric(50,10) with 50 digits",
      [
        "1234567890123456789012345678901234567890.1234567891": "'1234567890123456789012345678901234567890.1234567891'",
        "0": "'0.0000000000'",
      ]),
    SourceTypeCase(
      "numeric", ["123456.789": "'123456.789000'", "-0.000001": "'-0.000001'", "100000000": "'100000000.000000'"]),
    SourceTypeCase(
      "numeric with 41 digits", ["1e40": "'10000000000000000000000000000000000000000'", "1.50": "'1.50'"]),
    SourceTypeCase(
      "numeric with infinity", ["'Infinity'": "'Infinity'", "'-Infinity'": "'-Infinity'", "'NaN'": "'NaN'"]),
    SourceTypeCase(
      "money", ["92233720368547758.07": "'92233720368547758.07'", "-92233720368547758.08": "'-92233720368547758.08'"]),
    SourceTypeCase("boolean", ["true": "1", "false": "0"]),
  ]

  private static let texts = [
    SourceTypeCase("character(5)", ["'ab'": "'ab   '", "''": "'     '"]),
    SourceTypeCase("character varying(5)", same: ["'abcde'", "''", "'Größe'"]),
    SourceTypeCase("character varying", same: ["'it''s 🎉 \\'"]),
    SourceTypeCase("text", same: ["'it''s 🎉 \\'", "''"]),
    SourceTypeCase("name", same: ["'pg_class'"]),
    SourceTypeCase("\"char\"", same: ["'z'"]),
    SourceTypeCase("citext", same: ["'Case'"]),
    SourceTypeCase("bytea", ["'\\x00ff'": "X'00FF'", "''": "X''"]),
    SourceTypeCase(
      "uuid", ["'123E4567-e89b-12d3-a456-426614174000'": "'123e4567-e89b-12d3-a456-426614174000'"]),
    SourceTypeCase("json", same: ["'{\"a\": 1,  \"a\":2}'", "'null'"]),
    SourceTypeCase("jsonb", ["'{\"b\":1,\"a\":[1,2.50]}'": "'{\"a\": [1, 2.50], \"b\": 1}'", "'null'": "'null'"]),
    SourceTypeCase("xml", same: ["'<a>x</a>'"]),
  ]

  private static let times = [
    SourceTypeCase("date", same: ["'0001-01-01'", "'9999-12-31'"]),
    SourceTypeCase(
      "date with infinity",
      same: ["'infinity'", "'-infinity'", "'0044-03-15 BC'", "'5874897-12-31'"]),
    SourceTypeCase("time", ["'00:00'": "'00:00:00.000000'", "'23:59:59.999999'": "'23:59:59.999999'"]),
    SourceTypeCase("time(3)", same: ["'23:59:59.999'"]),
    SourceTypeCase("time with 24:00:00", same: ["'24:00:00'", "'00:00:00'"]),
    SourceTypeCase("timetz", ["'23:59:59.999999-14'": "'23:59:59.999999-14'", "'00:00+14'": "'00:00:00+14'"]),
    SourceTypeCase(
      "timestamp",
      ["'0001-01-01'": "'0001-01-01 00:00:00.000000'", "'9999-12-31 23:59:59.999999'": "'9999-12-31 23:59:59.999999'"]),
    SourceTypeCase("timestamp(0)", same: ["'2020-02-29 12:00:00'"]),
    SourceTypeCase(
      "timestamp with infinity",
      same: ["'infinity'", "'-infinity'", "'4713-01-01 00:00:00 BC'", "'294276-12-31 23:59:59.999999'"]),
    SourceTypeCase(
      "timestamptz",
      [
        "'0001-01-01 00:00+00'": "'0001-01-01 00:00:00.000000Z'",
        "'9999-12-31 23:59:59.999999+00'": "'9999-12-31 23:59:59.999999Z'",
        "'1999-12-31 22:00:00.5-02'": "'2000-01-01 00:00:00.500000Z'",
      ]),
    SourceTypeCase("timestamptz(3)", ["'2020-02-29 12:00:00.125+01'": "'2020-02-29 11:00:00.125Z'"]),
    SourceTypeCase(
      "timestamptz with infinity",
      same: ["'infinity'", "'-infinity'", "'4714-11-24 00:00:00+00 BC'", "'294276-12-31 23:59:59+00'"]),
    SourceTypeCase(
      "interval",
      [
        "'1 year -3 days 0.5 s'": "'P1Y-3DT0.5S'", "'0'": "'PT0S'", "'178956970 years 7 mons'": "'P178956970Y7M'",
        "'-2147483648 days'": "'P-2147483648D'",
      ]),
  ]

  private static let others = [
    SourceTypeCase(
      "integer[]", ["'{1,NULL,3}'": "'[1,null,3]'", "'{}'": "'[]'", "'{{1,2},{3,4}}'": "'[[1,2],[3,4]]'"]),
    SourceTypeCase("integer[] with a first index other than 1", same: ["'[0:1]={7,8}'"]),
    SourceTypeCase("text[]", ["'{\"a,b\",\"\",NULL}'": "'[\"a,b\",\"\",null]'"]),
    SourceTypeCase("composite (a int, b text)", as: "pair", same: ["'(1,\"a b\")'", "'(,)'"]),
    SourceTypeCase("domain over integer", as: "positive", same: ["1", "2147483647"]),
    SourceTypeCase("enum", as: "mood", same: ["'sad'", "'happy'"]),
    SourceTypeCase("int4range", same: ["'[1,5)'", "'empty'", "'(,)'"]),
    SourceTypeCase("int8range", ["'[1,9223372036854775806]'": "'[1,9223372036854775807)'"]),
    SourceTypeCase("numrange", same: ["'(1.50,)'"]),
    SourceTypeCase("daterange", same: ["'[2026-01-01,2026-02-01)'", "'[-infinity,infinity)'"]),
    SourceTypeCase("tsrange", ["'[2026-01-01,)'": "'[\"2026-01-01 00:00:00\",)'"]),
    SourceTypeCase("tstzrange", ["'[2026-01-01 00:00+02,)'": "'[\"2025-12-31 22:00:00+00\",)'"]),
    SourceTypeCase("int4multirange", same: ["'{[1,5),[7,9)}'", "'{}'"]),
    SourceTypeCase("inet", ["'10.0.0.1/8'": "'10.0.0.1/8'", "'::1'": "'::1/128'"]),
    SourceTypeCase("cidr", same: ["'10.0.0.0/8'"]),
    SourceTypeCase("macaddr", same: ["'08:00:2b:01:02:03'"]),
    SourceTypeCase("macaddr8", same: ["'08:00:2b:01:02:03:04:05'"]),
    SourceTypeCase("bit(3)", same: ["'101'"]),
    SourceTypeCase("bit varying", same: ["'1'", "''"]),
    SourceTypeCase("tsvector", ["'a:1 fat:2'": "'''a'':1 ''fat'':2'"]),
    SourceTypeCase("tsquery", ["'a & fat'": "'''a'' & ''fat'''"]),
    SourceTypeCase("point", same: ["'(1.5,2)'", "'(-1e+300,0.1)'"]),
    SourceTypeCase("line", same: ["'{1,-1,0}'"]),
    SourceTypeCase("lseg", same: ["'[(0,0),(1,1)]'"]),
    SourceTypeCase("box", same: ["'(1,1),(0,0)'"]),
    SourceTypeCase("path", same: ["'((0,0),(1,1))'"]),
    SourceTypeCase("polygon", same: ["'((0,0),(1,1),(1,0))'"]),
    SourceTypeCase("circle", same: ["'<(1,1),2>'"]),
    SourceTypeCase("hstore", ["'a=>1, b=>NULL'": "'\"a\"=>\"1\", \"b\"=>NULL'"]),
    SourceTypeCase("pg_lsn", same: ["'16/B374D848'"]),
  ]

  @Test(arguments: [false, true]) func theTableOfTypesIsWhatHappens(throughDriver: Bool) throws {
    let cases = Self.numbers + Self.texts + Self.times + Self.others
    let database = try PostgresServer.shared().database()
    try database.run(Self.prepared + SourceTypeCase.table(cases))
    let settings = PostgresSettings(
      host: database.server.host, port: database.server.port, database: database.name, user: database.server.user)
    try SourceTypeTable.check(
      "postgresql.md", cases,
      throughDriver
        ? PostgreSQLSourceSession(settings, driver: "PostgreSQL Unicode") : PostgreSQLSourceSession(settings))
  }
}
