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
    let drift = shapeChange(facts).drift
    let best = candidates.first { facts.obstacles[$0] == nil }
    var warnings = candidates.prefix { $0 != best }.compactMap { facts.obstacles[$0] }
    warnings += facts.remarks
    if !facts.configuration.columnNamesToPartitionBy.isEmpty, candidates.first?.origin != .asked {
      warnings.append("columnNamesToPartitionBy names columns of two values, which make no ranges; it is passed over")
    }
    var key = best
    var basis = basis(facts, source: source)
    if case .fresh(_, let reason) = basis, let remark = ledgerRemark(reason, facts) { warnings.append(remark) }
    // Where connections cannot share a snapshot, one transaction is the only one that sees a table as of one moment.
    let needsOnePart = facts.configuration.snapshot == .required && !facts.sharesSnapshots
    if needsOnePart {
      key = nil
      warnings.append(
        "one part: snapshot is required, and parts of this \(sourcePlatform.title) table are read in transactions of their own"
      )
    } else if let state = facts.state, basis == .incremental, keepsKey(of: state, facts, source: source) {
      key = state.partitionKey
    }
    if basis == .incremental, facts.state?.partitionKey != key { basis = .fresh(.reload, .configurationChanged) }
    if !needsOnePart, key == nil {
      let columns = best?.columns.joined(separator: ", ")
      warnings.append(
        columns.map { "one part, as it was first loaded; --replace splits it by \($0)" }
          ?? "one part: no key to split by; name one with columnNamesToPartitionBy")
    }
    return Assessment(basis: basis, key: key, drift: drift, warnings: warnings)
  }

  /// Whether the parts of the state still make sense although a better key appeared, or the index of theirs was dropped: a
  /// new index alone is no reason to move a table.
  private func keepsKey(of state: TableState, _ facts: TableFacts, source: Table) -> Bool {
    guard facts.configuration.columnNamesToPartitionBy.isEmpty else { return false }
    guard let key = state.partitionKey else { return true }
    let columns = key.columns.compactMap(source.column)
    return columns.count == key.columns.count && columns.contains(where: \.isNullable) == key.isNullable
      && facts.obstacles[key] == nil
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
    // Only what is written: a watermark appends by itself, and still owns its table.
    let isAdditive = [.append, .merge].contains(facts.configuration.target.writeMode)
    guard let target = facts.target else {
      let wasLoaded = facts.state?.parts.contains { $0.loadedBy != nil } ?? false
      return .fresh(.create, !wasLoaded ? .notInTarget : facts.isReplaceAsked ? .requested : .targetGone)
    }
    guard let state = facts.state else {
      if facts.isReplaceAsked { return .fresh(.reload, .requested) }
      guard facts.targetHasRows else { return .fresh(.create, .neverLoaded) }
      return isAdditive && facts.fence == nil ? .fresh(.append, .neverLoaded) : .fresh(.reload, unknownRows(facts))
    }
    if facts.isReplaceAsked { return .fresh(.reload, .requested) }
    if let reason = ledgerReason(facts, state) { return .fresh(.reload, reason) }
    if state.configurationFingerprint != configurationFingerprint(facts.configuration) {
      return .fresh(.reload, .configurationChanged)
    }
    let shape = shapeChange(facts)
    guard shape.keepsRows else { return .fresh(.reload, .schemaChanged) }
    if mapper(facts).lacksColumn(shape.target ?? target, for: columns(facts, source: source)) {
      return .fresh(.reload, .schemaChanged)
    }
    let isRebuilding = state.addressing == .rebuild && state.open.contains { $0.window?.after == nil }
    if isRebuilding { return .fresh(.reload, .notLoaded) }
    return facts.configuration.synchronization.strategy == .watermark ? watermarkBasis(facts, state) : .incremental
  }

  /// A table that had no watermark value when it was loaded has no place to go on from: its first value brings everything.
  private func watermarkBasis(_ facts: TableFacts, _ state: TableState) -> Assessment.Basis {
    guard state.reached?.bound == nil else { return .incremental }
    if !state.open.isEmpty { return .fresh(.reload, .notLoaded) }
    if state.watermark == nil { return .fresh(.reload, .watermarkMissing) }
    return .fresh(facts.configuration.target.writeMode == .append ? .append : .reload, .newRows)
  }

  /// The identity of all settings whose change means that what the target holds is no longer what is asked for.
  func configurationFingerprint(_ configuration: TableConfiguration) -> String {
    let synchronization = configuration.synchronization
    var lines = [
      ["where", configuration.whereClauseCriteria ?? ""],
      ["key"] + configuration.columnNamesToPartitionBy,
      ["primary"] + configuration.primaryKeyColumns,
      [
        "synchronization", synchronization.strategy.rawValue, synchronization.watermarkColumn ?? "",
        "\(synchronization.trackModifications)",
      ],
      [
        "target", configuration.target.tableType.rawValue, configuration.writeMode.rawValue,
        "\(configuration.target.metadataColumns)",
      ],
    ]
    lines += configuration.columnTypeMappings.map { ["type", $0.sourceType, $0.targetType] }
    lines += configuration.columnNameMappings.map { ["name", $0.sourceName, $0.targetName] }
    // Lengths in front, so that no filter or name can be written to look like another setting.
    return fingerprint(
      lines.map { $0.map { "\($0.utf8.count):\($0)" }.joined(separator: "\t") }.joined(separator: "\n"))
  }
}
