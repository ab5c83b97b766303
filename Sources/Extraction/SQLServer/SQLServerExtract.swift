import Catalogs
import Faults
import ODBC
import Parquet
package import Plans

extension SQLServerSourceSession {
  /// Reads on this thread and encodes on another; count, digest and rows are of one moment where the database allows it.
  package func extract(
    _ request: ExtractRequest, progress: (ExtractProgress) throws -> Void
  ) throws -> StagedPart {
    try withoutActuallyEscaping(progress) { progress in
      let pacer = ProgressPacer(progress)
      let place = "table \(request.table)"
      return try reachingSQLServer(at: place) {
        guard let table = try current(request.table, pacer.tick) else {
          throw ExtractionError(
            .tableMissing, at: place, "the source has no such table any more; make a new plan")
        }
        try request.checkShape(of: table)
        return try reading(at: place, of: table, pacer.tick) { try extractPart(request, table, pacer) }
      }
    }
  }

  private func extractPart(_ request: ExtractRequest, _ table: Table, _ pacer: ProgressPacer) throws -> StagedPart {
    let predicate = try table.rows(
      filter: request.filter, key: request.key, range: request.range, window: request.window,
      as: SQLServerKeyColumn.self)
    let digest = try request.digestColumns.map { try self.digest($0, of: table, predicate, wait: pacer.tick) }
    while true {
      if let part = try stage(request, table, predicate, digest, pacer) { return part }
      // A driver's buffer was too short for some value: from now on this table's long values are read in pieces.
      streamed.insert(table.name)
    }
  }

  /// Reads and stages the part; nil when it is to be read another way, and nothing of it was left.
  private func stage(
    _ request: ExtractRequest, _ table: Table, _ predicate: SQLPredicate, _ digest: RowDigest?,
    _ pacer: ProgressPacer
  ) throws -> StagedPart? {
    let budget = StageBudget(memory: request.memory)
    let writer = StageWriter(
      schema: Schema(
        request.columns.map { ColumnSchema(name: $0.target, type: $0.type.staged, isNullable: $0.isNullable) }),
      directory: StageDirectory(root: request.stage, prefix: request.prefix), budget: budget,
      fileBytes: request.fileBytes)
    pacer.bytes = { writer.bytes }
    defer { pacer.bytes = nil }
    do {
      let counted = try digest?.rows ?? count(table, predicate, wait: pacer.tick)
      guard let rows = try readRows(request, table, predicate, into: writer, batchBytes: budget.batchBytes, pacer)
      else {
        writer.abandon()
        return nil
      }
      let files = try writer.finish(pacer.tick)
      guard rows == counted else { throw mismatch(rows, counted, table) }
      try FaultPoint.reach(.extractAfterCount)
      try pacer.tell()
      return StagedPart(files: files, sourceRows: counted, digest: digest)
    } catch {
      writer.abandon()
      throw error
    }
  }

  private func readRows(
    _ request: ExtractRequest, _ table: Table, _ predicate: SQLPredicate, into writer: StageWriter,
    batchBytes: Int, _ pacer: ProgressPacer
  ) throws -> Int? {
    let columns = request.columns.map { plan in
      SQLServerSelection.of(plan, SQLServerType(table.column(plan.source)?.declaredType ?? plan.sourceType))
    }
    let list = ODBCSelection.wireOrder(columns).map { columns[$0].sql }.joined(separator: ", ")
    let statement = try link.open(
      "SELECT \(list) FROM \(table.sqlServerSource)\(predicate.clause)\(link.option)", wait: pacer.tick)
    defer { statement.close() }
    let place = "table \(table.name)"
    let reader = ODBCRowReader(statement, columns, isStreaming: streamed.contains(table.name), at: place) {
      .sqlServer($0, at: place)
    }
    switch try reader.read(into: writer, batchBytes: batchBytes, pacer) {
    case .rows(let rows): return rows
    case .needsStreaming: return nil
    }
  }

  /// Rows that were read and rows that were counted are not the same number.
  private func mismatch(_ rows: Int, _ counted: Int, _ table: Table) -> ExtractionError {
    let place = "table \(table.name)"
    guard isOneMoment(table) else {
      return ExtractionError(
        .countMismatch, at: place,
        "\(rows) rows were read where \(counted) had been counted: others write it, and the database does not allow SNAPSHOT "
          + "isolation; stop them, or ALTER DATABASE … SET ALLOW_SNAPSHOT_ISOLATION ON", isTransient: true)
    }
    let policy =
      table.traits.contains(SQLServerCatalog.filtered)
      ? "its security policy shows other rows each time" : "a view or filter gives other rows each time"
    return ExtractionError(
      .countMismatch, at: place,
      "\(rows) rows were read where the server counts \(counted) in the same transaction: \(policy), or the driver lost rows; try "
        + "again", isTransient: true)
  }
}
