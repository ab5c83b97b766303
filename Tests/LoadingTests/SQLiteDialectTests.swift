import Catalogs
import Loading
import Plans
import Testing

@Suite struct SQLiteDialectTests {
  static let types: [LogicalType] = [
    .boolean, .integer, .decimal(precision: 15, scale: 2), .decimal(precision: 16, scale: 2),
    .decimal(precision: 38, scale: 38), .decimal(precision: 1, scale: 0), .float, .text(length: nil),
    .text(length: 16_777_216), .binary(length: nil), .binary(length: 16), .date, .time(scale: 0), .time(scale: 9),
    .timestamp(scale: 0), .timestamp(scale: 6), .instant(scale: 3), .variant, .uuid,
  ]

  @Test(arguments: types) func aTypeOfItsOwnReadsBack(type: LogicalType) {
    let dialect = SQLiteDialect()
    #expect(dialect.logicalType(of: dialect.sqlType(for: type)) == type)
  }

  @Test(arguments: [
    ("NUMBER(10,2)", LogicalType.decimal(precision: 10, scale: 2)),
    ("NUMBER(38, 0)", .decimal(precision: 38, scale: 0)),
    ("NUMBER", .decimal(precision: 38, scale: 0)), ("numeric(9)", .decimal(precision: 9, scale: 0)),
    ("NUMERIC", .variant), ("VARCHAR(16777216)", .text(length: 16_777_216)), ("NVARCHAR(160)", .text(length: 160)),
    ("TEXT", .text(length: nil)), ("STRING", .text(length: nil)), ("character varying (30)", .text(length: 30)),
    ("TIMESTAMP_NTZ(9)", .timestamp(scale: 9)), ("DATETIME", .timestamp(scale: 9)),
    ("DATETIME2(7)", .timestamp(scale: 7)),
    ("TIMESTAMP_TZ(6)", .instant(scale: 6)), ("TIMESTAMP_LTZ", .instant(scale: 9)), ("TIME(3)", .time(scale: 3)),
    ("BOOLEAN", .boolean), ("bit", .boolean), ("FLOAT", .float), ("DOUBLE PRECISION", .float), ("REAL", .float),
    ("BINARY(16)", .binary(length: 16)), ("BLOB", .binary(length: nil)), ("INT", .integer), ("BIGINT", .integer),
    ("UNSIGNED BIG INT", .integer), ("DATE", .date), ("VARIANT", .variant), ("OBJECT", .variant), ("", .variant),
    ("ANY", .variant), ("UNIQUEIDENTIFIER", .uuid), ("CLOB", .text(length: nil)), ("whatever", .variant),
    ("LONG BLOB", .binary(length: nil)),
  ]) func typesThatPeopleWrite(declared: String, type: LogicalType) {
    #expect(SQLiteDialect().logicalType(of: declared) == type)
  }

  /// What SQLite does to a value is asked of SQLite: the affinity of a column shows in what becomes of `'1'` and 1.
  @Test(arguments: types) func noTypeOfItsOwnChangesItsValues(type: LogicalType) throws {
    let world = try World()
    let raw = try world.raw()
    try raw.run("CREATE TABLE t (v \(SQLiteDialect().sqlType(for: type)))")
    try raw.run("INSERT INTO t VALUES ('1'), (1)")
    let cells = try raw.column("SELECT v FROM t ORDER BY rowid")
    let expected: [Cell] =
      switch type {
      case .text: [.text("1"), .text("1")]
      case .decimal(let precision, _) where precision > 15: [.text("1"), .text("1")]
      case .binary, .variant: [.text("1"), .integer(1)]
      case .float: [.double(1), .double(1)]
      default: [.integer(1), .integer(1)]
      }
    #expect(cells == expected)
  }

  @Test func aTableWithKeyAndMetadata() throws {
    let columns = [
      ColumnPlan(
        source: "id", target: "id", sourceType: "", type: .integer, targetType: "INTEGER", isNullable: false),
      ColumnPlan(
        source: "n", target: "a \"b\"", sourceType: "", type: .text(length: 5), targetType: "VARCHAR(5)",
        isNullable: true),
    ]
    let sql = SQLiteDialect().createTable(
      ObjectName(schema: "sales", table: "t"), columns: columns, primaryKey: ["id"], metadataColumns: true)
    #expect(
      sql == """
        CREATE TABLE "sales.t" (
          "id" INTEGER NOT NULL,
          "a ""b""\" VARCHAR(5),
          "_SCMPLAN_RUN" INTEGER NOT NULL,
          "_SCMPLAN_PART" INTEGER NOT NULL,
          "_SCMPLAN_LOADED_AT" TIMESTAMPTZ(0) NOT NULL,
          PRIMARY KEY ("id")
        )
        """)
    let world = try World()
    try world.raw().run(sql)
  }

  @Test func aKeyThatMayBeNullIsUniqueSoThatNullIsNotNumbered() throws {
    let world = try World(["id": .integer])
    let sql = SQLiteDialect().createTable(
      world.target, columns: world.columns, primaryKey: ["id"], metadataColumns: false)
    let raw = try world.raw()
    try raw.run(sql)
    try raw.run("INSERT INTO t VALUES (NULL), (NULL), (7)")
    #expect(try raw.column("SELECT id FROM t ORDER BY id") == [.null, .null, .integer(7)])
  }

  @Test func addingAColumn() throws {
    let world = try World()
    let raw = try world.raw()
    try raw.run(world.createTable)
    try raw.run("INSERT INTO t VALUES (1, 'a')")
    var column = world.columns[1]
    column.target = "more"
    for statement in try #require(SQLiteDialect().addColumn(column, to: world.target)) { try raw.run(statement) }
    #expect(try raw.rows("SELECT * FROM t") == [[.integer(1), .text("a"), .null]])
    column.isNullable = false
    column.target = "required"
    for statement in try #require(SQLiteDialect().addColumn(column, to: world.target)) { try raw.run(statement) }
    #expect(try raw.column("SELECT required FROM t") == [.null], "rows that are there have no value for it")
  }

  @Test(arguments: [
    ("VARCHAR(20)", LogicalType.text(length: 40), true), ("BLOB(2)", .binary(length: 4), true),
    ("DECIMAL(10,2)", .decimal(precision: 12, scale: 2), true),
    ("DECIMAL(10,2)", .decimal(precision: 18, scale: 2), false),
    ("INTEGER", .text(length: nil), false), ("REAL", .integer, false), ("VARCHAR(5)", .variant, false),
    ("VARIANT_BLOB", .variant, true), ("TIMESTAMP(0)", .timestamp(scale: 6), true), ("INTEGER", .float, true),
  ]) func wideningNeedsNothingOrCannotBe(declared: String, type: LogicalType, isPossible: Bool) throws {
    let world = try World(["v": type])
    let statements = SQLiteDialect().widenColumn(world.columns[0], of: world.target, from: declared)
    #expect(statements == (isPossible ? [] : nil))
  }
}
