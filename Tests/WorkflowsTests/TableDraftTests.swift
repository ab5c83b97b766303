import Testing
import Workflows

/// The form of single values.
@Suite struct TableDraftTests {
  @Test(arguments: [
    (
      #""partitionSize": {"targetSizeMb": 1, "maxRowsPerPartition": 1}"#,
      "partitionSize: takes targetSizeMb or maxRowsPerPartition, not both"
    ),
    (#""partitionSize": {}"#, "partitionSize: needs targetSizeMb or maxRowsPerPartition"),
    (#""partitionSize": {"targetSizeMb": 0}"#, "partitionSize.targetSizeMb: 0 is no whole number above 0"),
    (
      #""partitionSize": {"maxRowsPerPartition": -5}"#,
      "partitionSize.maxRowsPerPartition: -5 is no whole number above 0"
    ),
    (#""partitionSize": {"targetSizeMb": 1.5}"#, "partitionSize.targetSizeMb: 1.5 is no whole number above 0"),
    (
      #""partitionSize": {"targetSizeMb": "5"}"#,
      "partitionSize.targetSizeMb: expected a whole number, found a string"
    ),
    (#""partitionSize": {"targetSizeMb": 1048577}"#, "partitionSize.targetSizeMb: 1048577 is more than 1048576"),
    (
      #""partitionSize": "big""#,
      "partitionSize: \"big\" is neither auto nor an object with targetSizeMb or maxRowsPerPartition"
    ),
    (
      #""partitionSize": 5"#,
      "partitionSize: expected auto or an object with targetSizeMb or maxRowsPerPartition, found a number"
    ),
    (#""columnNamesToPartitionBy": "a""#, "columnNamesToPartitionBy: expected an array of names, found a string"),
    (#""columnNamesToPartitionBy": ["a", 5]"#, "columnNamesToPartitionBy[1]: expected a string, found a number"),
    (
      #""columnNamesToPartitionBy": ["a", "b", "\"a\""]"#,
      "columnNamesToPartitionBy[2]: \"a\" is in the list twice, first as [0]"
    ),
    (#""primaryKeyColumns": ["k", "k"]"#, "primaryKeyColumns[1]: k is in the list twice, first as [0]"),
    (#""primaryKeyColumns": [""]"#, "primaryKeyColumns[0]: the text is empty"),
    (#""primaryKeyColumns": ["\"k"]"#, "primaryKeyColumns[0]: the quote in \"k does not close"),
    (#""primaryKeyColumns": ["[k] x"]"#, "primaryKeyColumns[0]: text follows the closing quote in [k] x"),
    (#""primaryKeyColumns": ["\"\""]"#, "primaryKeyColumns[0]: the name is empty"),
    (#""primaryKeyColumns": [" k"]"#, "primaryKeyColumns[0]: blanks around the name; quote it if they belong to it"),
    (#""primaryKeyColumns": ["a\u0007"]"#, "primaryKeyColumns[0]: a control character in the name"),
    (#""whereClauseCriteria": "a\u0000""#, "whereClauseCriteria: a NUL character in the text"),
    (#""whereClauseCriteria": "  ""#, "whereClauseCriteria: the text is empty"),
    (#""whereClauseCriteria": true"#, "whereClauseCriteria: expected a string, found true or false"),
    (
      #""whereClauseCriteria": "where a = 1""#,
      "whereClauseCriteria: leave out the word WHERE; the condition alone is wanted"
    ),
    (#""columnTypeMappings": [{"sourceType": "a"}]"#, "columnTypeMappings[0]: needs targetType"),
    (#""columnTypeMappings": {"targetType": "a"}"#, "columnTypeMappings: needs sourceType"),
    (
      #""columnTypeMappings": [{"sourceType": "NUMERIC(1, 2)", "targetType": "a"}, {"sourceType": "numeric(1,2)", "targetType": "b"}]"#,
      "columnTypeMappings[1]: numeric(1,2) is mapped twice, first as [0]"
    ),
    (#""columnTypeMappings": "a""#, "columnTypeMappings: expected an array of type mappings, found a string"),
    (
      #""columnNameMappings": [{"sourceName": "a", "targetName": "b", "x": 1}]"#,
      "columnNameMappings[0].x: unknown property; known are sourceName, targetName"
    ),
    (
      #""columnNameMappings": [{"sourceName": "a", "targetName": "b"}, {"sourceName": "a", "targetName": "c"}]"#,
      "columnNameMappings[1]: a is in the list twice, first as [0]"
    ),
    (
      #""columnNameMappings": [{"sourceName": "a", "targetName": "x"}, {"sourceName": "b", "targetName": "X"}]"#,
      "columnNameMappings[1]: X is in the list twice, first as [0]"
    ),
    (#""columnNameMappings": [["a", "b"]]"#, "columnNameMappings[0]: expected an object, found an array"),
    (#""extraction": "regular""#, "extraction: expected an object, found a string"),
    (
      #""extraction": {"strategy": "unlod"}"#,
      "extraction.strategy: \"unlod\" is not one of regular, unload; did you mean unload?"
    ),
    (#""extraction": {"strategy": 1}"#, "extraction.strategy: expected a string, found a number"),
    (
      #""synchronization": {"strategy": "checksums"}"#,
      "synchronization.strategy: \"checksums\" is not one of none, checksum, watermark; did you mean checksum?"
    ),
    (#""synchronization": {"onShrink": "ignore"}"#, "synchronization.onShrink: \"ignore\" is not one of refuse, allow"),
    (
      #""synchronization": {"trackDeletions": "no"}"#,
      "synchronization.trackDeletions: expected true or false, found a string"
    ),
    (#""loading": {"method": "pipe"}"#, "loading.method: \"pipe\" is not one of copy, snowpipe"),
    (#""loading": {"verify": true}"#, "loading.verify: expected a string, found true or false"),
    (#""loading": {"verify": "sometimes"}"#, "loading.verify: \"sometimes\" is not one of auto, always, never"),
    (#""loading": {"mode": "copy"}"#, "loading.mode: unknown property; known are method, verify"),
    (
      #""snapshot": "prefered""#,
      "snapshot: \"prefered\" is not one of required, preferred, none; did you mean preferred?"
    ),
    (#""snapshot": true"#, "snapshot: expected a string, found true or false"),
  ])
  func refuses(_ own: String, _ message: String) {
    #expect(messages(read(oneTable(own)).diagnostics) == ["tables[0].\(message)"])
  }

  @Test(arguments: [
    (#""writeMode": "upsert""#, "writeMode: \"upsert\" is not one of replace, append, merge"),
    (#""metadataColumns": 1"#, "metadataColumns: expected true or false, found a number"),
    (#""tableType": "icberg""#, "tableType: \"icberg\" is not one of native, iceberg; did you mean iceberg?"),
    (#""tableType": "iceberg", "icebergConfig": []"#, "icebergConfig: expected an object, found an array"),
    (
      #""tableType": "iceberg", "icebergConfig": {"externalVolume": "v", "sourceDataStage": "STAGE"}"#,
      "icebergConfig.sourceDataStage: a stage path begins with @, as @DB.SCHEMA.STAGE/path"
    ),
    (
      #""tableType": "iceberg", "icebergConfig": {"externalVolume": "v", "migrationStrategy": "copy-files"}"#,
      "icebergConfig.migrationStrategy: \"copy-files\" is not one of catalog_link, convert_to_managed, copy_files; did you mean copy_files?"
    ),
    (#""databaseName": 5"#, "databaseName: expected a string, found a number"),
    (#""schemaName": "[a""#, "schemaName: the quote in [a does not close"),
  ])
  func refusesInTarget(_ target: String, _ message: String) {
    #expect(messages(read(oneTable("", target: target)).diagnostics) == ["tables[0].target.\(message)"])
  }

  @Test(arguments: ["0", "-1", "\"PT0S\"", "0.0", "1e300"])
  func refusesLagsThatAreNotPositive(_ lag: String) {
    #expect(lagMessages(lag) == ["tables[0].synchronization.watermarkLag: the lag must be more than 0"])
  }

  @Test(arguments: ["P1M", "15 minutes", "PT", "P1Y"])
  func refusesLagsOfNoFixedLength(_ lag: String) {
    let message = "\"\(lag)\" is no ISO 8601 duration of weeks, days or less, such as PT15M"
    #expect(lagMessages("\"\(lag)\"") == ["tables[0].synchronization.watermarkLag: \(message)"])
  }

  @Test func refusesLagsOfOtherTypes() {
    #expect(
      lagMessages("true") == [
        "tables[0].synchronization.watermarkLag: expected a number or an ISO 8601 duration, found true or false"
      ])
  }

  private func lagMessages(_ lag: String) -> [String] {
    let own =
      #""synchronization": {"strategy": "watermark", "watermarkColumn": "v", "trackModifications": true, "watermarkLag": \#(lag)}, "primaryKeyColumns": ["k"]"#
    return messages(read(oneTable(own)).diagnostics)
  }

  @Test func warnsOfNamesWithDots() throws {
    let text = #"{"tables": [{"source": {"tableName": "dbo.t"}, "target": {"schemaName": "[a.b]", "tableName": "t"}}]}"#
    let outcome = read(text)
    #expect(
      lines(outcome.diagnostics) == [
        "?1:38 tables[0].source.tableName: dbo.t is taken as one name; write its parts apart, or quote it"
      ])
    #expect(outcome.workflow != nil)
  }
}
