import Catalogs
import Loading
import Testing

/// Which keys Snowflake orders as the source does.
@Suite struct SnowflakeDialectOrderTests {
  private func orders(
    _ declared: String, _ type: LogicalType, _ source: SourcePlatform, collation: String? = nil,
    into target: String? = nil,
    targetCollation: String? = nil
  ) -> Bool {
    let dialect = SnowflakeDialect()
    let existing = target.map {
      Column(name: "K", declaredType: $0, type: dialect.logicalType(of: $0), collation: targetCollation)
    }
    return dialect.orders(
      Column(name: "k", declaredType: declared, type: type, collation: collation), as: type, into: existing,
      like: source)
  }

  @Test(arguments: SourcePlatform.allCases) func numbersAndDaysOrderAlikeEverywhere(source: SourcePlatform) {
    #expect(orders("INTEGER", .integer, source))
    #expect(orders("DECIMAL(10,2)", .decimal(precision: 10, scale: 2), source))
    #expect(orders("DATE", .date, source))
    #expect(orders("INTEGER", .integer, source, into: "NUMBER(38,0)"))
  }

  @Test(arguments: [SourcePlatform.sqlserver, .postgresql, .redshift]) func momentsOrderAlikeInServers(
    source: SourcePlatform
  ) {
    for type in [LogicalType.time(scale: 3), .timestamp(scale: 6), .instant(scale: 6)] {
      #expect(orders("x", type, source))
      #expect(!orders("x", type, .sqlite))
    }
  }

  @Test func numbersThatBecomeTextDoNot() {
    #expect(!orders("INTEGER", .integer, .sqlserver, into: "VARCHAR(20)"))
    #expect(!orders("INTEGER", .integer, .sqlserver, into: "VARIANT"))
    #expect(!orders("INTEGER", .integer, .sqlserver, into: "NO SUCH TYPE"))
  }

  @Test func textOrdersAlikeOnlyByItsBytesOnBothSides() {
    let text = LogicalType.text(length: nil)
    #expect(orders("TEXT", text, .sqlite))
    #expect(orders("text", text, .postgresql, collation: "C"))
    #expect(orders("text", text, .postgresql, collation: "C", into: "VARCHAR(10)", targetCollation: "utf8"))
    #expect(!orders("TEXT", text, .sqlite, collation: "NOCASE"))
    #expect(!orders("TEXT", text, .sqlite, into: "VARCHAR(10)", targetCollation: "en-ci"))
    #expect(!orders("text", text, .postgresql, collation: "en_US.utf8"))
    #expect(!orders("character(5)", text, .postgresql, collation: "C"))
    #expect(!orders("nvarchar(5)", text, .sqlserver, collation: "Latin1_General_BIN2"))
    #expect(!orders("varchar(5)", text, .redshift))
  }

  @Test func floatsOnlyWhereThereIsNoNaN() {
    #expect(orders("REAL", .float, .sqlite) && orders("float", .float, .sqlserver))
    #expect(!orders("double precision", .float, .postgresql) && !orders("float8", .float, .redshift))
  }

  @Test func identifiersOnlyWhereTheyAreBytes() {
    #expect(orders("uuid", .uuid, .postgresql))
    #expect(!orders("uniqueidentifier", .uuid, .sqlserver) && !orders("UUID", .uuid, .sqlite))
  }

  @Test func bytesOrderAlikeUnlessTheirLengthIsPadded() {
    let bytes = LogicalType.binary(length: nil)
    #expect(
      orders("BLOB", bytes, .sqlite) && orders("bytea", bytes, .postgresql) && orders("rowversion", bytes, .sqlserver))
    #expect(!orders("varbinary(8)", bytes, .sqlserver) && !orders("varbyte", bytes, .redshift))
  }

  @Test func columnsOfSeveralClassesAndLongDecimalsOfSQLiteDoNot() {
    #expect(!orders("TEXT", .integer, .sqlite) && !orders("", .variant, .sqlite))
    #expect(!orders("DECIMAL(16,2)", .decimal(precision: 16, scale: 2), .sqlite))
  }
}
