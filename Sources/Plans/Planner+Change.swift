package import Catalogs
import Workflows

extension Planner {
  /// What happens to a table, from what was known before and what was found in the source.
  ///
  /// - Throws: ``PlanError`` when the parts do not add up to the table.
  package func change(
    _ facts: TableFacts, _ assessment: Assessment, _ observation: Observation
  ) throws(PlanError) -> TableChange {
    let seen = facts.target
    let shape = shapeChange(facts)
    var facts = facts
    facts.target = shape.target
    let strategy = facts.configuration.synchronization.strategy
    if assessment.basis != .incremental || strategy != .watermark {
      try checkCoverage(facts, assessment, observation)
    }
    var change = outline(facts, assessment, observation)
    change.statements = shape.statements + change.statements
    change.targetFingerprint = seen.map { fingerprint($0.shape) }
    switch assessment.basis {
    case .fresh(let action, let reason):
      change.action = action
      change.reason = reason
      freshParts(&change, facts, observation)
    case .incremental where strategy == .watermark:
      windowParts(&change, facts, observation)
      addRemovals(&change, facts, observation)
    case .incremental:
      changedParts(&change, facts, observation)
    }
    if facts.configuration.target.tableType == .iceberg { makeIceberg(&change, facts) }
    change.addressing = addressing(change, facts, observation.source)
    if change.addressing == .rebuild, change.action == .refresh { takeAllParts(&change, observation) }
    if change.addressing == .partColumn, strategy != .watermark { takeRetiredParts(&change, facts) }
    // A changed shape is taken note of also where nothing moves for it.
    if change.action == .none, !change.statements.isEmpty || !shape.drift.isEmpty {
      change.action = .refresh
      change.reason = .schemaChanged
    }
    warn(&change, facts, observation.source)
    change.warnings += keyWarnings(change, facts, observation.source)
    refuseShrinking(&change, facts, assessment, observation)
    refuseImpossible(&change, facts)
    change.refusals += removalObstacles(facts, observation.source)
    change.refusals += dialect.obstacles(to: change, in: facts.target)
    let outline = dialect.outline(change, lineage: lineage)
    change.loading = outline.statements.isEmpty ? nil : outline.statements
    change.refusals += outline.refusals
    return change
  }

  /// The query columns of a table: those that the source's rows bring, in the target's order of arrival.
  package func columns(
    _ facts: TableFacts, source: Table
  ) -> [ColumnPlan] {
    let mapper = mapper(facts)
    let target = shapeChange(facts).target
    let columns = mapper.columns(of: source, declared: facts.source ?? source, target: target)
    return target.map { mapper.afterStatements(columns, on: $0) } ?? columns
  }

  /// The observed table, its empty columns with the types that their target columns have where those are narrower than what
  /// was declared: no value needs more, and values that came earlier chose them.
  package func settled(_ observation: Observation, _ facts: TableFacts) -> Table {
    var source = observation.source
    guard let target = shapeChange(facts).target else { return source }
    let mapper = mapper(facts)
    let plans = mapper.columns(of: source, declared: source, target: target)
    for (index, plan) in plans.enumerated() where observation.emptyColumns.contains(plan.source) {
      guard let existing = mapper.find(plan.target, in: target) else { continue }
      let held = dialect.logicalType(of: existing.declaredType)
      if !held.holds(source.columns[index].type) { source.columns[index].type = held }
    }
    return source
  }

  func mapper(_ facts: TableFacts) -> ColumnMapper {
    ColumnMapper(configuration: facts.configuration, sourceFolding: sourcePlatform.folding, dialect: dialect)
  }

  private func checkCoverage(
    _ facts: TableFacts, _ assessment: Assessment, _ observation: Observation
  ) throws(PlanError) {
    let layout = observation.layout
    if let gap = Layout(parts: layout.parts.map(\.part)).gap(isNullable: assessment.key?.isNullable ?? false) {
      throw PlanError(.notCovered, at: facts.sourceName.description, gap)
    }
    let counted = layout.parts.reduce(0) { $0 + $1.rows }
    guard layout.isUnknown || counted == layout.totalRows else {
      throw PlanError(
        .notCovered, at: facts.sourceName.description,
        "the parts hold \(counted) rows and the table \(layout.totalRows) in one snapshot; choose other columnNamesToPartitionBy"
      )
    }
  }

  private func outline(
    _ facts: TableFacts, _ assessment: Assessment, _ observation: Observation
  ) -> TableChange {
    let columns = columns(facts, source: observation.source)
    let mapper = mapper(facts)
    let declared = mapper.columns(of: observation.source, declared: observation.source, target: facts.target)
    var warnings = assessment.warnings
    warnings += columns.compactMap { column in column.note.map { "\(column.source): \($0)" } }
    var sourceTable = observation.source
    sourceTable.estimatedRows = nil
    sourceTable.estimatedBytes = nil
    return TableChange(
      source: facts.sourceName, target: facts.targetName, action: .none, reason: .unchanged, sourceTable: sourceTable,
      configuration: facts.configuration, columns: columns, key: assessment.key, addressing: .wholeTable,
      mergeKey: mergeKey(facts, columns, observation.source),
      statements: statements(facts, assessment, columns, observation.source, mapper),
      drift: assessment.drift + (facts.target.map { mapper.drift(of: declared, against: $0) } ?? []),
      parts: [], extraction: observation.extraction,
      guarantees: observation.snapshot.map { [$0] } ?? [], warnings: warnings,
      iceberg: facts.configuration.target.icebergConfig.map(IcebergChoice.init(_:)),
      sourceFingerprint: fingerprint((facts.source ?? observation.source).shape),
      targetFingerprint: facts.target.map { fingerprint($0.shape) }, ledger: facts.fence,
      configurationFingerprint: configurationFingerprint(facts.configuration))
  }

  private func statements(
    _ facts: TableFacts, _ assessment: Assessment, _ columns: [ColumnPlan], _ source: Table, _ mapper: ColumnMapper
  ) -> [String] {
    if let target = facts.target { return mapper.statements(for: columns, on: target) }
    return [
      dialect.createTable(
        facts.targetName, columns: columns, primaryKey: enforceableKey(facts, assessment.key, columns, source),
        metadataColumns: facts.configuration.target.metadataColumns)
    ]
  }

  /// The primary key for a new table, unless rows may rightly come twice (a watermark without `trackModifications`, or with
  /// another key to merge by: a deleted row stays, and its primary key may be given again), or may pass from one part to
  /// another with the same primary key while parts load in any order.
  private func enforceableKey(
    _ facts: TableFacts, _ key: PartitionKey?, _ columns: [ColumnPlan], _ source: Table
  ) -> [String] {
    let synchronization = facts.configuration.synchronization
    guard synchronization.strategy != .watermark || synchronization.trackModifications,
      key == nil || Set(key?.columns ?? []) == Set(source.primaryKey)
    else { return [] }
    let names = targetNames(source.primaryKey, columns)
    let merged = mergeKey(facts, columns, source)
    return merged.isEmpty || Set(merged) == Set(names) ? names : []
  }

  private func mergeKey(_ facts: TableFacts, _ columns: [ColumnPlan], _ source: Table) -> [String] {
    guard merges(facts.configuration) || tracksDeletions(facts.configuration) else { return [] }
    let named = (try? self.columns(facts.configuration.primaryKeyColumns, of: source, in: "primaryKeyColumns")) ?? []
    return targetNames(named.isEmpty ? source.primaryKey : named, columns)
  }

  /// Whether rows are found again by a key: what comes later takes the place of what came before.
  func merges(_ configuration: TableConfiguration) -> Bool {
    configuration.writeMode == .merge || configuration.synchronization.trackModifications
      || configuration.synchronization.watermarkLag != nil
  }

  private func targetNames(_ names: [String], _ columns: [ColumnPlan]) -> [String] {
    names.compactMap { name in columns.first { $0.source == name }?.target }
  }

  /// A target that is filled with something else is never replaced part by part: half of it would be neither. Where no part
  /// moves, nothing may be rebuilt either, for the rebuild would be empty.
  private func addressing(_ change: TableChange, _ facts: TableFacts, _ source: Table) -> Addressing {
    if change.parts.isEmpty || change.parts.contains(where: { $0.method != .replace }) { return .keyRange }
    let isWhole = (change.parts.map(\.part) + change.kept).allSatisfy { $0.range == .whole }
    let isFilled = change.action == .reload && change.reason != .strategyNone
    guard !isWhole else { return .wholeTable }
    if facts.configuration.target.metadataColumns, !isFilled { return .partColumn }
    guard let key = change.key, !isFilled else { return .rebuild }
    return orders(key, change.columns, facts, source) ? .keyRange : .rebuild
  }

  /// Whether a range of the key means the same rows on both sides.
  func orders(_ key: PartitionKey, _ columns: [ColumnPlan], _ facts: TableFacts, _ source: Table) -> Bool {
    key.columns.allSatisfy { name in
      guard let column = source.column(name), let plan = columns.first(where: { $0.source == name }) else {
        return false
      }
      let existing = facts.target.flatMap { mapper(facts).find(plan.target, in: $0) }
      return dialect.orders(column, as: plan.type, into: existing, like: sourcePlatform)
    }
  }

  /// Every part moves, because the target is built anew as a whole.
  private func takeAllParts(_ change: inout TableChange, _ observation: Observation) {
    let moving = Dictionary(uniqueKeysWithValues: change.parts.map { ($0.part.id, $0) })
    change.parts = observation.layout.parts.map { measured in
      moving[measured.part.id] ?? part(measured, .keyOrderDiffers, observation)
    }
    change.kept = []
  }

  /// The part column still names parts that were split or joined in a run that did not get all of the new ones in: what takes
  /// such a part's place must take its rows out, and the state no longer says which part that is.
  private func takeRetiredParts(_ change: inout TableChange, _ facts: TableFacts) {
    guard let state = facts.state, !state.open.isEmpty else { return }
    let open = Set(state.open.map(\.part.id))
    let living = Set(state.parts.map(\.part.id))
    let retired = stride(from: 1, through: state.lastPart, by: 1).filter { !living.contains($0) }
    for index in change.parts.indices
    where open.contains(change.parts[index].part.id) || !open.isDisjoint(with: change.parts[index].replaces) {
      let known = Set(change.parts[index].replaces)
      change.parts[index].replaces += retired.filter { !known.contains($0) }
    }
  }

  func part(
    _ measured: MeasuredPart, _ reason: Reason, _ observation: Observation, window: Window? = nil,
    method: LoadMethod = .replace
  ) -> PartChange {
    let isUnknown = observation.layout.isUnknown
    return PartChange(
      part: measured.part, reason: reason, rows: isUnknown ? nil : measured.rows,
      bytes: isUnknown ? nil : measured.bytes, digest: measured.digest, window: window, method: method,
      replaces: measured.replaces)
  }
}
