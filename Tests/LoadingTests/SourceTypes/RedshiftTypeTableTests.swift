import Extraction
import Foundation
import Postgres
import Support
import Testing

/// docs/redshift.md says what becomes of every type, as far as the stand-in has it: by libpq and through a driver alike.
@Suite(.blocking) struct RedshiftTypeTableTests {
  /// A domain has no length of its own: the stand-in takes its comment for what Redshift calls the type.
  private static let prepared = """
    CREATE DOMAIN varbyte_16 AS bytea CHECK (octet_length(value) <= 16);
    COMMENT ON DOMAIN varbyte_16 IS 'varbyte(16)';

    """

  private static let cases = [
    SourceTypeCase("SMALLINT", same: ["-32768", "32767"]),
    SourceTypeCase("INTEGER", same: ["-2147483648", "2147483647"]),
    SourceTypeCase("BIGINT", same: ["-9223372036854775808", "9223372036854775807"]),
    SourceTypeCase("DECIMAL(12,2)", ["9999999999.99": "9999999999.99", "-0.01": "-0.01"]),
    SourceTypeCase(
      "DECIMAL(38,10)",
      ["-9999999999999999999999999999.9999999999": "'-9999999999999999999999999999.9999999999'", "0": "'0.0000000000'"]),
    SourceTypeCase(
      "REAL", ["0.1": "0.10000000149011612", "3.4028235e38": "3.4028234663852886e+38", "'NaN'": "'NaN'"]),
    SourceTypeCase(
      "DOUBLE PRECISION",
      ["0.1": "0.1", "1.7976931348623157e308": "1.7976931348623157e+308", "'-Infinity'": "-inf", "'NaN'": "'NaN'"]),
    SourceTypeCase("BOOLEAN", ["true": "1", "false": "0"]),
    SourceTypeCase("CHAR(4)", ["'ab'": "'ab  '", "''": "'    '"]),
    SourceTypeCase("VARCHAR(20)", same: ["'Größe 🎉'", "''"]),
    SourceTypeCase("DATE", same: ["'0001-01-01'", "'9999-12-31'"]),
    SourceTypeCase("DATE with a year beyond 1 to 9999", same: ["'0044-03-15 BC'", "'20000-01-01'"]),
    SourceTypeCase("TIME", ["'00:00'": "'00:00:00.000000'", "'23:59:59.999999'": "'23:59:59.999999'"]),
    SourceTypeCase("TIMETZ", ["'23:59:59.999999-14'": "'23:59:59.999999-14'", "'00:00+14'": "'00:00:00+14'"]),
    SourceTypeCase(
      "TIMESTAMP",
      ["'0001-01-01'": "'0001-01-01 00:00:00.000000'", "'9999-12-31 23:59:59.999999'": "'9999-12-31 23:59:59.999999'"]),
    SourceTypeCase(
      "TIMESTAMP with a year beyond 1 to 9999", same: ["'4713-01-01 00:00:00 BC'", "'294276-12-31 23:59:59.999999'"]),
    SourceTypeCase(
      "TIMESTAMPTZ",
      [
        "'0001-01-01 00:00+00'": "'0001-01-01 00:00:00.000000Z'",
        "'9999-12-31 23:59:59.999999+00'": "'9999-12-31 23:59:59.999999Z'",
        "'1999-12-31 22:00:00.5-02'": "'2000-01-01 00:00:00.500000Z'",
      ]),
    SourceTypeCase(
      "INTERVAL YEAR TO MONTH", ["'1 year 2 months'": "'1 year 2 mons'", "'-178000000 years'": "'-178000000 years'"]),
    SourceTypeCase(
      "INTERVAL DAY TO SECOND",
      ["'3 days 04:05:06.789'": "'3 days 04:05:06.789'", "'-106751991 days'": "'-106751991 days'"]),
    SourceTypeCase(
      "SUPER", isImitated: true, ["'{\"a\": [1, null, \"é\"]}'": "'{\"a\": [1, null, \"é\"]}'", "'1'": "'1'"]),
    SourceTypeCase("VARBYTE(16)", as: "varbyte_16", isImitated: true, ["'\\x00ff'": "X'00FF'", "''": "X''"]),
    SourceTypeCase("GEOMETRY", isImitated: true, same: ["'0101000020E6100000'"]),
    SourceTypeCase("GEOGRAPHY", isImitated: true, same: ["'0101000020E6100000'"]),
    SourceTypeCase("HLLSKETCH", isImitated: true, same: ["'{\"version\":1}'"]),
  ]

  @Test(arguments: [false, true]) func theTableOfTypesIsWhatHappens(throughDriver: Bool) throws {
    let standIn = try RedshiftStandIn()
    try standIn.database.run(Self.prepared + SourceTypeCase.table(Self.cases))
    let settings = PostgresSettings(
      host: standIn.host, port: standIn.port, database: standIn.database.name, user: "scmplan", sslMode: "disable")
    try SourceTypeTable.check(
      "redshift.md", Self.cases,
      throughDriver ? RedshiftSourceSession(settings, driver: "PostgreSQL Unicode") : RedshiftSourceSession(settings))
  }
}
