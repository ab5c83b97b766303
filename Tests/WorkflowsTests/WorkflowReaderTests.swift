import Testing
import Workflows

@Suite struct WorkflowReaderTests {
  /// The defaults of every property, as a table that names nothing else gets them.
  @Test func fillsInWhatIsNotWritten() throws {
    let table = try #require(try workflow(oneTable("")).tables.first)
    #expect(
      table
        == TableConfiguration(
          source: ObjectReference(tableName: "t"), target: TargetReference(tableName: "T")))
    #expect(table.partitionSize == .auto)
    #expect(table.extraction.strategy == .regular)
    #expect(table.synchronization == Synchronization(strategy: .none, onShrink: .refuse))
    #expect(table.target.tableType == .native)
    #expect(table.loading.method == .copy)
    #expect(table.snapshot == .preferred)
    #expect(table.writeMode == .replace)
  }

  @Test func readsEveryProperty() throws {
    let workflow = try workflow(
      #"""
      {
        "affinity": "::blue::",
        "tables": [{
          "source": {"databaseName": "Sales", "schemaName": "[dbo]", "tableName": "\"Orders\""},
          "target": {"databaseName": "DB", "schemaName": "S", "tableName": "ORDERS", "tableType": "iceberg",
            "icebergConfig": {"catalog": "SNOWFLAKE", "externalVolume": "vol", "baseLocationPrefix": "a/b",
              "catalogSync": "sync", "sourceDataStage": "@DB.S.STAGE/x", "migrationStrategy": "copy_files"},
            "writeMode": "merge", "metadataColumns": true},
          "columnNamesToPartitionBy": ["a", "b"],
          "extraction": {"strategy": "unload", "externalStage": "DB.S.EXT"},
          "synchronization": {"strategy": "watermark", "watermarkColumn": "updated_at", "trackModifications": true,
            "trackDeletions": true, "watermarkLag": "PT15M", "onShrink": "allow"},
          "columnTypeMappings": [{"sourceType": "SUPER", "targetType": "VARIANT"}],
          "columnNameMappings": [{"sourceName": "a", "targetName": "ID"}],
          "primaryKeyColumns": ["a"],
          "partitionSize": {"targetSizeMb": 2048},
          "whereClauseCriteria": "is_deleted = 0",
          "loading": {"method": "snowpipe"},
          "snapshot": "required"
        }]
      }
      """#)
    #expect(workflow.affinity == "::blue::")
    let expected = TableConfiguration(
      source: ObjectReference(databaseName: "Sales", schemaName: "[dbo]", tableName: "\"Orders\""),
      target: TargetReference(
        databaseName: "DB", schemaName: "S", tableName: "ORDERS", tableType: .iceberg,
        icebergConfig: IcebergConfiguration(
          catalog: "SNOWFLAKE", externalVolume: "vol", baseLocationPrefix: "a/b", catalogSync: "sync",
          sourceDataStage: "@DB.S.STAGE/x", migrationStrategy: .copyFiles),
        writeMode: .merge, metadataColumns: true),
      columnNamesToPartitionBy: ["a", "b"],
      extraction: ExtractionStrategy(strategy: .unload, externalStage: "DB.S.EXT"),
      synchronization: Synchronization(
        strategy: .watermark, watermarkColumn: "updated_at", trackModifications: true, trackDeletions: true,
        watermarkLag: .duration(.seconds(900)), onShrink: .allow),
      columnTypeMappings: [TypeMapping(sourceType: "SUPER", targetType: "VARIANT")],
      columnNameMappings: [NameMapping(sourceName: "a", targetName: "ID")],
      primaryKeyColumns: ["a"], partitionSize: .targetSizeMb(2048), whereClauseCriteria: "is_deleted = 0",
      loading: LoadingStrategy(method: .snowpipe), snapshot: .required)
    #expect(workflow.tables == [expected])
  }

  @Test func takesOneMappingWithoutItsArray() throws {
    let table = try #require(
      try workflow(
        oneTable(
          #""columnTypeMappings": {"sourceType": "a", "targetType": "b"}, "columnNameMappings": {"sourceName": "c", "targetName": "d"}"#
        )
      ).tables.first)
    #expect(table.columnTypeMappings == [TypeMapping(sourceType: "a", targetType: "b")])
    #expect(table.columnNameMappings == [NameMapping(sourceName: "c", targetName: "d")])
  }

  @Test(arguments: [
    (#""auto""#, PartitionSize.auto), (#"{"targetSizeMb": 1}"#, .targetSizeMb(1)),
    (#"{"maxRowsPerPartition": 500000}"#, .maxRowsPerPartition(500_000)),
    (#"{"maxRowsPerPartition": 5e5}"#, .maxRowsPerPartition(500_000)),
    (#"{"maxRowsPerPartition": 7.0, "targetSizeMb": null}"#, .maxRowsPerPartition(7)),
    (#"{"maxRowsPerPartition": 9223372036854775807}"#, .maxRowsPerPartition(Int.max)),
  ])
  func readsPartitionSizes(_ text: String, _ size: PartitionSize) throws {
    #expect(try workflow(oneTable("\"partitionSize\": \(text)")).tables.first?.partitionSize == size)
  }

  @Test(arguments: [("5", "5"), ("0.25", "0.25"), ("1e3", "1000"), ("12345678901234567", "12345678901234567")])
  func readsLagsOfNumericWatermarks(_ text: String, _ amount: String) throws {
    let own =
      #""synchronization": {"strategy": "watermark", "watermarkColumn": "v", "trackModifications": true, "watermarkLag": \#(text)}, "primaryKeyColumns": ["k"]"#
    guard case .amount(let lag)? = try workflow(oneTable(own)).tables.first?.synchronization.watermarkLag else {
      Issue.record("no amount")
      return
    }
    #expect("\(lag)" == amount)
  }

  @Test func tellsEverythingAtOnceWithItsPlace() {
    let text = """
      {
        "defaultTableConfiguration": {
          "target": {"databaseName": "ANALYTICS", "schemaName": "DBO"}
        },
        "tables": [
          {"source": {"tableName": "a"}, "target": {"tableName": "a"}},
          {"source": {"tableName": "b"}, "target": {"tableName": "orders"}},
          {
            "source": {"tableName": "c"}, "target": {"tableName": "c"},
            "partitonSize": "auto"
          },
          {
            "source": {"tableName": "d"}, "target": {"tableName": "d"},
            "synchronization": {"strategy": "watermark"}
          },
          {"source": {"tableName": "e"}, "target": {"tableName": "e"}, "snapshot": "sometimes"},
          {
            "source": {"tableName": "f"},
            "target": {"tableName": "ORDERS"}
          }
        ],
        "afinity": "x"
      }
      """
    #expect(
      DiagnosticReport(file: "wf.json", diagnostics: read(text).diagnostics).text == """
        wf.json:10:7  tables[2].partitonSize     unknown property; did you mean partitionSize?
        wf.json:14:26 tables[3].synchronization  watermark needs watermarkColumn
        wf.json:16:78 tables[4].snapshot         "sometimes" is not one of required, preferred, none
        wf.json:19:17 tables[5].target           same target as tables[1] (ANALYTICS.DBO.ORDERS)
        wf.json:22:3  afinity                    unknown property; did you mean affinity?
        5 errors in wf.json.
        """)
  }

  @Test(arguments: [
    ("[]", "1:1 : expected an object, found an array"),
    ("7", "1:1 : expected an object, found a number"),
    ("{}", "1:1 : needs tables, an array of at least one table"),
    (#"{"tables": null}"#, "1:1 : needs tables, an array of at least one table"),
    (#"{"tables": []}"#, "1:12 tables: no table in the list"),
    (#"{"tables": {}}"#, "1:12 tables: expected an array of tables, found an object"),
    (#"{"tables": [7]}"#, "1:13 tables[0]: expected an object, found a number"),
    (#"{"tables": [], "affinity": ""}"#, "1:12 tables: no table in the list"),
    (#"{"tables": [], "tables": [1]}"#, "1:12 tables: no table in the list"),
  ])
  func refusesWhatIsNoWorkflow(_ text: String, _ first: String) {
    let outcome = read(text)
    #expect(lines(outcome.diagnostics).first == first)
    #expect(outcome.workflow == nil)
  }

  @Test func tellsMistakesOfTheTextAndOfTheContentTogether() {
    let text = #"{"tables": [{"source": {"tableName": "a", "tableName": "b"}, "target": {"tableNam": "x"}}]}"#
    #expect(
      lines(read(text).diagnostics) == [
        "1:43 tables[0].source.tableName: duplicate key (first at 1:25)",
        "1:72 tables[0].target: needs tableName",
        "1:73 tables[0].target.tableNam: unknown property; did you mean tableName?",
      ])
  }

  /// Values that are no JSON are told once, as that.
  @Test func doesNotTellAMistakeTwice() {
    #expect(
      lines(read(oneTable(#""snapshot": NaN, "partitionSize": {"targetSizeMb": 01}"#)).diagnostics).count == 2)
  }

  @Test func refusesTwoTablesWithOneTarget() {
    func pair(_ first: String, _ second: String) -> [String] {
      let tables = [first, second].map { #"{"source": {"tableName": "s"}, "target": {\#($0)}}"# }
      return messages(read("{\"tables\": [\(tables.joined(separator: ","))]}").diagnostics)
    }
    let same = ["tables[1].target: same target as tables[0] (S.ORDERS)"]
    #expect(pair(#""schemaName": "s", "tableName": "Orders""#, #""schemaName": "S", "tableName": "ORDERS""#) == same)
    #expect(
      pair(#""schemaName": "s", "tableName": "orders""#, #""schemaName": "S", "tableName": "\"ORDERS\"""#) == same)
    #expect(pair(#""schemaName": "s", "tableName": "orders""#, #""schemaName": "S", "tableName": "\"orders\"""#) == [])
    #expect(pair(#""schemaName": "s", "tableName": "orders""#, #""tableName": "orders""#) == [])
    // A dot inside a quoted name is no separator.
    #expect(pair(#""schemaName": "a", "tableName": "\"B.C\"""#, #""schemaName": "\"A.B\"", "tableName": "c""#) == [])
  }

  @Test func tellsWhereAMisplacedKeyBelongs() {
    #expect(
      messages(read(oneTable(#""watermarkColumn": "x", "strategy": "none", "tableName": "t""#)).diagnostics) == [
        "tables[0].watermarkColumn: unknown property here; it belongs to synchronization",
        "tables[0].strategy: unknown property",
        "tables[0].tableName: unknown property here; it belongs to source or target",
      ])
  }

  @Test func acceptsOneSourceForTwoTargets() throws {
    let tables = ["a", "b"].map { #"{"source": {"tableName": "s"}, "target": {"tableName": "\#($0)"}}"# }
    #expect(try workflow("{\"tables\": [\(tables.joined(separator: ","))]}").tables.count == 2)
  }
}
