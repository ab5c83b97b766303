package import Workflows

/// The Iceberg strategy of a table, why it was chosen, and what the account must have for it.
package struct IcebergChoice: Hashable, Codable, Sendable {
  /// Nil is a managed table with a normal load.
  package var strategy: IcebergStrategy?
  package var reason: String
  /// What must hold in the account, each checked before anything is created.
  package var requirements: [String]

  package init(strategy: IcebergStrategy?, reason: String, requirements: [String]) {
    self.strategy = strategy
    self.reason = reason
    self.requirements = requirements
  }
}
