package import Workflows

/// The Iceberg strategy of a table, why it was chosen, and what the account must have for it.
package struct IcebergChoice: Hashable, Codable, Sendable {
  /// Nil is a managed table with a normal load.
  package var strategy: IcebergStrategy?
  package var reason: String
  /// What must hold in the account, each checked before anything is created.
  package var requirements: [String]
  /// How the account is asked whether it has that; empty until the target's dialect has been asked.
  package var checks: [IcebergCheck]

  package init(strategy: IcebergStrategy?, reason: String, requirements: [String], checks: [IcebergCheck] = []) {
    self.strategy = strategy
    self.reason = reason
    self.requirements = requirements
    self.checks = checks
  }
}

/// A question to the account whose answer decides whether an Iceberg table can come to be.
package struct IcebergCheck: Hashable, Codable, Sendable {
  package enum Answer: String, Codable, Sendable {
    /// The statement succeeds.
    case succeeds
    /// It answers with at least one row.
    case rows
    /// It answers with no row.
    case noRows = "no rows"
  }

  /// What must hold, as a person says it.
  package var requirement: String
  package var sql: String
  package var answer: Answer

  package init(_ requirement: String, _ sql: String, _ answer: Answer) {
    self.requirement = requirement
    self.sql = sql
    self.answer = answer
  }
}
