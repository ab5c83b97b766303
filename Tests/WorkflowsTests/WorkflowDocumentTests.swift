import Catalogs
import Testing
import Workflows

@Suite struct WorkflowDocumentTests {
  private func document(_ text: String) throws -> WorkflowDocument {
    let outcome = read(text)
    #expect(outcome.diagnostics.isEmpty, "\(lines(outcome.diagnostics))")
    return try #require(outcome.document)
  }

  @Test func foldsNamesAsTheirSystemsDo() throws {
    let document = try document(
      #"""
      {"tables": [{"source": {"databaseName": "Db", "schemaName": "[My Schema]", "tableName": "Orders"},
                   "target": {"databaseName": "Db", "schemaName": "\"Low\"", "tableName": "Orders"}}]}
      """#)
    let lower = ObjectName(database: "db", schema: "My Schema", table: "orders")
    let kept = ObjectName(database: "Db", schema: "My Schema", table: "Orders")
    #expect(try document.source(of: 0, on: .redshift) == lower)
    #expect(try document.source(of: 0, on: .postgresql) == lower)
    #expect(try document.source(of: 0, on: .sqlserver) == kept)
    #expect(try document.target(of: 0, on: .snowflake) == ObjectName(database: "DB", schema: "Low", table: "ORDERS"))
    #expect(try document.target(of: 0, on: .sqlite) == ObjectName(database: "Db", schema: "Low", table: "Orders"))
  }

  @Test func pointsIntoTheTableAndIntoTheDefaults() throws {
    let document = try document(
      """
      {"defaultTableConfiguration": {
         "synchronization": {"strategy": "checksum"}},
       "tables": [
         {"source": {"tableName": "a"}, "target": {"tableName": "A"}, "columnNamesToPartitionBy": ["x"]}]}
      """)
    let own = document.diagnostic(table: 0, "columnNamesToPartitionBy", message: "no such column")
    #expect(lines([own]) == ["4:93 tables[0].columnNamesToPartitionBy: no such column"])
    let inherited = document.diagnostic(.warning, table: 0, "synchronization", "strategy", message: "slow")
    #expect(lines([inherited]) == ["?2:36 tables[0].synchronization.strategy: slow"])
    let absent = document.diagnostic(table: 0, "source", "schemaName", message: "which?")
    #expect(lines([absent]) == ["4:15 tables[0].source.schemaName: which?"])
  }

  @Test func refusesWhatTheSystemsCannotDo() throws {
    let document = try document(
      oneTable(
        #""extraction": {"strategy": "unload", "externalStage": "S"}, "loading": {"method": "snowpipe"}"#,
        target: #""tableType": "iceberg", "icebergConfig": {"externalVolume": "v"}"#))
    #expect(document.check(source: .redshift, target: .snowflake).isEmpty)
    #expect(
      messages(document.check(source: .sqlserver, target: .snowflake)) == [
        "tables[0].extraction.strategy: unload is for Amazon Redshift; the source is SQL Server"
      ])
    #expect(
      messages(document.check(source: .redshift, target: .sqlite)) == [
        "tables[0].target.tableType: iceberg is for Snowflake; the target is SQLite",
        "tables[0].extraction.strategy: unload is for Snowflake; the target is SQLite",
        "tables[0].loading.method: snowpipe is for Snowflake; the target is SQLite",
      ])
  }

  @Test func verifiesEveryLoadOnlyWhereItsRowsAreKnown() throws {
    func found(_ own: String, _ target: TargetPlatform, _ more: String = "") throws -> [String] {
      let document = try document(oneTable(#""loading": {"verify": "always"}, \#(own)"#, target: more))
      return messages(document.check(source: .redshift, target: target))
    }
    let watermark = #""synchronization": {"strategy": "watermark", "watermarkColumn": "v"}"#
    let merge =
      #""synchronization": {"strategy": "watermark", "watermarkColumn": "v", "trackModifications": true}, "primaryKeyColumns": ["k"]"#
    let refused = [
      "tables[0].loading.verify: always needs target.metadataColumns here: nothing else tells the rows of a load from those "
        + "of others"
    ]
    for target in [TargetPlatform.sqlite, .snowflake] {
      #expect(try found(#""synchronization": {"strategy": "checksum"}"#, target).isEmpty)
      #expect(try found(watermark, target) == refused)
      #expect(try found(watermark, target, #""metadataColumns": true"#).isEmpty)
    }
    #expect(try found(merge, .sqlite) == refused)
    #expect(try found(merge, .snowflake).isEmpty)
    #expect(
      try found(#""extraction": {"strategy": "unload", "externalStage": "S"}"#, .snowflake) == [
        "tables[0].loading.verify: always needs staged files at hand, and those of unload are not; use auto, and verify"
      ])
  }

  @Test func findsTargetsThatAreOneInSQLite() throws {
    func clashes(_ first: String, _ second: String) throws -> [String] {
      let tables = [first, second].map { #"{"source": {"tableName": "s"}, "target": {\#($0)}}"# }
      let document = try document("{\"tables\": [\(tables.joined(separator: ", "))]}")
      #expect(document.check(source: .sqlite, target: .snowflake).isEmpty)
      return messages(document.check(source: .sqlite, target: .sqlite))
    }
    let plain = #""tableName": "orders""#
    #expect(
      try clashes(plain, #""schemaName": "main", "tableName": "ORDERS""#) == [
        "tables[1].target: same target as tables[0] on SQLite (main.ORDERS)"
      ])
    #expect(try clashes(plain, #""tableName": "\"Orders\"""#).count == 1)
    #expect(
      try clashes(#""databaseName": "a", "tableName": "t""#, #""databaseName": "b", "tableName": "t""#).count == 1)
    #expect(try clashes(#""schemaName": "a", "tableName": "t""#, #""tableName": "\"a.T\"""#).count == 1)
    #expect(try clashes(plain, #""schemaName": "sales", "tableName": "orders""#).isEmpty)
  }

  @Test func findsColumnsThatFoldToOne() throws {
    let own =
      #""columnNamesToPartitionBy": ["ID", "id"], "primaryKeyColumns": ["a", "\"A\""], "columnNameMappings": [{"sourceName": "x", "targetName": "\"y\""}, {"sourceName": "X", "targetName": "y"}]"#
    let document = try document(oneTable(own))
    #expect(document.check(source: .sqlserver, target: .snowflake).isEmpty)
    #expect(
      messages(document.check(source: .redshift, target: .snowflake)) == [
        "tables[0].columnNamesToPartitionBy: ID and id are one column in Amazon Redshift",
        "tables[0].columnNameMappings: x and X are one column in Amazon Redshift",
      ])
    #expect(document.check(source: .sqlite, target: .sqlite).count == 4)
  }

  /// A list of the defaults is one mistake, not one for every table.
  @Test func findsColumnsOfTheDefaultsOnce() throws {
    let tables = (0..<5).map { #"{"source": {"tableName": "t"}, "target": {"tableName": "T\#($0)"}}"# }
    let text =
      #"{"defaultTableConfiguration": {"primaryKeyColumns": ["k", "K"], "columnNameMappings": [{"sourceName": "a", "targetName": "\"b\""}, {"sourceName": "A", "targetName": "\"B\""}]}, "tables": ["#
      + tables.joined(separator: ",") + "]}"
    #expect(try document(text).check(source: .redshift, target: .sqlite).count == 3)
  }
}
