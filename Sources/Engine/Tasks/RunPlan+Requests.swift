import Catalogs
package import Extraction
package import Loading
package import Plans
package import Store
import Workflows

/// What source and target are asked for a task: the plan's words for the source, the target's names for the target.
extension RunPlan {
  package func extractRequest(_ task: ClaimedTask, stage: StageFolder, settings: EngineSettings) throws
    -> ExtractRequest
  {
    let table = try table(task)
    let part = try part(task)
    let isChecked = table.configuration.synchronization.strategy == .checksum && part.window == nil
    // A removal needs the keys alone.
    let columns = part.method == .remove ? table.columns.filter { table.mergeKey.contains($0.target) } : table.columns
    return ExtractRequest(
      table: table.source, columns: columns, filter: table.configuration.whereClauseCriteria, key: table.key,
      range: part.part.range, window: part.window, fingerprint: table.sourceFingerprint, stage: stage.root,
      prefix: stage.prefix(run: task.run, table: task.table, part: part.part.id, attempt: task.attempt),
      memory: settings.memory, fileBytes: settings.fileBytes,
      digestColumns: isChecked ? table.sourceTable?.columns.map(\.name) : nil,
      external: part.method == .remove ? nil : external(task, table))
  }

  /// Whether the task's part is to be read in the snapshot that the run's parts share: one that is alone has no need of it.
  func wantsSnapshot(_ task: ClaimedTask, of session: any SourceSession) throws -> Bool {
    let table = try table(task)
    guard table.configuration.snapshot != .none, let source = table.sourceTable else { return false }
    let isAlone = plan.tables.lazy.flatMap(\.parts).prefix(2).count < 2
    return !isAlone && session.sharesSnapshots(of: source)
  }

  /// The lineage goes first: another state's runs have the same numbers.
  private func external(_ task: ClaimedTask, _ table: TableChange) -> ExternalRequest? {
    guard table.configuration.extraction.strategy == .unload, let stage = table.configuration.extraction.externalStage
    else { return nil }
    return ExternalRequest(
      stage: stage, path: "\(plan.lineage)/\(task.run)/\(task.table)/\(task.part ?? 0)/\(task.attempt)")
  }

  /// The pass that gives a table's parts the checksums the plan was made without; nil when the part has one or needs none.
  package func measureRequest(_ task: ClaimedTask) throws -> MeasureRequest? {
    let table = try table(task)
    let part = try part(task)
    guard table.configuration.synchronization.strategy == .checksum, part.digest == nil, part.window == nil,
      let source = table.sourceTable
    else { return nil }
    return MeasureRequest(
      table: source, filter: table.configuration.whereClauseCriteria, key: table.key,
      parts: table.parts.map(\.part),
      digestColumns: source.columns.map(\.name))
  }

  package func prepareRequest(_ task: ClaimedTask) throws -> PrepareRequest {
    let table = try table(task)
    return PrepareRequest(
      target: table.target, addressing: table.addressing, columns: table.columns,
      metadataColumns: table.configuration.target.metadataColumns, statements: table.statements,
      lineage: plan.lineage, run: task.run, plan: id, expected: table.ledger, fingerprint: table.targetFingerprint)
  }

  package func loadRequest(_ task: ClaimedTask, stage: StageFolder) throws -> LoadRequest {
    let table = try table(task)
    let part = try part(task)
    guard let staged = task.staged else { throw mismatch(task, "what was staged for part \(part.part.id)") }
    var window = part.window
    if let column = window?.column { window?.column = try targetName(of: column, in: table, task) }
    return LoadRequest(
      target: table.target, columns: table.columns, addressing: table.addressing, method: part.method,
      key: try (table.key?.columns ?? []).map { try targetName(of: $0, in: table, task) }, mergeKey: table.mergeKey,
      part: part.part, window: window, replaces: part.replaces,
      metadataColumns: table.configuration.target.metadataColumns, lineage: plan.lineage, run: task.run,
      attempt: task.attempt, plan: id, stage: stage.root, staged: staged,
      removal: part.method == .remove
        ? RemovalLimit(planned: part.rows, isOff: table.configuration.synchronization.onShrink == .allow) : nil,
      verification: table.configuration.loading.verify)
  }

  package func finishRequest(_ task: ClaimedTask) throws -> FinishRequest {
    let table = try table(task)
    return FinishRequest(
      target: table.target, addressing: table.addressing, columns: table.columns,
      metadataColumns: table.configuration.target.metadataColumns, lineage: plan.lineage, run: task.run,
      parts: table.parts.map(\.part.id))
  }

  private func targetName(of source: String, in table: TableChange, _ task: ClaimedTask) throws -> String {
    guard let column = table.columns.first(where: { $0.source == source }) else {
      throw mismatch(task, "the column \(source) of \(table.source)")
    }
    return column.target
  }
}
