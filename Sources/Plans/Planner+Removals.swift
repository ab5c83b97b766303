package import Catalogs
import Workflows

extension Planner {
  /// Whether rows that left the source are to leave the target.
  func tracksDeletions(_ configuration: TableConfiguration) -> Bool {
    configuration.synchronization.strategy == .watermark && configuration.synchronization.trackDeletions
  }

  /// What must be compared to find rows that left the source; nil where nobody asked for it, or where it comes later: a first
  /// load must be complete before.
  ///
  /// - Parameter source: the table with the types of the plan.
  package func removalSearch(_ facts: TableFacts, _ assessment: Assessment, _ source: Table) -> RemovalSearch? {
    guard tracksDeletions(facts.configuration), assessment.basis == .incremental, let state = facts.state,
      facts.target != nil, isFirstLoadIn(state), let reached = state.reached, let bound = reached.bound
    else { return nil }
    let plans = columns(facts, source: source)
    guard removalObstacles(facts, source).isEmpty, let identity = try? identity(facts.configuration, of: source)
    else { return nil }
    let columns = identity.compactMap { name in plans.first { $0.source == name } }
    let window = Window(column: reached.column, after: nil, through: bound, includesNull: true)
    let base = state.parts.filter { $0.window?.after == nil }.map(\.part)
    // A key that decides the part stays in it for good; any other may pass to a part that is looked at another time.
    if let key = state.partitionKey, base.count > 1, Set(key.columns).isSubset(of: identity),
      Layout(parts: base).gap(isNullable: key.isNullable) == nil, orders(key, plans, facts, source)
    {
      return RemovalSearch(
        columns: columns, key: key.columns.compactMap { name in plans.first { $0.source == name } }, partitionKey: key,
        parts: base, window: window)
    }
    let whole = Part(id: base.count == 1 ? base[0].id : 0, range: .whole)
    return RemovalSearch(columns: columns, key: [], partitionKey: nil, parts: [whole], window: window)
  }

  private func isFirstLoadIn(_ state: TableState) -> Bool {
    !state.open.contains { $0.window?.after == nil }
  }

  /// Removals come before the windows: what a window brings may be newer than the keys that a removal goes by.
  func addRemovals(_ change: inout TableChange, _ facts: TableFacts, _ observation: Observation) {
    guard tracksDeletions(facts.configuration), let state = facts.state else { return }
    guard isFirstLoadIn(state) else {
      change.warnings.append("rows that left the source wait for the next refresh: the first load comes first")
      return
    }
    guard let findings = observation.removals else { return }
    let late = findings.parts.reduce(0) { $0 + $1.late }
    if late > 0, state.open.isEmpty {
      change.warnings.append(
        "\(late) rows up to the last watermark, or without one, are in the source and not in the target: they came late or "
          + "came back, and no window brings them; load the table with --replace, or set watermarkLag to bound it")
    }
    let first = max(state.lastPart, change.parts.map(\.part.id).max() ?? 0) + 1
    let removals = findings.parts.filter { $0.missing != 0 }.enumerated().map { index, found in
      PartChange(
        part: Part(id: first + index, range: found.part.range),
        reason: found.missing == nil ? .keysNotCompared : .keysDiffer, rows: found.missing, bytes: nil, method: .remove,
        takesFrom: found.part.id == 0 ? nil : found.part.id)
    }
    guard let reason = removals.first?.reason else { return }
    if change.parts.isEmpty {
      change.action = .remove
      change.reason = reason
    }
    change.parts = removals + change.parts
    refuseEmptying(&change, facts, findings)
  }

  /// Rows that are gone in great numbers are more often a broken source than a wish.
  private func refuseEmptying(_ change: inout TableChange, _ facts: TableFacts, _ findings: RemovalFindings) {
    guard facts.configuration.synchronization.onShrink == .refuse, let before = findings.targetRows else { return }
    let allow = "if that is right, set synchronization.onShrink to \"allow\""
    let missing = findings.parts.reduce(0) { $0 + ($1.missing ?? 0) }
    if missing > before - missing {
      change.refusals.append("\(missing) of \(before) rows left the source; \(allow)")
      return
    }
    for found in findings.parts where found.isEmptied && (found.missing ?? 0) > 0 {
      change.refusals.append(
        "part \(found.part.id) had \(found.targetRows ?? 0) rows in the target and has none in the source now; \(allow)"
      )
    }
  }

  /// Why rows that left the source cannot be told, each with what to do.
  func removalObstacles(_ facts: TableFacts, _ source: Table) -> [String] {
    guard tracksDeletions(facts.configuration) else { return [] }
    var found: [String] = []
    let identity = (try? identity(facts.configuration, of: source)) ?? []
    if identity.isEmpty {
      found.append("trackDeletions needs a key that tells one row from another; name primaryKeyColumns")
    }
    switch facts.configuration.target.writeMode {
    case .append:
      found.append("writeMode append never removes rows, and trackDeletions does; take one of the two out")
    case .merge:
      found.append(
        "writeMode merge lets others have rows in the target, and trackDeletions would remove them; take target.writeMode "
          + "out: trackModifications merges by itself")
    case .replace, nil: break
    }
    if facts.configuration.target.icebergConfig.map({ IcebergChoice($0).strategy != nil }) == true {
      found.append("trackDeletions is for tables whose rows a worker loads, which migrationStrategy does without")
    }
    return found
  }
}
