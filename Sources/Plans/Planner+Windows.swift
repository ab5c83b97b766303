package import Catalogs
import Workflows

extension Planner {
  /// The stored name of the watermark column; nil without one.
  package func watermarkColumn(_ facts: TableFacts, _ source: Table) -> String? {
    guard let written = facts.configuration.synchronization.watermarkColumn else { return nil }
    return (try? columns([written], of: source, in: "synchronization.watermarkColumn"))?.first
  }

  /// Rows after the last watermark move, and windows that the run before did not get in.
  ///
  /// Parts of the first load that are still missing come first and alone: a window behind them could be lost to a part that
  /// replaces what it covers.
  func windowParts(_ change: inout TableChange, _ facts: TableFacts, _ observation: Observation) {
    guard let state = facts.state, let now = observation.watermark,
      let column = watermarkColumn(facts, observation.source)
    else { return }
    let open = state.parts.filter { $0.loadedBy == nil }
    let openFirst = open.filter { $0.window?.after == nil }
    change.kept = state.parts.filter { $0.loadedBy != nil }.map(\.part)
    change.guarantees.append(guarantee(facts, now))
    if !openFirst.isEmpty {
      change.parts = openFirst.map { again($0, method: .replace) }
      let through = openFirst.compactMap { $0.window?.through }.first
      change.watermark = state.watermark ?? WatermarkState(column: column, bound: through, ties: nil)
    } else {
      let last = state.watermark ?? WatermarkState(column: column, bound: nil, ties: nil)
      change.watermark = last
      change.parts = open.map { again($0, method: windowMethod(facts)) }
      let reached = state.parts.compactMap { $0.window?.through }.last ?? last.bound
      addWindows(&change, facts, observation, column: column, after: reached, last: last)
    }
    if now.nullRows > 0 {
      change.warnings.append("\(now.nullRows) rows have no \(column): those that came since the first load do not move")
    }
    guard let first = change.parts.first else { return }
    change.action = openFirst.isEmpty ? .append : .refresh
    change.reason = first.reason
  }

  private func again(_ part: PartState, method: LoadMethod) -> PartChange {
    PartChange(part: part.part, reason: .notLoaded, rows: nil, bytes: nil, window: part.window, method: method)
  }

  private func addWindows(
    _ change: inout TableChange, _ facts: TableFacts, _ observation: Observation, column: String,
    after: KeyValue?, last: WatermarkState
  ) {
    guard let now = observation.watermark, let bound = now.bound, let state = facts.state else { return }
    let hasTies = now.ties != nil && now.ties != last.ties && after == last.bound
    guard now.newRows > 0 || hasTies else { return }
    let lag = facts.configuration.synchronization.watermarkLag
    let start = lag.flatMap { lag in after.flatMap { WatermarkArithmetic.subtracting(lag, from: $0) } } ?? after
    if lag != nil, start == after, after != nil {
      change.refusals.append(
        "watermarkLag cannot be taken from values of \(column); use a number or a duration that fits it")
    }
    let points: [KeyValue?] = [start] + (hasTies ? [] : observation.windowCuts) + [bound]
    var id = state.lastPart
    for (lower, upper) in zip(points, points.dropFirst()) {
      guard let upper else { continue }
      id += 1
      let isFirst = lower == start
      change.parts.append(
        PartChange(
          part: Part(id: id, range: .whole), reason: now.newRows > 0 ? .newRows : .tiesAdded,
          rows: points.count == 2 && lag == nil ? now.newRows + (hasTies ? now.ties?.rows ?? 0 : 0) : nil, bytes: nil,
          window: Window(
            column: column, after: lower, includesAfter: isFirst && (hasTies || lag != nil), through: upper),
          method: windowMethod(facts)))
    }
    change.watermark = WatermarkState(column: column, bound: bound, ties: now.boundTies)
  }

  private func windowMethod(_ facts: TableFacts) -> LoadMethod {
    let synchronization = facts.configuration.synchronization
    let merges =
      facts.configuration.writeMode == .merge || synchronization.trackModifications
      || synchronization.watermarkLag != nil
    return merges ? .merge : .append
  }

  /// The source's own guarantee, or the one that a lag gives.
  func guarantee(_ facts: TableFacts, _ watermark: WatermarkFacts) -> Guarantee {
    guard watermark.guarantee.class == .bestEffort, let lag = facts.configuration.synchronization.watermarkLag else {
      return watermark.guarantee
    }
    let text =
      switch lag {
      case .amount(let amount): "\(amount)"
      case .duration(let duration): ISODuration.text(duration)
      }
    return Guarantee(.lagBounded, "rows committed up to \(text) late are read again and merged by key")
  }
}
