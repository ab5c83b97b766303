/// How one table is migrated: what the workflow's defaults and the table's own entry say together.
///
/// Encodes to the shape of a table entry in a workflow file with every setting written out, so that the encoded form
/// reads back as the same configuration. Column names stay as the person wrote them, see `Identifier`.
package struct TableConfiguration: Hashable, Codable, Sendable {
  package var source: ObjectReference
  package var target: TargetReference
  /// The partition key in key order; empty when the planner chooses it.
  package var columnNamesToPartitionBy: [String]
  package var extraction: ExtractionStrategy
  package var synchronization: Synchronization
  package var columnTypeMappings: [TypeMapping]
  package var columnNameMappings: [NameMapping]
  /// Columns of the source that identify a row, in key order; empty when none were named.
  package var primaryKeyColumns: [String]
  package var partitionSize: PartitionSize
  /// A condition in the source's SQL; always parenthesised before it is combined with anything.
  package var whereClauseCriteria: String?
  package var loading: LoadingStrategy
  package var snapshot: SnapshotMode

  package init(
    source: ObjectReference, target: TargetReference, columnNamesToPartitionBy: [String] = [],
    extraction: ExtractionStrategy = .init(), synchronization: Synchronization = .init(),
    columnTypeMappings: [TypeMapping] = [], columnNameMappings: [NameMapping] = [], primaryKeyColumns: [String] = [],
    partitionSize: PartitionSize = .auto, whereClauseCriteria: String? = nil, loading: LoadingStrategy = .init(),
    snapshot: SnapshotMode = .preferred
  ) {
    self.source = source
    self.target = target
    self.columnNamesToPartitionBy = columnNamesToPartitionBy
    self.extraction = extraction
    self.synchronization = synchronization
    self.columnTypeMappings = columnTypeMappings
    self.columnNameMappings = columnNameMappings
    self.primaryKeyColumns = primaryKeyColumns
    self.partitionSize = partitionSize
    self.whereClauseCriteria = whereClauseCriteria
    self.loading = loading
    self.snapshot = snapshot
  }

  /// How rows reach the target: `target.writeMode` where it is written, else what the synchronization asks for.
  package var writeMode: WriteMode {
    if let written = target.writeMode { return written }
    guard synchronization.strategy == .watermark else { return .replace }
    return synchronization.trackModifications ? .merge : .append
  }
}
