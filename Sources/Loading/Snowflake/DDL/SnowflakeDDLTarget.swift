package import Catalogs
package import Plans

/// A Snowflake target as its definition files tell it, for plans that are made with no account at hand.
///
/// Files know no rows: of a table that the state remembers the state is believed, so that a plan says what has changed in
/// the source. Such a plan is for review; where the target's ledger says otherwise, a run is refused by it.
package final class SnowflakeDDLTarget: TargetSession {
  private let definitions: SnowflakeDDL
  private let states: [ObjectName: TableState]
  private let lineage: String

  package init(_ definitions: SnowflakeDDL, states: [TableState], lineage: String) {
    self.definitions = definitions
    self.states = Dictionary(states.map { ($0.key.target, $0) }) { first, _ in first }
    self.lineage = lineage
  }

  package var platform: TargetPlatform { .snowflake }

  package func tables(_ names: [ObjectName]) throws -> [ObjectName: Table] {
    var found: [ObjectName: Table] = [:]
    for name in names { found[name] = try definitions.table(name) }
    return found
  }

  package func hasRows(_ name: ObjectName) throws -> Bool {
    states[name]?.parts.contains { $0.loadedBy != nil && $0.rows > 0 } ?? false
  }

  package func ledger(_ names: [ObjectName]) throws -> [ObjectName: LedgerFacts] {
    var found: [ObjectName: LedgerFacts] = [:]
    for name in names {
      guard let state = states[name], let run = state.run else { continue }
      found[name] = LedgerFacts(fence: LedgerFence(lineage: lineage, run: run, commits: 0))
    }
    return found
  }

  package func rowCount(of name: ObjectName) throws -> Int { throw offline(name) }

  package func scan(
    _ name: ObjectName, columns: [ColumnPlan], _ row: ComparedRow, _ body: (RowMark) throws -> Void
  ) throws { throw offline(name) }

  package func scan(
    _ name: ObjectName, columns: [ColumnPlan], in parts: PartedScan, _ row: ComparedRow,
    _ body: (RowMark, Int) throws -> Void
  ) throws { throw offline(name) }

  package var hasContent: Bool { false }

  package func check(_ request: TargetCheck, _ report: (CheckFinding) -> Void) {}

  package func prepare(_ request: PrepareRequest) throws { throw offline(request.target) }

  package func load(_ request: LoadRequest) throws -> LoadResult { throw offline(request.target) }

  package func finish(_ request: FinishRequest) throws { throw offline(request.target) }

  private func offline(_ name: ObjectName) -> LoadingError {
    LoadingError(
      .cannotOpen, at: name.description,
      "definition files have no rows and take none; apply and verify connect to the account")
  }
}
