import Catalogs
import Loading
import Plans
import Testing
import Workflows

/// The statements and preconditions of each Iceberg strategy, as a plan has them.
@Suite struct SnowflakeIcebergTests {
  private static let table = ObjectName(database: "DB", schema: "S", table: "MY_ORDERS")
  private static let columns = [
    SnowflakeDialectTests.column("ID", .integer, nullable: false),
    SnowflakeDialectTests.column("Name", .text(length: 5)),
    SnowflakeDialectTests.column("SEEN", .timestamp(scale: 3)),
  ]

  private func outline(
    _ configuration: IcebergConfiguration, exists: Bool = false, columns: [ColumnPlan] = columns,
    metadataColumns: Bool = false
  ) throws -> IcebergOutline {
    try #require(
      SnowflakeDialect().iceberg(
        Self.table, configuration, columns: columns, metadataColumns: metadataColumns, exists: exists))
  }

  @Test func aManagedTableHasIcebergsTypesAndANormalLoad() throws {
    let outline = try outline(
      IcebergConfiguration(externalVolume: "vol", baseLocationPrefix: "lake/", catalogSync: "polaris"),
      metadataColumns: true)
    #expect(
      outline.statements == [
        """
        CREATE ICEBERG TABLE IF NOT EXISTS DB.S.MY_ORDERS (
          ID NUMBER(19,0) NOT NULL,
          "Name" VARCHAR(134217728),
          SEEN TIMESTAMP_NTZ(6),
          _SCMPLAN_RUN NUMBER(19,0),
          _SCMPLAN_PART NUMBER(19,0),
          _SCMPLAN_LOADED_AT TIMESTAMP_LTZ(6)
        )
        CATALOG = 'SNOWFLAKE'
        EXTERNAL_VOLUME = 'vol'
        BASE_LOCATION = 'lake/MY_ORDERS'
        CATALOG_SYNC = 'polaris'
        """
      ])
    #expect(outline.refusals.isEmpty)
    #expect(
      outline.checks.map(\.sql) == ["DESCRIBE EXTERNAL VOLUME VOL", "DESCRIBE CATALOG INTEGRATION POLARIS"])
  }

  @Test func aLinkedTableNeverTakesTheNameOfAnother() throws {
    let configuration = IcebergConfiguration(
      catalog: "glue_int", externalVolume: "vol", catalogTableName: "ns.sub.orders")
    #expect(
      try outline(configuration).statements == [
        """
        CREATE ICEBERG TABLE IF NOT EXISTS DB.S.MY_ORDERS
        EXTERNAL_VOLUME = 'vol'
        CATALOG = 'glue_int'
        CATALOG_TABLE_NAME = 'orders'
        CATALOG_NAMESPACE = 'ns.sub'
        """
      ])
    let check = try #require(try outline(configuration).checks.last)
    #expect(check.sql == "SHOW OBJECTS LIKE 'MY_ORDERS' IN SCHEMA DB.S")
    #expect(check.answer == .noRows && check.row == "MY_ORDERS" && check.isAboutTheTable)
    #expect(try outline(configuration, exists: true).refusals.first?.contains("never replaces one") == true)
  }

  @Test func aConversionNeedsTheTable() throws {
    let configuration = IcebergConfiguration(
      catalog: "glue", baseLocationPrefix: "lake", migrationStrategy: .convertToManaged)
    #expect(
      try outline(configuration, exists: true).statements == [
        "ALTER ICEBERG TABLE DB.S.MY_ORDERS CONVERT TO MANAGED BASE_LOCATION = 'lake/MY_ORDERS'"
      ])
    #expect(try outline(configuration).refusals.first?.contains("no table to convert") == true)
    #expect(try outline(configuration).checks.last?.answer == .isUnmanaged)
  }

  @Test func filesAreRegisteredAsTheyAre() throws {
    let configuration = IcebergConfiguration(externalVolume: "vol", sourceDataStage: "@s/orders")
    let outline = try outline(configuration)
    #expect(outline.statements.count == 2)
    #expect(
      outline.statements[1] == """
        COPY INTO DB.S.MY_ORDERS FROM @s/orders
        FILE_FORMAT = (TYPE = PARQUET USE_VECTORIZED_SCANNER = TRUE)
        LOAD_MODE = ADD_FILES_COPY MATCH_BY_COLUMN_NAME = CASE_SENSITIVE ON_ERROR = ABORT_STATEMENT
        """)
    #expect(outline.checks.contains { $0.sql == "LIST @s/orders PATTERN = '.*[.]parquet'" && $0.answer == .rows })
    #expect(try self.outline(configuration, exists: true).refusals.count == 1)
  }

  @Test(arguments: [
    LogicalType.variant, .timestamp(scale: 9), .instant(scale: 7), .time(scale: 9), .decimal(precision: 38, scale: 38),
  ]) func whatNoIcebergTableHoldsIsRefused(type: LogicalType) throws {
    let outline = try outline(IcebergConfiguration(), columns: [SnowflakeDialectTests.column("C", type)])
    #expect(outline.refusals.count == 1 && outline.refusals[0].contains("columnTypeMappings"))
  }

  // MARK: In a plan

  private func change(
    _ configuration: IcebergConfiguration, target: Table? = nil, checks: [IcebergCheck]? = nil
  ) throws -> TableChange {
    let source = Table(
      name: ObjectName(table: "orders"),
      columns: [Column(name: "id", declaredType: "INTEGER", type: .integer, isNullable: false)], primaryKey: ["id"])
    let table = TableConfiguration(
      source: ObjectReference(tableName: "orders"),
      target: TargetReference(tableName: "orders", tableType: .iceberg, icebergConfig: configuration))
    let planner = Planner(
      sourcePlatform: .sqlite, dialect: SnowflakeDialect(), lineage: "L", fingerprint: { $0 })
    let facts = TableFacts(
      configuration: table, sourceName: source.name, targetName: ObjectName(table: "ORDERS"), source: source,
      target: target, targetHasRows: false, fence: nil, state: nil, isReplaceAsked: false,
      icebergChecks: checks)
    let layout = MeasuredLayout(
      parts: [MeasuredPart(part: Part(id: 1, range: .whole), rows: 5, bytes: 50, digest: nil)], totalRows: 5)
    let sizing = PartitionSizing(.auto, rows: 5, bytes: nil, extraction: .regular, synchronization: .none)
    return try planner.change(
      facts, try planner.assess(facts), Observation(source: source, layout: layout, sizing: sizing))
  }

  @Test func aPlanOfAManagedTableLoadsItsRows() throws {
    let change = try change(IcebergConfiguration(externalVolume: "v"))
    #expect(change.statements.first?.hasPrefix("CREATE ICEBERG TABLE IF NOT EXISTS ORDERS (") == true)
    #expect(change.parts.count == 1 && change.action == .create && change.refusals.isEmpty)
    #expect(change.loading?.contains { $0.hasPrefix("COPY INTO ORDERS (ID)") } == true)
    #expect(change.iceberg?.checks.map(\.sql) == ["DESCRIBE EXTERNAL VOLUME V"])
  }

  @Test func aPlanOfALinkMovesNoRows() throws {
    let change = try change(IcebergConfiguration(catalog: "glue", catalogTableName: "orders"))
    #expect(change.parts.isEmpty && change.statements.count == 1 && change.action == .create)
    #expect(change.loading == nil && change.iceberg?.strategy == .catalogLink && change.refusals.isEmpty)
    let existing = Table(
      name: ObjectName(table: "ORDERS"), columns: [Column(name: "ID", declaredType: "NUMBER(19,0)", type: .integer)])
    #expect(
      try self.change(IcebergConfiguration(catalog: "glue"), target: existing).refusals.first?.contains(
        "never replaces")
        == true)
  }

  @Test func whatTheAccountSaidDecides() throws {
    let volume = IcebergCheck("the volume is there", "DESCRIBE", .succeeds, remedy: "make it;")
    let free = IcebergCheck("the name is free", "SHOW", .noRows, row: "ORDERS", remedy: "take another;")
    let configuration = IcebergConfiguration(catalog: "glue", catalogTableName: "orders")
    let good = try change(configuration, checks: [volume.with(.holds), free.with(.holds)])
    #expect(good.refusals.isEmpty)
    #expect(try good.warnings == change(configuration).warnings)
    #expect(good.iceberg?.checks.map(\.verdict) == [.holds, .holds])
    let bad = try change(configuration, checks: [volume.with(.fails, "gone"), free.with(.fails, "a view has it")])
    #expect(
      bad.refusals == [
        "the volume is there: no (gone); make it;", "the name is free: no (a view has it); take another;",
      ])
    let odd = try change(configuration, checks: [volume.with(.unknown), free.with(.holds)])
    #expect(odd.refusals.isEmpty)
    #expect(odd.warnings.contains("could not tell whether the volume is there; make it;"))
    // The catalog has told already that the name is taken.
    let existing = Table(
      name: ObjectName(table: "ORDERS"), columns: [Column(name: "ID", declaredType: "NUMBER(19,0)", type: .integer)])
    let taken = try change(configuration, target: existing, checks: [volume.with(.holds), free.with(.fails)])
    #expect(taken.refusals.count == 1)
  }
}
