package import Catalogs
import Workflows

extension Planner {
  /// The stored name of the watermark column; nil without one.
  package func watermarkColumn(_ facts: TableFacts, _ source: Table) -> String? {
    guard let written = facts.configuration.synchronization.watermarkColumn else { return nil }
    return (try? columns([written], of: source, in: "synchronization.watermarkColumn"))?.first
  }

  /// The rows at the end of a watermark that the next run looks at again: those that equal `bound`, with a lag those down to
  /// the lag below it. A digest of them, in ``WatermarkFacts/ties`` and ``WatermarkFacts/boundTies``, tells whether any came late.
  ///
  /// Nil when the lag is no distance in values of this kind, which ``change(_:_:_:)`` refuses.
  package func overlap(_ facts: TableFacts, column: String, endingAt bound: KeyValue) -> Window? {
    var start = bound
    if let lag = facts.configuration.synchronization.watermarkLag {
      guard let earlier = WatermarkArithmetic.subtracting(lag, from: bound) else { return nil }
      start = earlier
    }
    return Window(column: column, after: start, includesAfter: true, through: bound)
  }

  /// Rows after the last watermark move, and windows that the run before did not get in.
  ///
  /// Parts of the first load that are still missing come first and alone: a window beside them could be lost to a part that
  /// replaces what it covers.
  func windowParts(_ change: inout TableChange, _ facts: TableFacts, _ observation: Observation) {
    guard let state = facts.state, let now = observation.watermark, let reached = state.reached,
      let column = watermarkColumn(facts, observation.source)
    else { return }
    let openFirst = state.open.filter { $0.window?.after == nil }
    change.kept = state.parts.filter { $0.loadedBy != nil }.map(\.part)
    change.guarantees.append(guarantee(facts, now))
    if openFirst.isEmpty {
      change.parts = state.open.map { again($0, method: windowMethod(facts)) }
      addWindows(&change, facts, observation, column: column)
    } else {
      change.parts = openFirst.map { again($0, method: freshMethod(facts)) }
      // Parts that are in may hold fewer rows at the bound than there are now; if none is in, all will be read again.
      let ties = openFirst.count == state.parts.count ? now.ties : reached.ties
      change.watermark = WatermarkState(column: column, bound: reached.bound, ties: ties)
      if now.newRows > 0 {
        change.warnings.append("\(now.newRows) later rows wait for the next refresh: the first load comes first")
      }
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

  /// Windows from where the last ones ended to where the source is now.
  ///
  /// Rows that came late at the end of the last window are read again with the first new one, unless that last window is
  /// itself still to be read. The watermark never goes back: a source that lost its newest rows, or was put back to an earlier
  /// day, would bring rows twice when they reappear.
  private func addWindows(
    _ change: inout TableChange, _ facts: TableFacts, _ observation: Observation, column: String
  ) {
    guard let state = facts.state, let now = observation.watermark, let reached = state.reached else { return }
    change.watermark = reached
    guard let bound = now.bound, let after = reached.bound else { return }
    let lag = facts.configuration.synchronization.watermarkLag
    let isReadAnyway = lag == nil && state.latestWindow?.loadedBy == nil && state.latestWindow != nil
    if isReadAnyway { change.watermark = WatermarkState(column: column, bound: after, ties: now.ties) }
    let hasTies = !isReadAnyway && (now.ties?.rows ?? 0) > 0 && now.ties != reached.ties
    guard now.newRows > 0 || hasTies else { return }
    guard let start = overlap(facts, column: column, endingAt: after)?.after else {
      change.refusals.append(
        "watermarkLag cannot be taken from values of \(column); use a number or a duration that fits it")
      return
    }
    let through = now.newRows > 0 ? bound : after
    let cuts = now.newRows > 0 ? observation.windowCuts.filter { $0 != after && $0 != bound } : []
    let points = [start] + cuts + [through]
    var rows: Int?
    if cuts.isEmpty, lag == nil { rows = now.newRows + (hasTies ? now.ties?.rows ?? 0 : 0) }
    for (index, (lower, upper)) in zip(points, points.dropFirst()).enumerated() {
      change.parts.append(
        PartChange(
          part: Part(id: state.lastPart + 1 + index, range: .whole), reason: now.newRows > 0 ? .newRows : .tiesAdded,
          rows: rows, bytes: nil,
          window: Window(
            column: column, after: lower, includesAfter: index == 0 && (hasTies || lag != nil), through: upper),
          method: windowMethod(facts)))
    }
    change.watermark = WatermarkState(
      column: column, bound: through, ties: now.newRows > 0 ? now.boundTies : now.ties)
  }

  private func windowMethod(_ facts: TableFacts) -> LoadMethod {
    merges(facts.configuration) ? .merge : .append
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
