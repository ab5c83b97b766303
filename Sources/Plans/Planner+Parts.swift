import Catalogs
import Workflows

extension Planner {
  /// All parts load: the target has nothing that counts.
  func freshParts(_ change: inout TableChange, _ facts: TableFacts, _ observation: Observation) {
    let method: LoadMethod =
      switch facts.configuration.target.writeMode {
      case .append: .append
      case .merge: .merge
      case .replace, nil: .replace
      }
    guard facts.configuration.synchronization.strategy == .watermark else {
      change.parts = observation.layout.parts.map { part($0, change.reason, observation, method: method) }
      return
    }
    guard let watermark = observation.watermark, let column = watermarkColumn(facts, observation.source) else { return }
    change.watermark = WatermarkState(column: column, bound: watermark.bound, ties: watermark.boundTies)
    change.guarantees.append(guarantee(facts, watermark))
    guard let bound = watermark.bound else {
      if watermark.nullRows > 0 {
        change.warnings.append(
          "\(watermark.nullRows) rows have no \(column); they move with the first row that has one")
      }
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

  /// Parts move that differ from what the state has of them.
  func changedParts(_ change: inout TableChange, _ facts: TableFacts, _ observation: Observation) {
    guard let state = facts.state else { return }
    let known = Dictionary(uniqueKeysWithValues: state.parts.map { ($0.part.id, $0) })
    for measured in observation.layout.parts {
      if let reason = reason(measured, known: known[measured.part.id], facts) {
        change.parts.append(part(measured, reason, observation))
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
  func refuseShrinking(_ change: inout TableChange, _ facts: TableFacts, _ observation: Observation) {
    guard facts.configuration.synchronization.onShrink == .refuse, let state = facts.state,
      change.reason != .configurationChanged, !observation.layout.isUnknown,
      facts.configuration.synchronization.strategy != .watermark
    else { return }
    let allow = "if that is right, set synchronization.onShrink to \"allow\""
    let before = state.parts.reduce(0) { $0 + $1.rows }
    let now = observation.layout.totalRows
    if now * 2 < before {
      change.refusals.append("the source had \(before) rows and has \(now) now; \(allow)")
      return
    }
    let known = Dictionary(uniqueKeysWithValues: state.parts.map { ($0.part.id, $0.rows) })
    for part in change.parts where part.rows == 0 {
      let rows = ([part.part.id] + part.replaces).reduce(0) { $0 + (known[$1] ?? 0) }
      if rows > 0 { change.refusals.append("part \(part.part.id) had \(rows) rows and has none now; \(allow)") }
    }
  }

  /// What the plan would have to do and cannot, said before anything runs.
  func refuseImpossible(_ change: inout TableChange, _ facts: TableFacts) {
    for drift in change.drift where drift.isBlocking {
      change.refusals.append("\(drift.kind.rawValue): \(drift.resolution)")
    }
    if change.action == .reload, facts.configuration.target.writeMode == .append {
      change.refusals.append(
        "writeMode append never removes rows, so a reload would double them; set target.writeMode to replace")
    }
    if change.parts.contains(where: { $0.method == .merge }), change.mergeKey.isEmpty {
      change.refusals.append("there is no key to merge by; name primaryKeyColumns")
    }
    if facts.configuration.synchronization.trackDeletions {
      change.refusals.append("synchronization.trackDeletions is not built yet; take it out, deleted rows then stay")
    }
    if facts.configuration.loading.method == .snowpipe {
      change.refusals.append("loading.method snowpipe is not built yet; use copy")
    }
    if facts.configuration.target.tableType == .iceberg, dialect.platform != .snowflake {
      change.refusals.append("an Iceberg table needs a Snowflake target")
    }
  }
}
