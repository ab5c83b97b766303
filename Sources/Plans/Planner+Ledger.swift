import Workflows

extension Planner {
  /// Why rows that nothing in the state tells of are in the target, by who wrote it last.
  func unknownRows(_ facts: TableFacts) -> Reason {
    guard let fence = facts.fence else { return .targetHoldsOtherRows }
    return fence.lineage == lineage ? .stateBehind : .otherState
  }

  /// Why the state and the target do not belong together, by the ledger; nil when they do.
  func ledgerReason(_ facts: TableFacts, _ state: TableState) -> Reason? {
    if let fence = facts.fence {
      if fence.lineage != lineage { return .otherState }
      if fence.run > (state.run ?? 0) { return .stateBehind }
      // A copy of this state gave the same number to a run of another plan.
      if let plan = facts.ledgerRun?.plan, let known = facts.knownPlan, plan != known { return .stateBehind }
    }
    return isTargetBehind(facts, state) ? .targetBehind : nil
  }

  /// Whether the target cannot hold what the state says was loaded: it is empty, its ledger does not know the table, or knows
  /// only older runs or less of the last one, as after it was emptied, made anew or put back to an earlier moment.
  ///
  /// The windows of a watermark leave no part behind, so there the table's own run must be in the ledger, to its end, once all
  /// is in; but for a run that was given up.
  private func isTargetBehind(_ facts: TableFacts, _ state: TableState) -> Bool {
    let loaded = state.parts.filter { $0.loadedBy != nil }
    guard var newest = loaded.compactMap(\.loadedBy).max() else { return false }
    if !facts.targetHasRows, loaded.contains(where: { $0.rows > 0 }) { return true }
    guard let fence = facts.fence else { return true }
    let isMerged = state.watermark != nil && state.parts.allSatisfy { $0.window == nil && $0.loadedBy != nil }
    if facts.configuration.synchronization.strategy == .watermark, state.open.isEmpty, let run = state.run,
      !facts.unfinishedRuns.contains(run)
    {
      newest = max(newest, run)
    }
    if fence.run < newest { return true }
    guard fence.run == newest, let run = facts.ledgerRun else { return false }
    let mustHaveEnded = isMerged && !facts.unfinishedRuns.contains(fence.run)
    if mustHaveEnded, facts.configuration.synchronization.strategy == .watermark, !run.isFinished { return true }
    return loaded.contains { $0.loadedBy == fence.run && !run.parts.contains($0.part.id) }
  }

  /// What a person should know who has to decide about a reload for such a reason.
  func ledgerRemark(_ reason: Reason, _ facts: TableFacts) -> String? {
    switch (reason, facts.fence) {
    case (.otherState, let fence?):
      return
        "run \(fence.run) of state \(fence.lineage.prefix(8)) loaded it: that state, put back, would spare the reload "
        + "(docs/state.md, Recovery)"
    case (.stateBehind, let fence?):
      let known = facts.state.map { "the state knows of run \($0.run ?? 0)" } ?? "the state does not know the table"
      return
        "\(known), and run \(fence.run) loaded it: the state is an older copy, or another copy is at work; the newer "
        + "one, put back, would spare the reload (docs/state.md, Recovery)"
    case (.targetBehind, let fence?):
      return
        "the state knows of run \(facts.state?.run ?? 0), and the target of run \(fence.run): it was emptied, made "
        + "anew or put back to an earlier moment"
    case (.targetBehind, nil):
      return "the target has no ledger entry of it: it was made anew, or is another target under the same name"
    default: return nil
    }
  }
}
