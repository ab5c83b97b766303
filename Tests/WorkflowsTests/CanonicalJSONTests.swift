import Testing
import Workflows

@Suite struct CanonicalJSONTests {
  @Test func writesEverySettingInOneOrder() throws {
    let table = try #require(try workflow(oneTable("")).tables.first)
    #expect(
      try table.canonicalJSON()
        == #"{"columnNameMappings":[],"columnNamesToPartitionBy":[],"columnTypeMappings":[],"extraction":{"strategy":"regular"},"loading":{"method":"copy","verify":"auto"},"partitionSize":"auto","primaryKeyColumns":[],"snapshot":"preferred","source":{"tableName":"t"},"synchronization":{"onShrink":"refuse","strategy":"none","trackDeletions":false,"trackModifications":false},"target":{"metadataColumns":false,"tableName":"T","tableType":"native"}}"#
    )
  }

  /// The canonical form is an entry of a workflow: it reads back as what it was made from.
  @Test(arguments: [
    "", #""partitionSize": {"targetSizeMb": 12}"#, #""partitionSize": {"maxRowsPerPartition": 12}"#,
    #""loading": {"verify": "always"}"#, #""whereClauseCriteria": "a/b = 'ü \" \\'""#,
    #""synchronization": {"strategy": "watermark", "watermarkColumn": "v", "watermarkLag": "PT1H30M", "trackModifications": true}, "primaryKeyColumns": ["[k]"]"#,
    #""synchronization": {"strategy": "watermark", "watermarkColumn": "v", "watermarkLag": 0.125, "trackModifications": true}, "primaryKeyColumns": ["[k]"]"#,
    #""columnNameMappings": {"sourceName": "a", "targetName": "b"}, "columnTypeMappings": [{"sourceType": "a", "targetType": "b"}]"#,
  ])
  func readsBack(_ own: String) throws {
    let target = #""tableType": "iceberg", "icebergConfig": {"externalVolume": "v", "sourceDataStage": "@a/b"}"#
    for target in ["", target] {
      let table = try #require(try workflow(oneTable(own, target: target)).tables.first)
      let json = try table.canonicalJSON()
      #expect(try workflow("{\"tables\": [\(json)]}").tables == [table])
      #expect(try table.canonicalJSON() == json)
    }
  }
}
