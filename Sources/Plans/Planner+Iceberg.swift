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
    change.iceberg?.checks = outline.checks
    change.refusals += outline.refusals
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
    // Done once: what the catalog or the files bring later is not for a run to bring.
    let isDone = facts.state != nil && facts.target != nil && !facts.isReplaceAsked
    change.statements = isDone ? [] : outline.statements
    guard isDone || outline.statements.isEmpty else { return }
    change.action = .none
    change.reason = .unchanged
  }
}
