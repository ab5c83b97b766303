import Catalogs
import Loading
import Plans
import Testing

@Suite struct SnowflakeDialectTests {
  static func column(
    _ name: String, _ type: LogicalType, _ target: String? = nil, nullable: Bool = true, comment: String? = nil
  ) -> ColumnPlan {
    ColumnPlan(
      source: name, target: name, sourceType: "", type: type,
      targetType: target ?? SnowflakeDialect().sqlType(for: type), isNullable: nullable, comment: comment)
  }

  private static let table = ObjectName(database: "DB", schema: "Sales", table: "ORDER")

  @Test(arguments: SQLiteDialectTests.types) func aTypeOfItsOwnHoldsItsValues(type: LogicalType) {
    let dialect = SnowflakeDialect()
    let declared = dialect.sqlType(for: type)
    #expect(dialect.logicalType(of: declared).holds(type), "\(declared)")
    #expect(SnowflakeType(declared)?.description == declared)
  }

  @Test(arguments: [
    (LogicalType.integer, "NUMBER(19,0)"), (.decimal(precision: 38, scale: 37), "NUMBER(38,37)"),
    (.decimal(precision: 38, scale: 38), "VARCHAR(41)"), (.text(length: nil), "VARCHAR(134217728)"),
    (.text(length: 200_000_000), "VARCHAR(134217728)"), (.text(length: 40), "VARCHAR(40)"),
    (.binary(length: nil), "BINARY(67108864)"), (.instant(scale: 3), "TIMESTAMP_LTZ(3)"),
    (.timestamp(scale: 6), "TIMESTAMP_NTZ(6)"), (.uuid, "VARCHAR(36)"), (.variant, "VARIANT"),
  ]) func whatNewColumnsAre(type: LogicalType, declared: String) {
    #expect(SnowflakeDialect().sqlType(for: type) == declared)
  }

  @Test(arguments: [
    ("CustomerId", "CUSTOMERID"), ("order", "ORDER"), ("_x$1", "_X$1"), ("a b", "a b"), ("1st", "1st"),
    ("straße", "straße"),
    ("", ""), ("Ünder", "Ünder"), ("x\"y", "x\"y"),
  ]) func namesThatNeedNoQuotesFold(source: String, target: String) {
    #expect(SnowflakeDialect().columnName(source) == target)
  }

  @Test(arguments: [
    ("CUSTOMERID", "CUSTOMERID"), ("ORDER", "\"ORDER\""), ("TABLE", "\"TABLE\""), ("id", "\"id\""),
    ("a\"b", "\"a\"\"b\""), ("_A$9", "_A$9"), ("9A", "\"9A\""), ("Ä", "\"Ä\""), ("", "\"\""), ("A B", "\"A B\""),
  ]) func namesAreQuotedWhereTheyMustBe(stored: String, written: String) {
    #expect(SnowflakeName.written(stored) == written)
  }

  @Test(arguments: [
    ("it's", "'it''s'"), ("a\\b", "'a\\\\b'"), ("\\'", "'\\\\'''"), ("a\0" + "12", "'a\\00012'"), ("ü\n", "'ü\n'"),
    ("", "''"),
  ]) func textsAreEscapedAsSnowflakeReadsThem(text: String, literal: String) {
    #expect(SnowflakeName.text(text) == literal)
  }

  /// A name of 255 characters is as long as Snowflake takes; what lies beside the table needs one too, and its own.
  @Test func namesBesideATableAreNeverTooLong() {
    let (one, other) = (String(repeating: "Ü", count: 255), String(repeating: "Ü", count: 254) + "X")
    let names = [one, other, "T"].map { ObjectName(database: "D", schema: "S", table: $0) }
    let beside = names.flatMap { name in
      [SnowflakeName.rebuild(of: name), SnowflakeName.merge(of: name, run: 99_999, part: 100_000, attempt: 12)]
    }.map(\.table)
    #expect(beside.map(\.count) == [255, 255, 255, 255, 18, 32])
    #expect(Set(beside).count == 6 && beside[4] == "T__SCMPLAN_REBUILD")
    #expect(beside[0].hasSuffix("__SCMPLAN_REBUILD") && beside[1].hasSuffix("__SCMPLAN_MERGE_99999_100000_12"))
  }

  @Test func aTableWithKeyCommentAndMetadata() {
    let columns = [
      Self.column("ID", .integer, nullable: false, comment: "who's it"), Self.column("a \"b\"", .text(length: 5)),
    ]
    #expect(
      SnowflakeDialect().createTable(Self.table, columns: columns, primaryKey: ["ID"], metadataColumns: true) == """
        CREATE TABLE IF NOT EXISTS DB."Sales"."ORDER" (
          ID NUMBER(19,0) NOT NULL COMMENT 'who''s it',
          "a ""b""\" VARCHAR(5),
          _SCMPLAN_RUN NUMBER(19,0),
          _SCMPLAN_PART NUMBER(19,0),
          _SCMPLAN_LOADED_AT TIMESTAMP_LTZ(0),
          PRIMARY KEY (ID)
        )
        """)
  }

  @Test func aKeyThatMayBeNullIsUnique() {
    let sql = SnowflakeDialect().createTable(
      Self.table, columns: [Self.column("ID", .integer)], primaryKey: ["ID"], metadataColumns: false)
    #expect(sql.contains("UNIQUE (ID)") && !sql.contains("PRIMARY"))
  }

  @Test func whatIsCreatedIsReadBackAsItWasMeant() throws {
    let columns = SQLiteDialectTests.types.enumerated().map { Self.column("C\($0)", $1, nullable: $0 > 0) }
    let sql = SnowflakeDialect().createTable(Self.table, columns: columns, primaryKey: ["C0"], metadataColumns: false)
    let ddl = SnowflakeDDL(file: "t.sql", text: sql)
    #expect(ddl.problems.isEmpty)
    let table = try #require(try ddl.table(Self.table))
    #expect(table.columns.map(\.declaredType) == columns.map(\.targetType))
    #expect(table.columns.map(\.isNullable) == columns.map(\.isNullable))
    #expect(table.primaryKey == ["C0"])
  }

  @Test func addingAColumnCanBeDoneTwice() {
    let dialect = SnowflakeDialect()
    #expect(
      dialect.addColumn(Self.column("More", .date), to: Self.table) == [
        "ALTER TABLE DB.\"Sales\".\"ORDER\" ADD COLUMN IF NOT EXISTS \"More\" DATE"
      ])
    #expect(
      dialect.addColumn(Self.column("M", .date, nullable: false), to: Self.table) == [
        "ALTER TABLE DB.\"Sales\".\"ORDER\" ADD COLUMN IF NOT EXISTS M DATE"
      ], "rows that are there have no value for it")
  }

  /// What `ALTER TABLE … SET DATA TYPE` can do, and what it cannot.
  @Test(
    arguments: [
      ("VARCHAR(20)", .text(length: 40), "VARCHAR(40)"), ("VARCHAR(20)", .uuid, "VARCHAR(36)"),
      ("NUMBER(10,0)", .integer, "NUMBER(19,0)"), ("NUMBER(10,2)", .decimal(precision: 12, scale: 2), "NUMBER(12,2)"),
      ("STRING", .text(length: nil), "VARCHAR(134217728)"),
      ("NUMBER(10,2)", .decimal(precision: 12, scale: 4), nil), ("NUMBER(10,2)", .float, nil),
      ("VARCHAR(20)", .integer, nil), ("VARCHAR(20)", .variant, nil), ("BINARY(4)", .binary(length: 8), nil),
      ("TIMESTAMP_NTZ(3)", .timestamp(scale: 6), nil), ("TIME(0)", .time(scale: 3), nil), ("FLOAT", .integer, nil),
      ("DATE", .timestamp(scale: 0), nil), ("GEOGRAPHY", .text(length: 5), nil),
      ("VARCHAR(40)", .text(length: 20), nil),
    ] as [(String, LogicalType, String?)]) func wideningInPlace(declared: String, type: LogicalType, becomes: String?)
  {
    let statements = SnowflakeDialect().widenColumn(Self.column("V", type), of: Self.table, from: declared)
    #expect(statements == becomes.map { ["ALTER TABLE DB.\"Sales\".\"ORDER\" ALTER COLUMN V SET DATA TYPE \($0)"] })
  }

  @Test(arguments: [
    (LogicalType.integer, KeyValue.integer(-7), "-7"), (.boolean, .integer(1), "TRUE"), (.boolean, .text("f"), "FALSE"),
    (.float, .real(0.1), "'0.1'::FLOAT"), (.float, .real(-.infinity), "'-inf'::FLOAT"),
    (.decimal(precision: 10, scale: 2), .text("-12.50"), "-12.50"),
    (.text(length: nil), .text("it's\\"), "'it''s\\\\'"),
    (.binary(length: nil), .bytes([0, 255]), "TO_BINARY('00ff', 'HEX')"),
    (.date, .text("2024-02-29"), "'2024-02-29'::DATE"),
    (.time(scale: 3), .text("23:59:59.25"), "'23:59:59.25'::TIME(9)"),
    (.timestamp(scale: 6), .text("2024-02-29 12:00:00.5"), "'2024-02-29 12:00:00.5'::TIMESTAMP_NTZ(9)"),
    (.instant(scale: 0), .text("2024-02-29T12:00:00Z"), "'2024-02-29 12:00:00 +00:00'::TIMESTAMP_TZ(9)"),
    (.instant(scale: 0), .text("2024-02-29 12:00:00+00"), "'2024-02-29 12:00:00 +00:00'::TIMESTAMP_TZ(9)"),
    (.uuid, .text("12E45678-9abc-4def-8123-456789abcdef"), "'12e45678-9abc-4def-8123-456789abcdef'"),
  ]) func keyValuesAreLiteralsOfTheirType(type: LogicalType, value: KeyValue, literal: String) throws {
    #expect(try SnowflakeValue.literal(value, as: type, place: "t") == literal)
  }

  @Test(arguments: [
    (LogicalType.integer, "1; DROP"), (.decimal(precision: 5, scale: 2), "1."), (.decimal(precision: 5, scale: 2), ""),
    (.float, "x"), (.boolean, "maybe"), (.instant(scale: 0), "2024-02-29 12:00:00"),
  ]) func aValueOfAnotherTypeIsRefused(type: LogicalType, text: String) {
    let error = loadingError { _ = try SnowflakeValue.literal(.text(text), as: type, place: "t") }
    #expect(error?.code == .statementFailed && error?.message.contains(text.isEmpty ? "\u{1}" : text) == false)
  }
}
