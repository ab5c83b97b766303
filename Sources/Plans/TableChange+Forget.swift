import Catalogs
import Workflows

extension TableChange {
  /// The state forgets a table that the workflow no longer names; the target keeps it.
  package init(forgetting state: TableState) {
    let source = state.key.source
    let target = state.key.target
    self.init(
      source: source, target: target, action: .forget, reason: .notInWorkflow, sourceTable: nil,
      configuration: TableConfiguration(
        source: ObjectReference(
          databaseName: source.database, schemaName: source.schema, tableName: source.table),
        target: TargetReference(
          databaseName: target.database, schemaName: target.schema, tableName: target.table)),
      columns: [], key: state.partitionKey, addressing: state.addressing, parts: [], kept: state.parts.map(\.part),
      watermark: state.watermark, extraction: "", sourceFingerprint: state.sourceFingerprint,
      targetFingerprint: nil, configurationFingerprint: state.configurationFingerprint)
  }
}
