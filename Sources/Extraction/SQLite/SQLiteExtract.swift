import Catalogs
import Faults
import GRDBSQLite
import Parquet
package import Plans

extension SQLiteSourceSession {
  /// Reads on this thread and encodes on another; everything is read, and counted, in one read transaction.
  package func extract(
    _ request: ExtractRequest, progress: (ExtractProgress) throws -> Void
  ) throws -> StagedPart {
    try withoutActuallyEscaping(progress) { progress in
      let pacer = ProgressPacer(progress)
      connection.watch(pacer)
      defer { connection.unwatch() }
      do {
        return try connection.reading(at: "table \(request.table)") { try extractPart(request, pacer) }
      } catch let error as ExtractionError where error.code == .interrupted {
        // SQLite knows only that it was told to stop; the listener knows why.
        throw pacer.failure ?? error
      }
    }
  }

  private func extractPart(_ request: ExtractRequest, _ pacer: ProgressPacer) throws -> StagedPart {
    let table = try expectedTable(request)
    connection.allowsQuotedStrings = table.kind == .view
    let predicate = SQLitePredicate.rows(
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
      let rows = try SQLiteRowReader(request.columns, of: table, predicate, on: connection)
        .read(into: writer, batchBytes: budget.batchBytes, pacer)
      let files = try writer.finish(pacer.tick)
      let digest = try request.digestColumns.map { try self.digest($0, of: table, predicate) }
      let counted = try digest?.rows ?? count(table, predicate)
      try Self.compare(read: rows, counted: counted, at: "table \(table.name)")
      try FaultPoint.reach(.extractAfterCount)
      try pacer.tell()
      return StagedPart(files: files, sourceRows: counted, digest: digest)
    } catch {
      writer.abandon()
      throw error
    }
  }

  /// The table, if it still has the shape that the plan was made for.
  private func expectedTable(_ request: ExtractRequest) throws -> Table {
    let table = try current(request.table)
    try request.checkShape(of: table)
    return table
  }

  /// A second pass in the same transaction, which counts the rows as well.
  private func digest(_ columns: [String], of table: Table, _ predicate: SQLitePredicate) throws -> RowDigest {
    let pass = try SQLiteMeasurePass(
      MeasureRequest(table: table, key: nil, parts: [Part(id: 0, range: .whole)], digestColumns: columns),
      collations: [])
    let list = pass.columns.map(Identifier.quoted).joined(separator: ", ")
    let statement = try connection.prepare(
      "SELECT \(list) FROM \(Identifier.quoted(table.name.table))\(predicate.clause)", predicate.bindings,
      at: "table \(table.name)")
    while try statement.step() { pass.take(statement.handle) }
    return pass.parts[0].digest ?? RowDigest()
  }

  private func count(_ table: Table, _ predicate: SQLitePredicate) throws -> Int {
    try connection.integer(
      "SELECT count(*) FROM \(Identifier.quoted(table.name.table))\(predicate.clause)", predicate.bindings,
      at: "table \(table.name)") ?? 0
  }

  /// - Throws: ``ExtractionError`` `countMismatch`: within one transaction nothing else explains a difference.
  static func compare(read: Int, counted: Int, at place: String) throws {
    guard read != counted else { return }
    throw ExtractionError(
      .countMismatch, at: place,
      "\(read) rows were read where SQLite counts \(counted): a view or filter gives other rows each time, or an index "
        + "is damaged (PRAGMA integrity_check tells)")
  }
}

extension SQLiteConnection {
  /// Instructions of SQLite's machine between two looks at the clock: some milliseconds.
  private static let instructions: Int32 = 100_000

  /// Asks `pacer` now and then while SQLite works, and ends the query when its listener throws.
  func watch(_ pacer: ProgressPacer) {
    sqlite3_progress_handler(
      handle, Self.instructions,
      { context in
        let pacer = Unmanaged<ProgressPacer>.fromOpaque(context!).takeUnretainedValue()
        do {
          try pacer.tick()
          return 0
        } catch {
          return 1
        }
      }, Unmanaged.passUnretained(pacer).toOpaque())
  }

  func unwatch() {
    sqlite3_progress_handler(handle, 0, nil, nil)
  }
}
