import Catalogs
import Loading
import Plans
import Testing

@Suite struct SnowflakeCastTests {
  @Test(
    arguments: [
      (LogicalType.boolean, "BOOLEAN", "::BOOLEAN"), (.boolean, "NUMBER(1,0)", "::BOOLEAN::NUMBER(1,0)"),
      (.integer, "NUMBER(38,0)", "::NUMBER(19,0)"), (.integer, "VARCHAR(20)", "::NUMBER(19,0)::VARCHAR"),
      (.integer, "DECFLOAT", "::NUMBER(19,0)::DECFLOAT"),
      (.decimal(precision: 10, scale: 2), "NUMBER(12,4)", "::NUMBER(10,2)"),
      (.decimal(precision: 10, scale: 2), "FLOAT", "::NUMBER(10,2)::FLOAT"), (.float, "DOUBLE", "::FLOAT"),
      (.text(length: 5), "VARCHAR(5)", "::VARCHAR(134217728)"), (.uuid, "VARCHAR(36)", "::VARCHAR(134217728)"),
      (.uuid, "UUID", "::VARCHAR(134217728)::UUID"), (.binary(length: 3), "BINARY(3)", "::BINARY(67108864)"),
      (.date, "DATE", "::DATE"), (.date, "TIMESTAMP_NTZ(9)", "::DATE::TIMESTAMP_NTZ(9)"),
      (.time(scale: 3), "TIME(9)", "::TIME(3)"), (.timestamp(scale: 6), "DATETIME", "::TIMESTAMP_NTZ(6)"),
      (.instant(scale: 6), "TIMESTAMP_LTZ(9)", "::TIMESTAMP_LTZ(6)"),
    ] as [(LogicalType, String, String)]) func valuesAreReadAsTheyWereStaged(
      type: LogicalType, target: String, cast: String
    ) throws
  {
    let column = SnowflakeDialectTests.column("a \"b", type, target)
    #expect(try SnowflakeCast.expression(column, place: "t") == "$1:\"a \"\"b\"" + cast)
  }

  @Test(
    arguments: [
      (.variant, "VARIANT", "PARSE_JSON($1:\"C\"::VARCHAR(134217728))"),
      (.integer, "VARIANT", "TO_VARIANT($1:\"C\"::NUMBER(19,0))"),
      (.date, "VARCHAR(10)", "TO_VARCHAR($1:\"C\"::DATE, 'YYYY-MM-DD')"),
      (.time(scale: 0), "VARCHAR(18)", "TO_VARCHAR($1:\"C\"::TIME(0), 'HH24:MI:SS')"),
      (.timestamp(scale: 3), "VARCHAR", "TO_VARCHAR($1:\"C\"::TIMESTAMP_NTZ(3), 'YYYY-MM-DD HH24:MI:SS.FF3')"),
    ] as [(LogicalType, String, String)]) func sessionFormatsDecideNothing(
      type: LogicalType, target: String, expression: String
    ) throws
  {
    #expect(try SnowflakeCast.expression(SnowflakeDialectTests.column("C", type, target), place: "t") == expression)
  }

  /// Trap: Parquet has no type with an offset, and a moment cast at once would get the session's wall clock.
  @Test func timestampWithZoneGoesByTheInstant() throws {
    let column = SnowflakeDialectTests.column("C", .instant(scale: 6), "TIMESTAMP_TZ(9)")
    #expect(try SnowflakeCast.expression(column, place: "t") == "$1:\"C\"::TIMESTAMP_LTZ(6)::TIMESTAMP_TZ(6)")
  }

  /// Trap: a cast to `VARCHAR(n)` cuts what is longer; the column's own length must refuse it.
  @Test func noCastCutsText() throws {
    let column = SnowflakeDialectTests.column("C", .text(length: 3), "VARCHAR(3)")
    #expect(try !SnowflakeCast.expression(column, place: "t").contains("(3)"))
  }

  /// Trap: a cast to `NUMBER` rounds to its scale; the digits must be those of the file.
  @Test func noCastRounds() throws {
    let column = SnowflakeDialectTests.column("C", .decimal(precision: 10, scale: 4), "NUMBER(20,4)")
    #expect(try SnowflakeCast.expression(column, place: "t").hasSuffix("::NUMBER(10,4)"))
  }

  @Test(
    arguments: [
      (.float, "VARCHAR(40)"), (.instant(scale: 3), "VARCHAR(40)"), (.text(length: 3), "NUMBER(5,0)"),
      (.variant, "VARCHAR(99)"), (.timestamp(scale: 3), "TIMESTAMP_LTZ(9)"), (.integer, "GEOGRAPHY"),
      (.integer, "NONSENSE"),
      (.decimal(precision: 38, scale: 38), "VARCHAR(41)"), (.decimal(precision: 20, scale: 2), "FLOAT"),
    ] as [(LogicalType, String)]) func whatHasNoExactWayIsRefused(type: LogicalType, target: String)
  {
    let error = loadingError {
      _ = try SnowflakeCast.expression(SnowflakeDialectTests.column("C", type, target), place: "t")
    }
    #expect(error?.code == .valueRefused && error?.message.contains("columnTypeMappings") == true)
  }
}
