/// The keys of every object of a workflow file.
enum WorkflowKeys {
  static let workflow = ["tables", "defaultTableConfiguration", "affinity"]
  static let table = [
    "source", "target", "columnNamesToPartitionBy", "extraction", "synchronization", "columnTypeMappings",
    "columnNameMappings", "primaryKeyColumns", "partitionSize", "whereClauseCriteria", "loading", "snapshot",
  ]
  static let source = ["databaseName", "schemaName", "tableName"]
  static let target = source + ["tableType", "icebergConfig", "writeMode", "metadataColumns"]
  static let iceberg = [
    "catalog", "externalVolume", "baseLocationPrefix", "catalogTableName", "catalogSync", "sourceDataStage",
    "migrationStrategy",
  ]
  static let extraction = ["strategy", "externalStage"]
  static let synchronization = [
    "strategy", "watermarkColumn", "trackModifications", "trackDeletions", "watermarkLag", "onShrink",
  ]
  static let typeMapping = ["sourceType", "targetType"]
  static let nameMapping = ["sourceName", "targetName"]
  static let partitionSize = ["targetSizeMb", "maxRowsPerPartition"]
  static let loading = ["method", "verify"]

  /// Where a key is at home, for somebody who wrote it into another object; keys of several objects are left out.
  static func home(of key: String) -> String? {
    let homes: [(keys: [String], name: String)] = [
      (workflow, "the top of the file"), (table, "a table"), (source, "source or target"),
      (target.filter { !source.contains($0) }, "target"), (iceberg, "target.icebergConfig"),
      (extraction, "extraction"), (synchronization, "synchronization"), (typeMapping, "columnTypeMappings"),
      (nameMapping, "columnNameMappings"), (partitionSize, "partitionSize"), (loading, "loading"),
    ]
    let found = homes.filter { $0.keys.contains(key) }
    return found.count == 1 ? found[0].name : nil
  }
}
