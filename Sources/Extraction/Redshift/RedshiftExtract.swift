import Catalogs
import Faults
import Parquet
package import Plans
import Postgres

extension RedshiftSourceSession {
  /// Reads on this thread and encodes on another, or lets the cluster write the files; count and rows are of one transaction.
  package func extract(
    _ request: ExtractRequest, progress: (ExtractProgress) throws -> Void
  ) throws -> StagedPart {
    try withoutActuallyEscaping(progress) { progress in
      let pacer = ProgressPacer(progress)
      let place = "table \(request.table)"
      if let external = request.external { return try unload(request, external, pacer) }
      return try reading(at: place, pacer.tick) {
        let (table, predicate) = try self.expected(request, pacer)
        return try extractPart(request, table, predicate, pacer)
      }
    }
  }

  /// The table as the plan has it, and the rows that are meant.
  func expected(_ request: ExtractRequest, _ pacer: ProgressPacer) throws -> (Table, PostgreSQLPredicate) {
    guard let table = try current(request.table, pacer.tick) else {
      throw ExtractionError(
        .tableMissing, at: "table \(request.table)", "the source has no such table any more; make a new plan")
    }
    try request.checkShape(of: table)
    return (
      table,
      try table.redshiftRows(filter: request.filter, key: request.key, range: request.range, window: request.window)
    )
  }

  private func extractPart(
    _ request: ExtractRequest, _ table: Table, _ predicate: PostgreSQLPredicate, _ pacer: ProgressPacer
  ) throws -> StagedPart {
    let budget = StageBudget(memory: request.memory)
    let writer = StageWriter(
      schema: Schema(
        request.columns.map { ColumnSchema(name: $0.target, type: $0.type.staged, isNullable: $0.isNullable) }),
      directory: StageDirectory(root: request.stage, prefix: request.prefix), budget: budget,
      fileBytes: request.fileBytes)
    pacer.bytes = { writer.bytes }
    defer { pacer.bytes = nil }
    do {
      let digest = try request.digestColumns.map { try self.digest($0, of: table, predicate, wait: pacer.tick) }
      let counted = try digest?.rows ?? count(table, predicate, wait: pacer.tick)
      let selected = Self.selected(request.columns, of: table)
      let rows = try RedshiftRowReader(
        request.columns, selected.map(\.form), at: "table \(table.name)", key: table.primaryKey
      ).read(
        "SELECT \(selected.map(\.sql).joined(separator: ", ")) FROM \(table.postgresName)\(predicate.clause)",
        on: connection, into: writer, batchBytes: budget.batchBytes, pacer)
      let files = try writer.finish(pacer.tick)
      guard rows == counted else {
        throw ExtractionError(
          .countMismatch, at: "table \(table.name)",
          "\(rows) rows were read where Redshift counts \(counted) in the same transaction: a view or filter gives other rows "
            + "each time, or an external table's files changed")
      }
      try FaultPoint.reach(.extractAfterCount)
      try pacer.tell()
      return StagedPart(files: files, sourceRows: counted, digest: digest)
    } catch {
      writer.abandon()
      throw error
    }
  }

  /// What is selected for each column, and how it comes.
  static func selected(_ columns: [ColumnPlan], of table: Table) -> [(sql: String, form: RedshiftType.Form)] {
    columns.map { plan in
      RedshiftType(table.column(plan.source)?.declaredType ?? plan.sourceType)
        .selected(Identifier.quoted(plan.source), as: plan.type)
    }
  }
}
