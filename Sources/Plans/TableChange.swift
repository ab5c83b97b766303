package import Catalogs
package import Workflows

/// What a plan does to one table: everything that a run needs to do exactly that, and a reviewer to judge it.
package struct TableChange: Hashable, Codable, Sendable {
  package var source: ObjectName
  package var target: ObjectName
  package var action: Action
  package var reason: Reason
  /// The source as it was seen, its types widened to what the values need, statistics left out; the state keeps it once the
  /// plan is applied. Nil for a table that is forgotten.
  package var sourceTable: Table?
  /// The merged configuration the change was computed from.
  package var configuration: TableConfiguration
  package var columns: [ColumnPlan]
  package var key: PartitionKey?
  package var addressing: Addressing
  /// Target column names by which `merge` and `remove` find rows; empty for other methods.
  package var mergeKey: [String]
  /// Statements that run in the target before the first part, in order.
  package var statements: [String]
  /// The statements that load the first part, for the reader; what only the run knows is written in words. Nil for a target
  /// that is written without statements.
  package var loading: [String]?
  package var drift: [Drift]
  /// Parts that move, in key order.
  package var parts: [PartChange]
  /// Parts that stay as they are, in key order.
  package var kept: [Part]
  /// The watermark that the state has once every part is in; nil for other strategies.
  package var watermark: WatermarkState?
  /// The query that extracts a part, its range written as a comment.
  package var extraction: String
  package var guarantees: [Guarantee]
  /// What the reader should know and can act on.
  package var warnings: [String]
  /// Why the plan may not be applied as it is, and what to do; empty when it may.
  package var refusals: [String]
  package var iceberg: IcebergChoice?
  /// The identity of the source's shape: extraction refuses a source that has another.
  package var sourceFingerprint: String
  /// The identity of the target's shape; nil when the plan creates the table.
  package var targetFingerprint: String?
  /// The ledger's view of the target table when the plan was made; loading refuses a target whose ledger moved on.
  package var ledger: LedgerFence?
  /// The identity of everything in the configuration whose change means a reload.
  package var configurationFingerprint: String

  package init(
    source: ObjectName, target: ObjectName, action: Action, reason: Reason, sourceTable: Table?,
    configuration: TableConfiguration,
    columns: [ColumnPlan], key: PartitionKey?, addressing: Addressing, mergeKey: [String] = [],
    statements: [String] = [], drift: [Drift] = [], parts: [PartChange], kept: [Part] = [],
    watermark: WatermarkState? = nil, extraction: String, guarantees: [Guarantee] = [], warnings: [String] = [],
    refusals: [String] = [], iceberg: IcebergChoice? = nil, sourceFingerprint: String, targetFingerprint: String?,
    ledger: LedgerFence? = nil, configurationFingerprint: String
  ) {
    self.source = source
    self.target = target
    self.action = action
    self.reason = reason
    self.sourceTable = sourceTable
    self.configuration = configuration
    self.columns = columns
    self.key = key
    self.addressing = addressing
    self.mergeKey = mergeKey
    self.statements = statements
    self.drift = drift
    self.parts = parts
    self.kept = kept
    self.watermark = watermark
    self.extraction = extraction
    self.guarantees = guarantees
    self.warnings = warnings
    self.refusals = refusals
    self.iceberg = iceberg
    self.sourceFingerprint = sourceFingerprint
    self.targetFingerprint = targetFingerprint
    self.ledger = ledger
    self.configurationFingerprint = configurationFingerprint
  }

  /// Whether nothing of the table is loaded before all of it is extracted: only so can a snapshot that is lost on the way
  /// be followed by another one for the whole table.
  package var gathers: Bool { configuration.snapshot == .required && parts.count > 1 }
}
