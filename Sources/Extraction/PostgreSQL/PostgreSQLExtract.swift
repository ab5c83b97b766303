import Catalogs
import Faults
import Parquet
package import Plans
import Postgres

extension PostgreSQLSourceSession {
  /// Reads on this thread and encodes on another; everything is read in one transaction, and the server counts what it sends.
  package func extract(
    _ request: ExtractRequest, progress: (ExtractProgress) throws -> Void
  ) throws -> StagedPart {
    try withoutActuallyEscaping(progress) { progress in
      let pacer = ProgressPacer(progress)
      let place = "table \(request.table)"
      let known = try reachingPostgres(at: place) { try current(request.table, .kind, pacer.tick) }
      return try reading(at: place, locking: known, pacer.tick) { try extractPart(request, pacer) }
    }
  }

  private func extractPart(_ request: ExtractRequest, _ pacer: ProgressPacer) throws -> StagedPart {
    guard let table = try current(request.table, .shape, pacer.tick) else {
      throw ExtractionError(
        .tableMissing, at: "table \(request.table)", "the source has no such table any more; make a new plan")
    }
    try request.checkShape(of: table)
    let place = "table \(table.name)"
    let predicate = try PostgreSQLPredicate.rows(
      of: table, filter: request.filter, key: request.key, range: request.range, window: request.window)
    let budget = StageBudget(memory: request.memory)
    let writer = StageWriter(
      schema: Schema(
        request.columns.map { ColumnSchema(name: $0.target, type: $0.type.staged, isNullable: $0.isNullable) }),
      directory: StageDirectory(root: request.stage, prefix: request.prefix), budget: budget,
      fileBytes: request.fileBytes)
    pacer.bytes = { writer.bytes }
    defer { pacer.bytes = nil }
    do {
      let digest = try request.digestColumns.map {
        try self.digest($0, of: table, predicate, wait: pacer.tick)
      }
      let selected = Self.selected(request.columns, of: table)
      let copy = try connection.copyOut(
        "COPY (SELECT \(selected.map(\.sql).joined(separator: ", ")) FROM \(table.postgresName)\(predicate.clause)) "
          + "TO STDOUT (FORMAT binary)", wait: pacer.tick)
      let (read, sent) = try PostgreSQLRowReader(copy, request.columns, selected.map(\.wire), of: table)
        .read(into: writer, batchBytes: budget.batchBytes, pacer)
      let files = try writer.finish(pacer.tick)
      let counted = digest?.rows ?? sent ?? read
      guard read == sent, read == counted else {
        throw ExtractionError(
          .countMismatch, at: place,
          "\(read) rows were read, the server sent \(sent ?? 0) and counts \(counted) in the same transaction: a view or filter "
            + "gives other rows each time")
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
  static func selected(_ columns: [ColumnPlan], of table: Table) -> [(sql: String, wire: PostgreSQLType.Wire)] {
    columns.map { plan in
      PostgreSQLType(table.column(plan.source)?.declaredType ?? plan.sourceType)
        .selected(Identifier.quoted(plan.source), as: plan.type)
    }
  }
}
