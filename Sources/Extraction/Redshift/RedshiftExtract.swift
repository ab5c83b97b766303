import Catalogs
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
  func expected(_ request: ExtractRequest, _ pacer: ProgressPacer) throws -> (Table, SQLPredicate) {
    let table = try request.expected(try current(request.table, pacer.tick))
    return (
      table,
      try table.rows(
        filter: request.filter, key: request.key, range: request.range, window: request.window,
        as: RedshiftKeyColumn.self)
    )
  }

  private func extractPart(
    _ request: ExtractRequest, _ table: Table, _ predicate: SQLPredicate, _ pacer: ProgressPacer
  ) throws -> StagedPart {
    let digest = try request.digestColumns.map { try self.digest($0, of: table, predicate, wait: pacer.tick) }
    let counted = try digest?.rows ?? count(table, predicate, wait: pacer.tick)
    while true {
      let part = try request.staging(pacer) { writer, batchBytes in
        try read(request, of: table, predicate, into: writer, batchBytes: batchBytes, pacer)
      } part: { files, rows in
        guard rows == counted else {
          throw ExtractionError(
            .countMismatch, at: "table \(table.name)",
            "\(rows) rows were read where Redshift counts \(counted) in the same transaction: a view or filter gives other rows "
              + "each time, or an external table's files changed")
        }
        return StagedPart(files: files, sourceRows: counted, digest: digest)
      }
      if let part { return part }
      // A driver's buffer was too short for some value: from now on this table's long values are read in pieces.
      streamed.insert(table.name)
    }
  }

  /// Reads the rows by the connection's own best way; nil where they are to be read another way.
  private func read(
    _ request: ExtractRequest, of table: Table, _ predicate: SQLPredicate, into writer: StageWriter,
    batchBytes: Int, _ pacer: ProgressPacer
  ) throws -> Int? {
    let selected = Self.selected(request.columns, of: table)
    if let link = connection as? PostgresODBCLink {
      return try readRows(
        through: link, zip(request.columns, selected).map { RedshiftODBC.selection($0, $1.sql, $1.form) }, of: table,
        predicate, into: writer, batchBytes: batchBytes, pacer)
    }
    guard let connection = connection as? PostgresConnection else {
      preconditionFailure("a link without a way to read")
    }
    return try RedshiftRowReader(
      request.columns, selected.map(\.form), at: "table \(table.name)", key: table.primaryKey
    ).read(
      "SELECT \(selected.map(\.sql).joined(separator: ", ")) FROM \(table.postgresName)\(predicate.clause)",
      on: connection, into: writer, batchBytes: batchBytes, pacer)
  }

  /// What is selected for each column, and how it comes.
  static func selected(_ columns: [ColumnPlan], of table: Table) -> [(sql: String, form: RedshiftType.Form)] {
    columns.map { plan in
      RedshiftType(table.column(plan.source)?.declaredType ?? plan.sourceType)
        .selected(Identifier.quoted(plan.source), as: plan.type)
    }
  }
}
