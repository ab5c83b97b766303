import Catalogs
import Loading
import Testing

@Suite struct SnowflakeTypeTests {
  /// Every spelling that Snowflake's documentation lists, what `DESCRIBE TABLE` makes of it, and what fits into it.
  static let spellings: [(written: String, described: String, holds: LogicalType)] = [
    ("NUMBER", "NUMBER(38,0)", .decimal(precision: 38, scale: 0)),
    ("number(10)", "NUMBER(10,0)", .decimal(precision: 10, scale: 0)),
    ("NUMBER(10, 2)", "NUMBER(10,2)", .decimal(precision: 10, scale: 2)),
    ("DECIMAL(38,37)", "NUMBER(38,37)", .decimal(precision: 38, scale: 37)),
    ("DEC(5)", "NUMBER(5,0)", .decimal(precision: 5, scale: 0)),
    ("NUMERIC", "NUMBER(38,0)", .decimal(precision: 38, scale: 0)),
    ("INT", "NUMBER(38,0)", .decimal(precision: 38, scale: 0)),
    ("INTEGER", "NUMBER(38,0)", .decimal(precision: 38, scale: 0)),
    ("BIGINT", "NUMBER(38,0)", .decimal(precision: 38, scale: 0)),
    ("SMALLINT", "NUMBER(38,0)", .decimal(precision: 38, scale: 0)),
    ("TINYINT", "NUMBER(38,0)", .decimal(precision: 38, scale: 0)),
    ("BYTEINT", "NUMBER(38,0)", .decimal(precision: 38, scale: 0)),
    ("FLOAT", "FLOAT", .float), ("FLOAT4", "FLOAT", .float), ("FLOAT8", "FLOAT", .float), ("DOUBLE", "FLOAT", .float),
    ("double  precision", "FLOAT", .float), ("REAL", "FLOAT", .float),
    ("DECFLOAT", "DECFLOAT", .decimal(precision: 38, scale: 19)),
    ("BOOLEAN", "BOOLEAN", .boolean),
    ("VARCHAR", "VARCHAR(16777216)", .text(length: nil)), ("VARCHAR(20)", "VARCHAR(20)", .text(length: 20)),
    ("VARCHAR(134217728)", "VARCHAR(134217728)", .text(length: nil)),
    ("STRING", "VARCHAR(16777216)", .text(length: nil)),
    ("TEXT(4)", "VARCHAR(4)", .text(length: 4)), ("NVARCHAR(9)", "VARCHAR(9)", .text(length: 9)),
    ("NVARCHAR2", "VARCHAR(16777216)", .text(length: nil)), ("CHAR", "VARCHAR(1)", .text(length: 1)),
    ("CHARACTER(3)", "VARCHAR(3)", .text(length: 3)), ("NCHAR", "VARCHAR(1)", .text(length: 1)),
    ("CHAR VARYING(7)", "VARCHAR(7)", .text(length: 7)), ("CHARACTER VARYING", "VARCHAR(16777216)", .text(length: nil)),
    ("NCHAR VARYING (2)", "VARCHAR(2)", .text(length: 2)),
    ("BINARY", "BINARY(8388608)", .binary(length: nil)), ("BINARY(16)", "BINARY(16)", .binary(length: 16)),
    ("VARBINARY", "BINARY(8388608)", .binary(length: nil)),
    ("BINARY(67108864)", "BINARY(67108864)", .binary(length: nil)),
    ("DATE", "DATE", .date), ("TIME", "TIME(9)", .time(scale: 9)), ("TIME(0)", "TIME(0)", .time(scale: 0)),
    ("TIMESTAMP", "TIMESTAMP_NTZ(9)", .timestamp(scale: 9)), ("DATETIME(3)", "TIMESTAMP_NTZ(3)", .timestamp(scale: 3)),
    ("TIMESTAMP_NTZ(6)", "TIMESTAMP_NTZ(6)", .timestamp(scale: 6)),
    ("TIMESTAMPNTZ", "TIMESTAMP_NTZ(9)", .timestamp(scale: 9)),
    ("TIMESTAMP(6) WITHOUT TIME ZONE", "TIMESTAMP_NTZ(6)", .timestamp(scale: 6)),
    ("TIMESTAMP_LTZ(3)", "TIMESTAMP_LTZ(3)", .instant(scale: 3)),
    ("TIMESTAMPLTZ", "TIMESTAMP_LTZ(9)", .instant(scale: 9)),
    ("TIMESTAMP WITH LOCAL TIME ZONE", "TIMESTAMP_LTZ(9)", .instant(scale: 9)),
    ("TIMESTAMP_TZ", "TIMESTAMP_TZ(9)", .instant(scale: 9)), ("TIMESTAMPTZ(7)", "TIMESTAMP_TZ(7)", .instant(scale: 7)),
    ("TIMESTAMP WITH TIME ZONE", "TIMESTAMP_TZ(9)", .instant(scale: 9)),
    ("VARIANT", "VARIANT", .variant), ("UUID", "UUID", .uuid),
    ("object", "OBJECT", SnowflakeType.holdsNothing), ("ARRAY", "ARRAY", SnowflakeType.holdsNothing),
    ("ARRAY( NUMBER(10,0)  NOT NULL )", "ARRAY(NUMBER(10,0) NOT NULL)", SnowflakeType.holdsNothing),
    ("OBJECT(\"a b\" VARCHAR, c NUMBER)", "OBJECT(\"a b\" VARCHAR,C NUMBER)", SnowflakeType.holdsNothing),
    ("MAP(VARCHAR, NUMBER)", "MAP(VARCHAR,NUMBER)", SnowflakeType.holdsNothing),
    ("VECTOR(FLOAT, 256)", "VECTOR(FLOAT,256)", SnowflakeType.holdsNothing),
    ("GEOGRAPHY", "GEOGRAPHY", SnowflakeType.holdsNothing), ("GEOMETRY", "GEOMETRY", SnowflakeType.holdsNothing),
    ("FILE", "FILE", SnowflakeType.holdsNothing),
  ]

  @Test(arguments: spellings.indices) func everySpellingHasOneDescription(index: Int) throws {
    let spelling = Self.spellings[index]
    let type = try #require(SnowflakeType(spelling.written), "\(spelling.written)")
    #expect(type.description == spelling.described)
    #expect(type.logicalType == spelling.holds)
    #expect(SnowflakeType(type.description) == type)
  }

  @Test(arguments: [
    "", "WHATEVER", "NUMBER(39,0)", "NUMBER(0)", "NUMBER(38,38)", "NUMBER(5,6)", "NUMBER(1,2,3)", "VARCHAR(0)",
    "VARCHAR(134217729)", "VARCHAR(MAX)", "BINARY(67108865)", "TIME(10)", "TIMESTAMP_NTZ(10)", "TIMESTAMP_TZ(3,4)",
    "CHAR(1,2)", "MONEY", "DATETIME2(7)", "NUMBER)",
  ]) func whatSnowflakeDoesNotTakeIsNoType(written: String) {
    #expect(SnowflakeType(written) == nil)
    #expect(SnowflakeDialect().logicalType(of: written) == SnowflakeType.holdsNothing)
  }

  @Test func columnsThatTakeNoSingleValueHoldNothing() {
    for type in SQLiteDialectTests.types {
      #expect(!SnowflakeDialect().logicalType(of: "GEOGRAPHY").holds(type), "\(type)")
      #expect(!SnowflakeDialect().logicalType(of: "ARRAY").holds(type), "\(type)")
    }
  }
}
