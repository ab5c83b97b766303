import struct Foundation.Decimal

/// A table entry with its defaults merged in, taken apart; what it says has the right form, but may contradict itself.
///
/// Settings that could not be read are reported and stand at their defaults, so that the rest can still be checked.
struct TableDraft {
  /// A larger target size is taken for a mistake: a tebibyte.
  static let largestSizeMb = 1_048_576

  let table: ObjectReader
  let source: ObjectReader?
  let target: ObjectReader?
  let iceberg: ObjectReader?
  let extraction: ObjectReader?
  let synchronization: ObjectReader?
  /// Table names that are missing are empty here.
  private(set) var configuration: TableConfiguration

  /// Nil, reported, when `node` is no object.
  init?(_ node: JSONNode, _ path: DocumentPath, findings: Findings) {
    guard let table = ObjectReader(node, path, keys: WorkflowKeys.table, findings: findings) else { return nil }
    self.table = table
    source = table.object("source", keys: WorkflowKeys.source)
    target = table.object("target", keys: WorkflowKeys.target)
    iceberg = target?.object("icebergConfig", keys: WorkflowKeys.iceberg)
    extraction = table.object("extraction", keys: WorkflowKeys.extraction)
    synchronization = table.object("synchronization", keys: WorkflowKeys.synchronization)
    let loading = table.object("loading", keys: WorkflowKeys.loading)
    configuration = TableConfiguration(
      source: Self.reference(source),
      target: Self.target(target, iceberg),
      columnNamesToPartitionBy: table.names("columnNamesToPartitionBy"),
      extraction: ExtractionStrategy(
        strategy: extraction?.word("strategy") ?? .regular, externalStage: extraction?.string("externalStage")),
      synchronization: Self.synchronization(synchronization),
      columnTypeMappings: table.typeMappings("columnTypeMappings"),
      columnNameMappings: table.nameMappings("columnNameMappings"),
      primaryKeyColumns: table.names("primaryKeyColumns"),
      partitionSize: Self.partitionSize(table) ?? .auto,
      whereClauseCriteria: Self.condition(table),
      loading: LoadingStrategy(
        method: loading?.word("method") ?? .copy, verify: loading?.word("verify") ?? .auto),
      snapshot: table.word("snapshot") ?? .preferred)
  }

  /// Without the settings that the table's strategies have no use for.
  var pruned: TableConfiguration {
    var pruned = configuration
    if pruned.target.tableType == .native { pruned.target.icebergConfig = nil }
    if pruned.extraction.strategy == .regular { pruned.extraction.externalStage = nil }
    if pruned.synchronization.strategy != .watermark {
      pruned.synchronization.watermarkColumn = nil
      pruned.synchronization.trackModifications = false
      pruned.synchronization.trackDeletions = false
      pruned.synchronization.watermarkLag = nil
    }
    return pruned
  }

  private static func reference(_ object: ObjectReader?) -> ObjectReference {
    ObjectReference(
      databaseName: object?.name("databaseName"), schemaName: object?.name("schemaName"),
      tableName: object?.name("tableName") ?? "")
  }

  private static func target(_ object: ObjectReader?, _ iceberg: ObjectReader?) -> TargetReference {
    let name = reference(object)
    let configuration = iceberg.map { iceberg in
      IcebergConfiguration(
        catalog: iceberg.string("catalog") ?? IcebergConfiguration.snowflakeCatalog,
        externalVolume: iceberg.string("externalVolume"),
        baseLocationPrefix: iceberg.string("baseLocationPrefix"),
        catalogTableName: iceberg.string("catalogTableName"),
        catalogSync: iceberg.string("catalogSync"),
        sourceDataStage: stage(iceberg),
        migrationStrategy: iceberg.word("migrationStrategy"))
    }
    return TargetReference(
      databaseName: name.databaseName, schemaName: name.schemaName, tableName: name.tableName,
      tableType: object?.word("tableType") ?? .native, icebergConfig: configuration,
      writeMode: object?.word("writeMode"), metadataColumns: object?.boolean("metadataColumns") ?? false)
  }

  private static func stage(_ iceberg: ObjectReader) -> String? {
    let key = "sourceDataStage"
    guard let stage = iceberg.string(key), let node = iceberg[key] else { return nil }
    if !stage.hasPrefix("@") || stage == "@" {
      iceberg.report(node, iceberg.path + key, "a stage path begins with @, as @DB.SCHEMA.STAGE/path")
    }
    return stage
  }

  private static func synchronization(_ object: ObjectReader?) -> Synchronization {
    guard let object else { return Synchronization() }
    return Synchronization(
      strategy: object.word("strategy") ?? .none, watermarkColumn: object.name("watermarkColumn"),
      trackModifications: object.boolean("trackModifications") ?? false,
      trackDeletions: object.boolean("trackDeletions") ?? false, watermarkLag: lag(object),
      onShrink: object.word("onShrink") ?? .refuse)
  }

  private static func lag(_ object: ObjectReader) -> WatermarkLag? {
    guard let value = object["watermarkLag"] else { return nil }
    let path = object.path + "watermarkLag"
    switch value.content {
    case .number(let number):
      guard let amount = Decimal(string: number.text), amount.isFinite, amount > 0 else {
        object.report(value, path, "the lag must be more than 0")
        return nil
      }
      return .amount(amount)
    case .string(let text):
      guard let duration = ISODuration.parse(text) else {
        object.report(
          value, path, "\(Printable.quoted(text)) is no ISO 8601 duration of weeks, days or less, such as PT15M")
        return nil
      }
      guard duration > .zero else {
        object.report(value, path, "the lag must be more than 0")
        return nil
      }
      return .duration(duration)
    default:
      object.mismatch(value, path, "a number or an ISO 8601 duration")
      return nil
    }
  }

  private static func partitionSize(_ table: ObjectReader) -> PartitionSize? {
    guard let value = table["partitionSize"] else { return nil }
    let path = table.path + "partitionSize"
    let keys = WorkflowKeys.partitionSize
    switch value.content {
    case .string("auto"): return .auto
    case .string(let text):
      table.report(value, path, "\(Printable.quoted(text)) is neither auto nor an object with \(keys[0]) or \(keys[1])")
      return nil
    case .object:
      guard let object = ObjectReader(value, path, keys: keys, findings: table.findings) else { return nil }
      let megabytes = object.count(keys[0], atMost: largestSizeMb)
      let rows = object.count(keys[1], atMost: Int.max)
      switch (object[keys[0]], object[keys[1]]) {
      case (nil, nil): table.report(value, path, "needs \(keys[0]) or \(keys[1])")
      case (_?, _?): table.report(value, path, "takes \(keys[0]) or \(keys[1]), not both")
      default: return megabytes.map(PartitionSize.targetSizeMb) ?? rows.map(PartitionSize.maxRowsPerPartition)
      }
      return nil
    default:
      table.mismatch(value, path, "auto or an object with \(keys[0]) or \(keys[1])")
      return nil
    }
  }

  private static func condition(_ table: ObjectReader) -> String? {
    let key = "whereClauseCriteria"
    guard let text = table.string(key), let node = table[key] else { return nil }
    if text.split(maxSplits: 1, whereSeparator: \.isWhitespace).first?.lowercased() == "where" {
      table.report(node, table.path + key, "leave out the word WHERE; the condition alone is wanted")
    }
    return text
  }
}

extension ObjectReader {
  /// A whole number from 1 to `limit`.
  fileprivate func count(_ key: String, atMost limit: Int) -> Int? {
    guard let value = self[key] else { return nil }
    guard case .number(let number) = value.content else {
      mismatch(value, path + key, "a whole number")
      return nil
    }
    guard let whole = number.whole, whole > 0 else {
      report(value, path + key, "\(Printable.plain(number.text)) is no whole number above 0")
      return nil
    }
    guard whole <= limit else {
      report(value, path + key, "\(whole) is more than \(limit)")
      return nil
    }
    return whole
  }
}
