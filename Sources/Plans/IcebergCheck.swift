/// A question to the account whose answer decides whether an Iceberg table can come to be.
package struct IcebergCheck: Hashable, Codable, Sendable {
  package enum Answer: String, Codable, Sendable {
    /// The statement succeeds.
    case succeeds
    /// It answers with at least one row that counts.
    case rows
    /// It answers with no row that counts.
    case noRows = "no rows"
    /// Its property of that name is true.
    case isEnabled = "ENABLED is true"
    case allowsWrites = "ALLOW_WRITES is true"
    /// It answers with a row of a table that another catalog keeps.
    case isUnmanaged = "a row of an unmanaged table"
  }

  package enum Verdict: String, Codable, Sendable {
    case holds
    case fails
    /// The account answered, and the answer does not tell.
    case unknown
  }

  /// What must hold, as a person says it.
  package var requirement: String
  package var sql: String
  package var answer: Answer
  /// Of rows those count that have this name: patterns take no account of case. Nil counts all.
  package var row: String?
  /// What to run when it does not hold…
  package var remedy: String
  /// …because its property is not true.
  package var remedyOfProperty: String?
  /// Nil where no account was asked.
  package var verdict: Verdict?
  /// Why it does not hold, in the account's words.
  package var said: String?

  package init(
    _ requirement: String, _ sql: String, _ answer: Answer, row: String? = nil, remedy: String,
    remedyOfProperty: String? = nil
  ) {
    self.requirement = requirement
    self.sql = sql
    self.answer = answer
    self.row = row
    self.remedy = remedy
    self.remedyOfProperty = remedyOfProperty
  }

  /// Whether it asks about the table itself, and not about what the table needs.
  package var isAboutTheTable: Bool { row != nil }

  /// The check with its outcome, that nothing but the account knows.
  package func with(_ verdict: Verdict, _ said: String? = nil) -> IcebergCheck {
    var check = self
    check.verdict = verdict
    check.said = said
    return check
  }

  /// What does not hold, why, and what to run.
  package var refusal: String {
    "\(requirement): no" + (said.map { " (\($0))" } ?? "") + "; \(remedy)"
  }
}
