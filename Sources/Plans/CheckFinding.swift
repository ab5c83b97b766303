/// What one look at a connection, the stage or the state found, before anything moves.
package struct CheckFinding: Hashable, Codable, Sendable {
  package enum Outcome: String, Codable, Sendable {
    case ok
    /// It works, and somebody should know something about it.
    case warning
    /// A plan or a run would stop here.
    case failed
  }

  package var outcome: Outcome
  /// What was looked at: `source SQLite shop.db`, `stage`, `table main.orders`.
  package var subject: String
  /// What was found, one sentence.
  package var detail: String
  /// What to run or to change, each statement on a line of its own; nil where nothing is to be done.
  package var remedy: String?

  package init(_ outcome: Outcome, _ subject: String, _ detail: String, remedy: String? = nil) {
    self.outcome = outcome
    self.subject = subject
    self.detail = detail
    self.remedy = remedy
  }
}
