import Testing
import Workflows

/// Settings held against each other: each rule with a table that breaks it and one that keeps it.
@Suite struct TableCheckTests {
  private static let volume = #""externalVolume": "v""#

  @Test(arguments: [
    ("", #""tableType": "iceberg""#, "target.tableType: iceberg needs icebergConfig"),
    (
      "", #""tableType": "iceberg", "icebergConfig": {}"#,
      "target.icebergConfig: catalog SNOWFLAKE needs externalVolume"
    ),
    (
      "", #""tableType": "iceberg", "icebergConfig": {"catalog": "snowflake"}"#,
      "target.icebergConfig: catalog SNOWFLAKE needs externalVolume"
    ),
    (
      "", #""tableType": "iceberg", "icebergConfig": {"catalog": "glue"}"#,
      "target.icebergConfig.catalog: an external catalog needs catalogTableName"
    ),
    (
      "", #""tableType": "native", "icebergConfig": {"externalVolume": "v"}"#,
      "target.icebergConfig: does nothing without tableType iceberg"
    ),
    ("", #""icebergConfig": {"externalVolume": "v"}"#, "target.icebergConfig: does nothing without tableType iceberg"),
    (
      "", #""tableType": "iceberg", "icebergConfig": {"externalVolume": "v", "migrationStrategy": "copy_files"}"#,
      "target.icebergConfig.migrationStrategy: copy_files needs sourceDataStage"
    ),
    (
      "",
      #""tableType": "iceberg", "icebergConfig": {"catalog": "g", "catalogTableName": "a.b", "sourceDataStage": "@s", "migrationStrategy": "copy_files"}"#,
      "target.icebergConfig.migrationStrategy: copy_files needs catalog SNOWFLAKE"
    ),
    (
      "", #""tableType": "iceberg", "icebergConfig": {"externalVolume": "v", "migrationStrategy": "catalog_link"}"#,
      "target.icebergConfig.migrationStrategy: catalog_link needs an external catalog, not SNOWFLAKE"
    ),
    (
      "",
      #""tableType": "iceberg", "icebergConfig": {"externalVolume": "v", "migrationStrategy": "convert_to_managed"}"#,
      "target.icebergConfig.migrationStrategy: convert_to_managed needs an external catalog, not SNOWFLAKE"
    ),
    (#""extraction": {"strategy": "unload"}"#, "", "extraction: unload needs externalStage"),
    (
      #""extraction": {"strategy": "regular", "externalStage": "S"}"#, "",
      "extraction.externalStage: does nothing without strategy unload"
    ),
    (#""extraction": {"externalStage": "S"}"#, "", "extraction.externalStage: does nothing without strategy unload"),
    (#""synchronization": {"strategy": "watermark"}"#, "", "synchronization: watermark needs watermarkColumn"),
    (
      #""synchronization": {"strategy": "checksum", "watermarkColumn": "v"}"#, "",
      "synchronization.watermarkColumn: does nothing without strategy watermark"
    ),
    (
      #""synchronization": {"trackModifications": true}, "primaryKeyColumns": ["k"]"#, "",
      "synchronization.trackModifications: does nothing without strategy watermark"
    ),
    (
      #""synchronization": {"strategy": "checksum", "trackDeletions": true}"#, "",
      "synchronization.trackDeletions: does nothing without strategy watermark"
    ),
    (
      #""synchronization": {"strategy": "none", "watermarkLag": 5}"#, "",
      "synchronization.watermarkLag: does nothing without strategy watermark"
    ),
    (
      #""synchronization": {"strategy": "watermark", "watermarkColumn": "v", "trackModifications": true}"#, "",
      "synchronization.trackModifications: needs primaryKeyColumns"
    ),
    (
      #""synchronization": {"strategy": "watermark", "watermarkColumn": "v", "trackModifications": true}, "primaryKeyColumns": []"#,
      "", "synchronization.trackModifications: needs primaryKeyColumns"
    ),
    (
      #""synchronization": {"strategy": "watermark", "watermarkColumn": "v", "watermarkLag": 5}"#, "",
      "synchronization.watermarkLag: rows read again must be merged: set trackModifications, or writeMode merge"
    ),
    ("", #""writeMode": "merge""#, "target.writeMode: merge needs primaryKeyColumns"),
    (
      #""synchronization": {"strategy": "checksum"}"#, #""writeMode": "append""#,
      "target.writeMode: checksum replaces changed parts, which append cannot"
    ),
    (
      #""synchronization": {"strategy": "watermark", "watermarkColumn": "v", "trackModifications": true}, "primaryKeyColumns": ["k"]"#,
      #""writeMode": "append""#, "target.writeMode: trackModifications merges by key, which append cannot"
    ),
  ])
  func refuses(_ own: String, _ target: String, _ message: String) {
    #expect(messages(read(oneTable(own, target: target)).diagnostics) == ["tables[0].\(message)"])
  }

  @Test(arguments: [
    ("", #""tableType": "iceberg", "icebergConfig": {"externalVolume": "v"}"#),
    ("", #""tableType": "iceberg", "icebergConfig": {"catalog": "glue", "catalogTableName": "a.b"}"#),
    // As in a table that overrides managed defaults with an external catalog.
    (
      "",
      #""tableType": "iceberg", "icebergConfig": {"catalog": "glue", "catalogTableName": "a.b", "sourceDataStage": "@s", "baseLocationPrefix": "p"}"#
    ),
    (
      "",
      #""tableType": "iceberg", "icebergConfig": {"externalVolume": "v", "sourceDataStage": "@s", "migrationStrategy": "copy_files"}"#
    ),
    (
      "",
      #""tableType": "iceberg", "icebergConfig": {"catalog": "g", "catalogTableName": "a.b", "migrationStrategy": "convert_to_managed"}"#
    ),
    ("", #""tableType": "native", "icebergConfig": null"#),
    (#""extraction": {"strategy": "unload", "externalStage": "S"}"#, ""),
    (#""extraction": {}"#, ""),
    (#""synchronization": {"strategy": "checksum", "trackModifications": false, "trackDeletions": false}"#, ""),
    (#""synchronization": {"strategy": "watermark", "watermarkColumn": "v", "trackDeletions": true}"#, ""),
    (
      #""synchronization": {"strategy": "watermark", "watermarkColumn": "v", "watermarkLag": 5}, "primaryKeyColumns": ["k"]"#,
      #""writeMode": "merge""#
    ),
    (
      #""synchronization": {"strategy": "watermark", "watermarkColumn": "v", "watermarkLag": "PT1M", "trackModifications": true}, "primaryKeyColumns": ["k"]"#,
      ""
    ),
    (#""synchronization": {"strategy": "watermark", "watermarkColumn": "v"}"#, #""writeMode": "append""#),
    ("", #""writeMode": "append""#),
    (#""primaryKeyColumns": ["k"]"#, #""writeMode": "merge""#),
    (#""columnNameMappings": [{"sourceName": "a", "targetName": "b"}, {"sourceName": "b", "targetName": "a"}]"#, ""),
    (
      #""columnTypeMappings": [{"sourceType": "varchar(max)", "targetType": "a"}, {"sourceType": "varchar", "targetType": "a"}]"#,
      ""
    ),
  ])
  func accepts(_ own: String, _ target: String) throws {
    _ = try workflow(oneTable(own, target: target))
  }

  /// A strategy that is misspelt is one mistake, not also a lack of its settings.
  @Test(arguments: [
    (#""synchronization": {"strategy": "watermrk", "watermarkColumn": "v"}"#, ""),
    (#""extraction": {"strategy": "unlod", "externalStage": "S"}"#, ""),
    ("", #""tableType": "icebrg", "icebergConfig": {"externalVolume": "v"}"#),
  ])
  func drawsNoConclusionsFromMistakes(_ own: String, _ target: String) {
    #expect(read(oneTable(own, target: target)).diagnostics.count == 1)
  }

  @Test(arguments: [
    (#"{"target": {"tableName": "T"}}"#, "1:13 tables[0]: needs source with tableName"),
    (#"{"source": {"tableName": "t"}}"#, "1:13 tables[0]: needs target with tableName"),
    (#"{"source": {}, "target": {"tableName": "T"}}"#, "1:24 tables[0].source: needs tableName"),
    (#"{"source": {"tableName": "t"}, "target": {"tableName": null}}"#, "1:54 tables[0].target: needs tableName"),
  ])
  func needsTheNames(_ table: String, _ line: String) {
    #expect(lines(read("{\"tables\": [\(table)]}").diagnostics) == [line])
  }

  @Test func derivesTheWriteMode() throws {
    func mode(_ own: String, _ target: String = "") throws -> WriteMode? {
      try workflow(oneTable(own, target: target)).tables.first?.writeMode
    }
    let watermark = #""synchronization": {"strategy": "watermark", "watermarkColumn": "v""#
    #expect(try mode("") == .replace)
    #expect(try mode(#""synchronization": {"strategy": "checksum"}"#) == .replace)
    #expect(try mode(watermark + "}") == .append)
    #expect(try mode(watermark + #", "trackModifications": true}, "primaryKeyColumns": ["k"]"#) == .merge)
    #expect(try mode(watermark + "}", #""writeMode": "replace""#) == .replace)
  }

  @Test func infersTheIcebergStrategy() throws {
    func strategy(_ members: String) throws -> IcebergConfiguration {
      let target = "\"tableType\": \"iceberg\", \"icebergConfig\": {\(members)}"
      return try #require(try workflow(oneTable("", target: target)).tables.first?.target.icebergConfig)
    }
    #expect(try strategy(#""externalVolume": "v""#).strategy == nil)
    #expect(try strategy(#""externalVolume": "v", "sourceDataStage": "@s""#).strategy == .copyFiles)
    #expect(try strategy(#""catalog": "g", "catalogTableName": "t", "sourceDataStage": "@s""#).strategy == .catalogLink)
    let written = try strategy(#""catalog": "g", "catalogTableName": "t", "migrationStrategy": "convert_to_managed""#)
    #expect(written.strategy == .convertToManaged)
    #expect(written.strategyReason == "migrationStrategy says so")
  }
}
