/// Who may write a target table, by the ledger that lives beside it.
///
/// The fence names the one run whose loads are taken: a load checks it inside its own transaction, so that a part that
/// comes late from an older run, or from another state, is refused by the target itself.
package struct LedgerFence: Hashable, Codable, Sendable {
  package var lineage: String
  package var run: Int
  /// Grows by one with every change that a load commits to the table.
  package var commits: Int

  package init(lineage: String, run: Int, commits: Int) {
    self.lineage = lineage
    self.run = run
    self.commits = commits
  }
}

/// What the ledger has of the run that holds a table's fence.
package struct LedgerRun: Hashable, Sendable {
  /// The run's plan, by its identity.
  package var plan: String
  /// The parts that are in.
  package var parts: Set<Int>
  /// The run has come to its end in the target.
  package var isFinished: Bool

  package init(plan: String, parts: Set<Int>, isFinished: Bool) {
    self.plan = plan
    self.parts = parts
    self.isFinished = isFinished
  }
}

/// One part that a run loaded, as the ledger has it.
package struct LedgerEntry: Hashable, Codable, Sendable {
  package var lineage: String
  package var run: Int
  package var part: Int
  package var attempt: Int
  package var rows: Int
  /// The run's plan, by its identity.
  package var plan: String

  package init(lineage: String, run: Int, part: Int, attempt: Int, rows: Int, plan: String) {
    self.lineage = lineage
    self.run = run
    self.part = part
    self.attempt = attempt
    self.rows = rows
    self.plan = plan
  }
}
