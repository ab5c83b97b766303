package import Catalogs
package import Workflows

/// Decides what happens to each table: a pure function of workflow, catalogs, measurements and state.
///
/// It is asked twice. ``assess(_:)`` sees catalogs and state and says what must be measured; ``change(_:_:_:)`` sees the
/// measurement too and says what moves. Between the two, the caller asks the source; see docs/planning.md.
package struct Planner: Sendable {
  package var sourcePlatform: SourcePlatform
  package var dialect: any TargetDialect
  package var lineage: String
  package var fingerprint: Fingerprint

  package init(
    sourcePlatform: SourcePlatform, dialect: any TargetDialect, lineage: String, fingerprint: @escaping Fingerprint
  ) {
    self.sourcePlatform = sourcePlatform
    self.dialect = dialect
    self.lineage = lineage
    self.fingerprint = fingerprint
  }

  /// What `facts` call for.
  ///
  /// - Throws: ``PlanError`` when the source has no such table, or a column that the configuration names is not in it.
  package func assess(_ facts: TableFacts) throws(PlanError) -> Assessment {
    guard let source = facts.source else {
      throw PlanError(
        .tableMissing, at: facts.sourceName.description,
        "the source has no such table, or the login may not see it; correct the name or take the table out of the workflow"
      )
    }
    let candidates = try keyCandidates(facts.configuration, of: source)
    _ = try columns(facts.configuration.primaryKeyColumns, of: source, in: "primaryKeyColumns")
    if let watermark = facts.configuration.synchronization.watermarkColumn {
      _ = try columns([watermark], of: source, in: "synchronization.watermarkColumn")
    }
    let drift = facts.state.map { SourceDrift.between($0.sourceTable, source) } ?? []
    var warnings: [String] = []
    var key = candidates.first { facts.obstacles[$0] == nil }
    warnings += candidates.prefix { $0 != key }.compactMap { facts.obstacles[$0] }
    if facts.configuration.snapshot == .required, sourcePlatform == .sqlite {
      key = nil
      warnings.append("one part: snapshot is required, and SQLite connections share no snapshot")
    } else if key == nil {
      warnings.append("one part: no key to split by; name one with columnNamesToPartitionBy")
    }
    let basis = basis(facts, source: source)
    if case .incremental = basis, facts.state?.partitionKey != key {
      return Assessment(basis: .fresh(.reload, .configurationChanged), key: key, drift: drift, warnings: warnings)
    }
    return Assessment(basis: basis, key: key, drift: drift, warnings: warnings)
  }

  /// The keys that could split the table, best first.
  package func keyCandidates(
    _ configuration: TableConfiguration, of table: Table
  ) throws(PlanError) -> [PartitionKey] {
    let asked = try columns(configuration.columnNamesToPartitionBy, of: table, in: "columnNamesToPartitionBy")
    return KeyChoice.candidates(of: table, asked: asked)
  }

  /// The stored names of written column names, each of which must exist.
  func columns(_ written: [String], of table: Table, in property: String) throws(PlanError) -> [String] {
    var names: [String] = []
    for text in written {
      let name = (try? Identifier.stored(text, folding: sourcePlatform.folding)) ?? text
      let match = table.column(name) ?? table.columns.first { $0.name.lowercased() == name.lowercased() }
      guard let match else {
        throw PlanError(
          .columnMissing, at: table.name.description,
          "\(property) names \(text), which the table does not have; it has \(table.columns.map(\.name).joined(separator: ", "))"
        )
      }
      names.append(match.name)
    }
    return names
  }

  private func basis(_ facts: TableFacts, source: Table) -> Assessment.Basis {
    let isAdditive = facts.configuration.writeMode != .replace
    guard facts.target != nil else {
      return .fresh(.create, facts.state == nil ? .notInTarget : facts.isReplaceAsked ? .requested : .targetGone)
    }
    guard let state = facts.state else {
      if facts.isReplaceAsked { return .fresh(.reload, .requested) }
      guard facts.targetHasRows else { return .fresh(.create, .neverLoaded) }
      return isAdditive && facts.fence == nil ? .fresh(.append, .neverLoaded) : .fresh(.reload, .targetHoldsOtherRows)
    }
    if facts.isReplaceAsked { return .fresh(.reload, .requested) }
    if let fence = facts.fence {
      if fence.lineage != lineage { return .fresh(.reload, .otherState) }
      if fence.run > (state.run ?? 0) { return .fresh(.reload, .stateBehind) }
    }
    if state.configurationFingerprint != configurationFingerprint(facts.configuration) {
      return .fresh(.reload, .configurationChanged)
    }
    if state.sourceFingerprint != fingerprint(source.shape) { return .fresh(.reload, .schemaChanged) }
    let open = state.parts.filter { $0.loadedBy == nil }
    if state.addressing == .rebuild, !open.isEmpty { return .fresh(.reload, .notLoaded) }
    if facts.configuration.synchronization.strategy == .watermark, state.watermark == nil, open.isEmpty {
      return .fresh(.reload, .watermarkMissing)
    }
    return .incremental
  }

  /// The identity of all settings whose change means that what the target holds is no longer what is asked for.
  func configurationFingerprint(_ configuration: TableConfiguration) -> String {
    let synchronization = configuration.synchronization
    var lines = [
      "where\t\(configuration.whereClauseCriteria ?? "")",
      "key\t\(configuration.columnNamesToPartitionBy.joined(separator: "\t"))",
      "primary\t\(configuration.primaryKeyColumns.joined(separator: "\t"))",
      "synchronization\t\(synchronization.strategy)\t\(synchronization.watermarkColumn ?? "")"
        + "\t\(synchronization.trackModifications)",
      "target\t\(configuration.target.tableType)\t\(configuration.writeMode)\t\(configuration.target.metadataColumns)",
    ]
    lines += configuration.columnTypeMappings.map { "type\t\($0.sourceType)\t\($0.targetType)" }
    lines += configuration.columnNameMappings.map { "name\t\($0.sourceName)\t\($0.targetName)" }
    return fingerprint(lines.joined(separator: "\n"))
  }
}
