import Catalogs
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
      let known = try reachingPostgres(at: place) {
        try current(request.table, request.snapshot == nil ? .kind : .shape, pacer.tick)
      }
      // A shared snapshot shows the catalog as it was too; the statements use it as it is.
      if request.snapshot != nil { try known.map(request.checkShape) }
      return try reading(at: place, locking: known, in: request.snapshot, pacer.tick) {
        try extractPart(request, pacer)
      }
    }
  }

  private func extractPart(_ request: ExtractRequest, _ pacer: ProgressPacer) throws -> StagedPart {
    let table = try request.expected(try current(request.table, .shape, pacer.tick))
    let predicate = try table.rows(
      filter: request.filter, key: request.key, range: request.range, window: request.window,
      as: PostgreSQLKeyColumn.self)
    let digest = try request.digestColumns.map { try self.digest($0, of: table, predicate, wait: pacer.tick) }
    while true {
      if let part = try stage(request, of: table, predicate, digest, pacer) { return part }
      // A driver's buffer was too short for some value: from now on this table's long values are read in pieces.
      streamed.insert(table.name)
    }
  }

  /// Reads and stages the part; nil when it is to be read another way, and nothing of it was left.
  private func stage(
    _ request: ExtractRequest, of table: Table, _ predicate: SQLPredicate, _ digest: RowDigest?,
    _ pacer: ProgressPacer
  ) throws -> StagedPart? {
    try request.staging(pacer) { writer, batchBytes in
      try read(request, of: table, predicate, into: writer, batchBytes: batchBytes, pacer)
    } part: { files, counts in
      let (read, sent) = counts
      let counted = digest?.rows ?? sent ?? read
      guard sent == nil || read == sent, read == counted else {
        throw ExtractionError(
          .countMismatch, at: "table \(table.name)",
          "\(read) rows were read, the server sent \(sent ?? read) and counts \(counted) in the same transaction: a view or "
            + "filter gives other rows each time")
      }
      return StagedPart(files: files, sourceRows: counted, digest: digest)
    }
  }

  /// Reads the rows by the connection's own best way: how many came, and how many the server says there are.
  private func read(
    _ request: ExtractRequest, of table: Table, _ predicate: SQLPredicate, into writer: StageWriter,
    batchBytes: Int, _ pacer: ProgressPacer
  ) throws -> (read: Int, sent: Int?)? {
    if let link = connection as? PostgresODBCLink {
      let count = "SELECT count(*) FROM \(table.postgresName)\(predicate.clause)"
      let sent = try link.query(count, wait: pacer.tick).integer(0, 0)
      let read = try readRows(
        through: link, request, of: table, predicate, into: writer, batchBytes: batchBytes,
        isStreaming: streamed.contains(table.name), pacer)
      return read.map { ($0, sent) }
    }
    guard let connection = connection as? PostgresConnection else {
      preconditionFailure("a link without a way to read")
    }
    let selected = Self.selected(request.columns, of: table)
    let copy = try connection.copyOut(
      "COPY (SELECT \(selected.map(\.sql).joined(separator: ", ")) FROM \(table.postgresName)\(predicate.clause)) "
        + "TO STDOUT (FORMAT binary)", wait: pacer.tick)
    let counts = try PostgreSQLRowReader(copy, request.columns, selected.map(\.wire), of: table)
      .read(into: writer, batchBytes: batchBytes, pacer)
    guard let sent = counts.sent else {
      throw ExtractionError(
        .queryFailed, at: "table \(table.name)", "the server did not say how many rows it sent; try again",
        isTransient: true)
    }
    return (counts.read, sent)
  }

  /// What is selected for each column, and how it comes.
  static func selected(_ columns: [ColumnPlan], of table: Table) -> [(sql: String, wire: PostgreSQLType.Wire)] {
    columns.map { plan in
      PostgreSQLType(table.column(plan.source)?.declaredType ?? plan.sourceType)
        .selected(Identifier.quoted(plan.source), as: plan.type)
    }
  }
}
