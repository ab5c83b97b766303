package import Workflows

extension Planner {
  /// The state, with those parts taken for loaded that the target's ledger has although nobody told the state: the engine that loaded
  /// them ended, or lost its connection, right after the commit, and the run was given up before anybody looked again.
  ///
  /// Only parts whose rows join those that are there, for loaded again they would be in the target twice. What replaces or
  /// merges may come again.
  ///
  /// - Parameters:
  ///   - fence: the run that last took the target; what runs before it left open was settled when it was planned.
  ///   - loaded: the parts of that run that are in.
  package func settled(
    _ state: TableState, _ configuration: TableConfiguration, fence: LedgerFence?, loaded: [LedgerEntry]
  ) -> TableState {
    guard let fence, fence.lineage == lineage, state.addressing != .rebuild else { return state }
    let rows = Dictionary(loaded.map { ($0.part, $0.rows) }) { first, _ in first }
    var settled = state
    for (index, part) in state.parts.enumerated() where part.loadedBy == nil && part.run == fence.run {
      guard let rows = rows[part.part.id], appends(part, configuration) else { continue }
      settled.parts[index].loadedBy = part.run
      settled.parts[index].rows = rows
    }
    return settled
  }

  private func appends(_ part: PartState, _ configuration: TableConfiguration) -> Bool {
    guard part.window?.after != nil else { return configuration.target.writeMode == .append }
    return !merges(configuration)
  }
}
