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
    change.iceberg?.checks = facts.icebergChecks ?? outline.checks
    change.refusals += outline.refusals
    shape(&change, facts, outline, configuration)
    judge(&change, isRefused: !outline.refusals.isEmpty)
  }

  private func shape(
    _ change: inout TableChange, _ facts: TableFacts, _ outline: IcebergOutline, _ configuration: IcebergConfiguration
  ) {
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

  /// What the account said to the preconditions: what does not hold refuses the change, or is told where there is none.
  ///
  /// - Parameter isRefused: The catalog has told what is wrong with the table itself, and nobody needs to hear it twice.
  private func judge(_ change: inout TableChange, isRefused: Bool) {
    let moves = change.action != .none || !change.statements.isEmpty
    for check in change.iceberg?.checks ?? [] {
      switch check.verdict {
      case .holds, nil: continue
      case .fails where isRefused && check.isAboutTheTable: continue
      case .fails where moves: change.refusals.append(check.refusal)
      case .fails: change.warnings.append(check.refusal)
      case .unknown:
        let said = check.said.map { ": \($0)" } ?? ""
        change.warnings.append("could not tell whether \(check.requirement)\(said); \(check.remedy)")
      }
    }
  }
}
