import Workflows

extension Planner {
  /// What makes the change of an Iceberg table another one than that of a native table: its column types, the statement that
  /// creates it, and that no rows pass through a worker where the strategy brings them in otherwise.
  func makeIceberg(_ change: inout TableChange, _ facts: TableFacts) {
    guard let configuration = facts.configuration.target.icebergConfig,
      let outline = dialect.iceberg(
        facts.targetName, configuration, columns: change.columns,
        metadataColumns: facts.configuration.target.metadataColumns, exists: facts.target != nil)
    else { return }
    let checks = facts.icebergChecks ?? outline.checks
    change.iceberg?.checks = checks
    change.refusals += outline.refusals
    // What the catalog has told about the table itself is refused already.
    let failed = checks.filter { $0.verdict == .fails && !($0.isAboutTheTable && !outline.refusals.isEmpty) }
    change.refusals += failed.map(\.refusal)
    change.warnings += checks.filter { $0.verdict == .unknown }.map {
      "could not tell whether \($0.requirement)" + ($0.said.map { ": \($0)" } ?? "") + "; \($0.remedy)"
    }
    guard configuration.strategy != nil else {
      if facts.target == nil {
        change.columns = outline.columns
        change.statements = outline.statements
      }
      return
    }
    change.columns = outline.columns
    change.parts = []
    change.kept = []
    change.watermark = nil
    change.statements = facts.isIcebergDone ? [] : outline.statements
    guard facts.isIcebergDone || outline.statements.isEmpty else { return }
    change.action = .none
    change.reason = .unchanged
  }
}
