/// Holds the settings of one table against each other, and reports what cannot go together.
struct TableCheck {
  let draft: TableDraft
  let findings: Findings
  let idle: IdleSettings

  func run() {
    checkNames()
    checkTarget()
    checkExtraction()
    checkSynchronization()
    checkWriteMode()
  }

  private var configuration: TableConfiguration { draft.configuration }

  /// Key columns are named; a list that could not be read counts.
  private var hasKey: Bool {
    draft.table["primaryKeyColumns"].map { $0.elements?.isEmpty != true } ?? false
  }

  /// Reports at the member `key` of `object`.
  private func report(_ object: ObjectReader, _ key: String, _ message: String) {
    guard let value = object[key] else { return }
    findings.add(at: value.offset, object.path + key, message)
  }

  /// Reports that `object` lacks something.
  private func reportLack(_ object: ObjectReader, _ message: String) {
    findings.add(at: object.node.offset, object.path, message)
  }

  /// A table's name is its own: what is wrong with an inherited one is told at the table.
  private func checkNames() {
    for (key, object) in [("source", draft.source), ("target", draft.target)] {
      let isOwn = object.map { !findings.isInherited($0.node.offset) } ?? false
      let place = isOwn ? object?.node ?? draft.table.node : draft.table.node
      if let object, object["tableName"] == nil {
        findings.add(at: place.offset, object.path, "needs tableName")
      } else if draft.table[key] == nil {
        findings.add(at: place.offset, draft.table.path, "needs \(key) with tableName")
      }
      guard let object else { continue }
      for part in WorkflowKeys.source { warnAboutDot(object, part) }
    }
  }

  /// `dbo.Orders` as one name is legal, and hardly ever meant.
  private func warnAboutDot(_ object: ObjectReader, _ key: String) {
    guard let value = object[key], case .string(let name) = value.content, name.contains("."),
      let first = name.first, !"\"[`".contains(first)
    else { return }
    findings.add(
      .warning, at: value.offset, object.path + key,
      "\(Printable.plain(name)) is taken as one name; write its parts apart, or quote it")
  }

  private func checkTarget() {
    guard let target = draft.target, !target.isMistaken("tableType", TargetReference.TableType.self) else { return }
    let isIceberg = configuration.target.tableType == .iceberg
    idle.note(
      target, "icebergConfig", isSet: draft.iceberg != nil, isUsed: isIceberg, condition: "tableType iceberg")
    guard isIceberg else { return }
    if target["icebergConfig"] == nil { report(target, "tableType", "iceberg needs icebergConfig") }
    guard let object = draft.iceberg, let iceberg = configuration.target.icebergConfig else { return }
    if iceberg.isSnowflakeManaged {
      if object["externalVolume"] == nil { reportLack(object, "catalog SNOWFLAKE needs externalVolume") }
    } else if object["catalogTableName"] == nil {
      report(object, "catalog", "an external catalog needs catalogTableName")
    }
    switch iceberg.migrationStrategy {
    case .copyFiles?:
      if !iceberg.isSnowflakeManaged { report(object, "migrationStrategy", "copy_files needs catalog SNOWFLAKE") }
      if object["sourceDataStage"] == nil { report(object, "migrationStrategy", "copy_files needs sourceDataStage") }
    case let strategy? where iceberg.isSnowflakeManaged:
      report(object, "migrationStrategy", "\(strategy.rawValue) needs an external catalog, not SNOWFLAKE")
    case _?, nil: break
    }
  }

  private func checkExtraction() {
    guard let extraction = draft.extraction, !extraction.isMistaken("strategy", ExtractionStrategy.Strategy.self)
    else { return }
    let isUnload = configuration.extraction.strategy == .unload
    let hasStage = configuration.extraction.externalStage != nil
    idle.note(extraction, "externalStage", isSet: hasStage, isUsed: isUnload, condition: "strategy unload")
    if isUnload, extraction["externalStage"] == nil { reportLack(extraction, "unload needs externalStage") }
  }

  private func checkSynchronization() {
    guard let object = draft.synchronization, !object.isMistaken("strategy", Synchronization.Strategy.self)
    else { return }
    let synchronization = configuration.synchronization
    let isWatermark = synchronization.strategy == .watermark
    let settings: [(key: String, isSet: Bool)] = [
      ("watermarkColumn", synchronization.watermarkColumn != nil),
      ("trackModifications", synchronization.trackModifications),
      ("trackDeletions", synchronization.trackDeletions),
      ("watermarkLag", synchronization.watermarkLag != nil),
    ]
    for (key, isSet) in settings {
      idle.note(object, key, isSet: isSet, isUsed: isWatermark, condition: "strategy watermark")
    }
    guard isWatermark else { return }
    let isMerged = synchronization.trackModifications || configuration.target.writeMode == .merge
    if object["watermarkColumn"] == nil { reportLack(object, "watermark needs watermarkColumn") }
    if synchronization.trackModifications, !hasKey {
      report(object, "trackModifications", "needs primaryKeyColumns")
    }
    if !isMerged {
      report(object, "watermarkLag", "rows read again must be merged: set trackModifications, or writeMode merge")
    }
  }

  private func checkWriteMode() {
    guard let target = draft.target, let mode = configuration.target.writeMode else { return }
    let synchronization = configuration.synchronization
    switch mode {
    case .merge where !hasKey: report(target, "writeMode", "merge needs primaryKeyColumns")
    case .append where synchronization.strategy == .checksum:
      report(target, "writeMode", "checksum replaces changed parts, which append cannot")
    case .append where synchronization.strategy == .watermark && synchronization.trackModifications:
      report(target, "writeMode", "trackModifications merges by key, which append cannot")
    case .replace, .append, .merge: break
    }
  }
}
