import Catalogs
import Crypto
import Faults
import GRDB
import Plans

extension SQLiteTargetSession {
  package func prepare(_ request: PrepareRequest) throws {
    let place = request.target.description
    let target = SQLiteName.table(request.target)
    try writing(at: place, creating: true) { database in
      let ledger = SQLiteLedger(database: database)
      try ledger.create()
      let fence = try ledger.fence(target)
      if let fence, fence.position.lineage == request.lineage, fence.position.run == request.run {
        try checkPrepared(request, fence, database)
        return
      }
      guard fence?.position == request.expected else {
        let expected = request.expected.map { "run \($0.run) of state \($0.lineage) after \($0.commits) commits" }
        throw LoadingError.fenced(fence?.position, at: place, wanted: "the plan saw \(expected ?? "no run")")
      }
      try checkShape(request, database)
      // What a run that was given up left behind.
      try database.execute(sql: "DROP TABLE IF EXISTS \(Identifier.quoted(SQLiteName.rebuild(of: target)))")
      for statement in request.statements { try database.execute(sql: statement) }
      let table = try requireTable(request.target, columns: request.columns, request.metadataColumns, database)
      switch request.addressing {
      case .rebuild: try createRebuild(of: table, request, database)
      case .partColumn: try createPartIndex(on: table, request, database)
      case .keyRange, .wholeTable: break
      }
      try ledger.take(
        target, lineage: request.lineage, run: request.run, plan: request.plan,
        commits: fence?.position.commits ?? 0)
      try FaultPoint.reach(.prepareBeforeCommit)
    }
    try FaultPoint.reach(.prepareAfterCommit)
  }

  /// The run has the table already: it must be the same plan's run, and its rebuild still be there.
  private func checkPrepared(_ request: PrepareRequest, _ fence: SQLiteLedger.Fence, _ database: Database) throws {
    let place = request.target.description
    guard fence.plan == request.plan else {
      throw LoadingError.fenced(
        fence.position, at: place,
        wanted: "which was a run of another plan: the state is older than the target, or a copy of another one's")
    }
    guard request.addressing == .rebuild, !fence.isFinished else { return }
    let rebuild = SQLiteName.rebuild(of: SQLiteName.table(request.target))
    guard try SQLiteCatalog(database: database).table(ObjectName(table: rebuild)) != nil else {
      throw LoadingError(
        .shapeChanged, at: place,
        "the table \(rebuild), in which run \(request.run) gathers its rows, is gone; "
          + "cancel the run and make a new plan")
    }
  }

  private func checkShape(_ request: PrepareRequest, _ database: Database) throws {
    let place = request.target.description
    let table = try SQLiteCatalog(database: database).table(request.target)
    switch (request.fingerprint, table) {
    case (nil, nil): return
    case (nil, _?):
      throw LoadingError(.shapeChanged, at: place, "the table exists by now, and the plan creates it; make a new plan")
    case (_?, nil):
      throw LoadingError(.shapeChanged, at: place, "the table is gone since the plan was made; make a new plan")
    case (let fingerprint?, let table?):
      let hasher = try SHA256()
      var shape = table.description.shape
      let digest = shape.withUTF8 { hasher.digest(UnsafeRawBufferPointer($0)) }
      guard digest.hex == fingerprint else {
        throw LoadingError(
          .shapeChanged, at: place, "the table's columns or keys changed since the plan was made; make a new plan")
      }
    }
  }

  /// The table with every column that rows will be written to.
  func requireTable(
    _ name: ObjectName, columns: [ColumnPlan], _ metadataColumns: Bool, _ database: Database
  ) throws -> SQLiteTable {
    let place = name.description
    guard let table = try SQLiteCatalog(database: database).table(name) else {
      throw LoadingError(.shapeChanged, at: place, "the table does not exist; make a new plan")
    }
    guard table.description.kind == .table else {
      throw LoadingError(
        .shapeChanged, at: place,
        "the target is a \(table.description.kind.rawValue), and only tables take rows; "
          + "name another target table")
    }
    for name in Self.filled(columns, metadataColumns) {
      guard let column = table.column(name), !column.isGenerated else {
        throw LoadingError(
          .shapeChanged, at: place, "the table has no column \(name) that rows can be written to; make a new plan")
      }
    }
    return table
  }

  /// The names of the columns that a load fills.
  static func filled(_ columns: [ColumnPlan], _ metadataColumns: Bool) -> [String] {
    columns.map(\.target) + (metadataColumns ? MetadataColumns.plans(SQLiteDialect()).map(\.target) : [])
  }

  /// The columns that the run fills, with the same types, so that the side table keeps what the table keeps. The
  /// table's keys and checks have their say when the run ends.
  private func createRebuild(of table: SQLiteTable, _ request: PrepareRequest, _ database: Database) throws {
    let filled = Self.filled(request.columns, request.metadataColumns)
    let columns = filled.compactMap { table.column($0) }.map { column in
      [
        Identifier.quoted(column.name), column.declaredType, column.isNullable ? "" : "NOT NULL",
        column.collation.map { "COLLATE \(Identifier.quoted($0))" } ?? "",
      ].filter { !$0.isEmpty }.joined(separator: " ")
    }
    let name = Identifier.quoted(SQLiteName.rebuild(of: table.stored))
    let list = columns.joined(separator: ", ")
    try database.execute(sql: "CREATE TABLE main.\(name) (\(list))\(table.isStrict ? " STRICT" : "")")
  }

  /// Without it every part would read the whole table to find its rows.
  private func createPartIndex(on table: SQLiteTable, _ request: PrepareRequest, _ database: Database) throws {
    guard request.metadataColumns else {
      throw LoadingError(
        .statementFailed, at: request.target.description, "a part column needs target.metadataColumns; turn it on")
    }
    let index = Identifier.quoted(SQLiteName.partIndex(of: table.stored))
    let column = Identifier.quoted(MetadataColumns.part)
    try database.execute(
      sql: "CREATE INDEX IF NOT EXISTS main.\(index) ON \(Identifier.quoted(table.stored)) (\(column))")
  }
}
