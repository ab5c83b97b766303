import Plans
import Workflows

extension SnowflakeTargetSession {
  /// What the rows of the load must come to, from its files; nil where they are only counted.
  ///
  /// - Throws: ``LoadingError`` where they must be compared and the account cannot do it.
  func loadCheck(_ load: SnowflakeLoad) throws -> SnowflakeLoadCheck? {
    let request = load.request
    // A removal writes no row.
    guard request.verification != .never, request.method != .remove else { return nil }
    guard SnowflakeLoadCheck.tellsRows(of: request) else {
      return try unchecked(load, "nothing tells the rows of this load from those that were there before")
    }
    let known = SnowflakeLoadCheck.columns(of: request)
    let standing = try standing(Set(known.compactMap { SnowflakeTrial.Family($0.type) }))
    let columns = known.filter { SnowflakeTrial.Family($0.type).map(standing.contains) == true }
    guard !columns.isEmpty else { return try unchecked(load, "the account digests none of its columns as it should") }
    let scan = StagedScan(columns, stage: request.stage)
    return SnowflakeLoadCheck(
      columns: columns, expected: try scan.digest(of: request.staged.files, place: load.place))
  }

  /// The answer to a step of a load; nil where the account refuses to digest the rows, and the load may do without.
  func answer(to step: SnowflakeStep, of load: SnowflakeLoad) throws -> SnowflakeRows? {
    guard case .digest = step.purpose, load.request.verification == .auto else { return try ask(step.sql) }
    return try refusable { try ask(step.sql) }
  }

  private func unchecked(_ load: SnowflakeLoad, _ reason: String) throws -> SnowflakeLoadCheck? {
    guard load.request.verification == .always else { return nil }
    throw LoadingError(
      .statementFailed, at: load.place,
      "loading.verify is always, and \(reason); set it to auto, and compare the table with scmplan verify")
  }
}
