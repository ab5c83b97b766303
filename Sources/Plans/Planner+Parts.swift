import Catalogs
import Workflows

extension Planner {
  /// All parts load: the target has nothing that counts.
  func freshParts(_ change: inout TableChange, _ facts: TableFacts, _ observation: Observation) {
    let method = freshMethod(facts)
    guard facts.configuration.synchronization.strategy == .watermark else {
      change.parts = observation.layout.parts.map { part($0, change.reason, observation, method: method) }
      return
    }
    guard let watermark = observation.watermark, let column = watermarkColumn(facts, observation.source) else { return }
    change.watermark = WatermarkState(column: column, bound: watermark.bound, ties: watermark.boundTies)
    change.guarantees.append(guarantee(facts, watermark))
    guard let bound = watermark.bound else {
      partsWithoutBound(&change, facts, observation)
      return
    }
    let window = Window(column: column, after: nil, through: bound, includesNull: true)
    change.parts = observation.layout.parts.map {
      part($0, change.reason, observation, window: window, method: method)
    }
    if watermark.nullRows > 0 {
      change.warnings.append("\(watermark.nullRows) rows have no \(column): they move now, later ones do not")
    }
  }

  /// No row has a watermark: all that is there moves without a window, and everything again with the first value, in place
  /// of it. Where nothing may be replaced, rows wait for that value.
  private func partsWithoutBound(_ change: inout TableChange, _ facts: TableFacts, _ observation: Observation) {
    guard let watermark = observation.watermark, let column = change.watermark?.column else { return }
    let note = "\(watermark.nullRows) rows have no \(column)"
    if change.reason == .newRows, let state = facts.state {
      change.action = .none
      change.reason = .unchanged
      change.kept = state.parts.map(\.part)
      if watermark.nullRows > 0 { change.warnings.append("\(note): later ones move with the first row that has one") }
    } else if freshMethod(facts) == .append {
      if watermark.nullRows > 0 { change.warnings.append("\(note): they move with the first row that has one") }
    } else {
      change.parts = observation.layout.parts.map { part($0, change.reason, observation, method: freshMethod(facts)) }
      if watermark.nullRows > 0 {
        change.warnings.append("\(note): they move now, later ones with the first row that has one")
      }
    }
  }

  /// How rows get into a target where nothing of this table counts: by replacing, unless other rows must be left alone.
  func freshMethod(_ facts: TableFacts) -> LoadMethod {
    switch facts.configuration.target.writeMode {
    case .append: .append
    case .merge: .merge
    case .replace, nil: .replace
    }
  }

  /// A part that was never in the target may be appended; one that was can only be replaced, which append forbids.
  private func changedMethod(_ measured: MeasuredPart, _ facts: TableFacts, known: [Int: PartState]) -> LoadMethod {
    let method = freshMethod(facts)
    guard method == .append else { return method }
    let wasLoaded = ([measured.part.id] + measured.replaces).contains { known[$0]?.loadedBy != nil }
    return wasLoaded ? .replace : .append
  }

  /// Parts move that differ from what the state has of them.
  func changedParts(_ change: inout TableChange, _ facts: TableFacts, _ observation: Observation) {
    guard let state = facts.state else { return }
    let known = Dictionary(uniqueKeysWithValues: state.parts.map { ($0.part.id, $0) })
    for measured in observation.layout.parts {
      if let reason = reason(measured, known: known[measured.part.id], facts) {
        let isUnseen = observation.layout.isUnknown && reason == .checksumMissing
        change.parts.append(
          part(
            measured, isUnseen ? .notScanned : reason, observation,
            method: changedMethod(measured, facts, known: known)))
      } else {
        change.kept.append(measured.part)
      }
    }
    guard let first = change.parts.first else { return }
    let isEverything = facts.configuration.synchronization.strategy == .none
    change.action = isEverything ? .reload : .refresh
    change.reason = isEverything ? .strategyNone : first.reason
  }

  /// Why a part moves; nil when it stays.
  package func reason(_ measured: MeasuredPart, known: PartState?, _ facts: TableFacts) -> Reason? {
    guard let known else {
      return measured.replaces.isEmpty ? .newPart : measured.replaces.count > 1 ? .shrankAndMerges : .grewAndSplits
    }
    if facts.configuration.synchronization.strategy == .none { return .strategyNone }
    if known.loadedBy == nil { return .notLoaded }
    guard let before = known.digest, let now = measured.digest else { return .checksumMissing }
    return before == now ? nil : .checksumDiffers
  }

  /// A part that had rows and has none, or a table that lost over half of them, is more often a broken source than a wish.
  ///
  /// Windows of a watermark take no rows away; what replaces a whole table is held against what the state has of it.
  func refuseShrinking(
    _ change: inout TableChange, _ facts: TableFacts, _ assessment: Assessment, _ observation: Observation
  ) {
    guard facts.configuration.synchronization.onShrink == .refuse, let state = facts.state, !change.parts.isEmpty,
      change.reason != .configurationChanged, !observation.layout.isUnknown,
      facts.configuration.synchronization.strategy != .watermark || assessment.basis != .incremental
    else { return }
    let allow = "if that is right, set synchronization.onShrink to \"allow\""
    let before = state.parts.reduce(0) { $0 + $1.rows }
    let now = observation.layout.totalRows
    if now < before - now {
      change.refusals.append("the source had \(before) rows and has \(now) now; \(allow)")
      return
    }
    var emptied: Set<Int> = []
    var filled: Set<Int> = []
    for measured in observation.layout.parts {
      let origins = measured.replaces.isEmpty ? [measured.part.id] : measured.replaces
      if measured.rows == 0 {
        emptied.formUnion(origins)
      } else {
        filled.formUnion(origins.filter { !measured.emptied.contains($0) })
        emptied.formUnion(measured.emptied)
      }
    }
    for part in state.parts where part.rows > 0 && emptied.contains(part.part.id) && !filled.contains(part.part.id) {
      change.refusals.append("part \(part.part.id) had \(part.rows) rows and has none now; \(allow)")
    }
  }

  /// What may go wrong when the parts of `change` move, told where somebody can still act on it.
  func warn(_ change: inout TableChange, _ facts: TableFacts, _ source: Table) {
    guard !change.parts.isEmpty else { return }
    if facts.target != nil {
      let nulls = mapper(facts).refusedNulls(of: change.columns, source: source)
      if !nulls.isEmpty {
        change.warnings.append(
          "\(nulls.joined(separator: ", ")) may be NULL in the source and not in the target: a NULL stops its part")
      }
    }
    guard !change.mergeKey.isEmpty else { return }
    let key = change.columns.filter { change.mergeKey.contains($0.target) }.map(\.source)
    if !([source.primaryKey] + source.uniqueKeys).contains(where: { !$0.isEmpty && Set($0).isSubset(of: key) }) {
      change.warnings.append(
        "no unique index says that \(key.joined(separator: ", ")) tells rows apart; "
          + (merges(facts.configuration) ? "merging" : "trackDeletions") + " relies on it")
    } else if merges(facts.configuration), key.contains(where: { source.column($0)?.isNullable == true }) {
      change.warnings.append("rows with NULL in \(key.joined(separator: ", ")) count as one when they are merged")
    }
  }

  /// What the plan would have to do and cannot, said before anything runs.
  func refuseImpossible(_ change: inout TableChange, _ facts: TableFacts) {
    for drift in change.drift where drift.isBlocking {
      change.refusals.append("\(drift.kind.rawValue): \(drift.resolution)")
    }
    refuseRemoving(&change, facts)
    for (column, others) in mapper(facts).collisions(of: change.columns) {
      change.refusals.append(
        "\(([column.source] + others).joined(separator: " and ")) would both be \(column.target) in the target; "
          + "give one another name with columnNameMappings")
    }
    if change.parts.contains(where: { $0.method == .merge }), change.mergeKey.isEmpty {
      change.refusals.append("there is no key to merge by; name primaryKeyColumns")
    }
    if facts.configuration.loading.method == .snowpipe {
      change.refusals.append("loading.method snowpipe is not built yet; use copy")
    }
    if facts.configuration.target.tableType == .iceberg, dialect.platform != .snowflake {
      change.refusals.append("an Iceberg table needs a Snowflake target")
    }
  }

  /// `writeMode` `append` promises that no row of the target is removed.
  private func refuseRemoving(_ change: inout TableChange, _ facts: TableFacts) {
    guard facts.configuration.target.writeMode == .append else { return }
    if change.action == .reload || change.parts.contains(where: { $0.method == .replace }) {
      change.refusals.append(
        "writeMode append never removes rows, so a reload would double them; set target.writeMode to replace")
    } else if change.parts.contains(where: { $0.method == .merge }) {
      change.refusals.append(
        "writeMode append never removes rows, and trackModifications and watermarkLag do; set target.writeMode to merge"
      )
    } else if change.parts.contains(where: { $0.window?.includesAfter == true }) {
      change.refusals.append(
        "rows were added at the last watermark, and writeMode append may not replace those that are there; leave "
          + "target.writeMode out where the table has no other rows, or merge by a key")
    }
  }
}
