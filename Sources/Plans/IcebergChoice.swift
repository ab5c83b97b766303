package import Workflows

/// The Iceberg strategy of a table, why it was chosen, and what the account must have for it.
package struct IcebergChoice: Hashable, Codable, Sendable {
  /// Nil is a managed table with a normal load.
  package var strategy: IcebergStrategy?
  package var reason: String
  /// What must hold in the account.
  package var requirements: [String]
  /// How the account is asked for what can be asked, and what it said; empty until the target's dialect has been asked.
  package var checks: [IcebergCheck]

  package init(strategy: IcebergStrategy?, reason: String, requirements: [String], checks: [IcebergCheck] = []) {
    self.strategy = strategy
    self.reason = reason
    self.requirements = requirements
    self.checks = checks
  }
}
