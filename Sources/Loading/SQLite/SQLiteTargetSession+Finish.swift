import Catalogs
import Faults
import GRDB
import Plans

extension SQLiteTargetSession {
  package func finish(_ request: FinishRequest) throws {
    let place = request.target.description
    let target = SQLiteName.table(request.target)
    try writing(at: place) { database in
      let ledger = SQLiteLedger(database: database)
      let fence = try ledger.exists() ? ledger.fence(target) : nil
      guard let fence, fence.position.lineage == request.lineage, fence.position.run == request.run else {
        throw LoadingError.fenced(fence?.position, at: place, wanted: "run \(request.run) cannot end it")
      }
      guard !fence.isFinished else { return }
      let entries = try ledger.loaded(target, lineage: request.lineage, run: request.run)
      let missing = Set(request.parts).subtracting(entries.map(\.part)).sorted()
      guard missing.isEmpty else {
        let some = missing.prefix(5).map(String.init).joined(separator: ", ") + (missing.count > 5 ? ", …" : "")
        throw LoadingError(
          .partsMissing, at: place,
          "\(missing.count) of \(request.parts.count) parts are not loaded (\(some)); "
            + "retry the run")
      }
      if request.addressing == .rebuild {
        try replace(request, rows: entries.reduce(0) { $0 + $1.rows }, database)
      }
      try ledger.countCommit(target, finishes: true)
      try FaultPoint.reach(.finishBeforeCommit)
    }
    try FaultPoint.reach(.finishAfterCommit)
  }

  /// Gives the table the rebuild's rows. The table itself stays, with its keys, indexes, checks and triggers.
  private func replace(_ request: FinishRequest, rows: Int, _ database: Database) throws {
    let place = request.target.description
    let table = try requireTable(request.target, columns: request.columns, request.metadataColumns, database)
    let name = Identifier.quoted(table.stored)
    let rebuild = Identifier.quoted(SQLiteName.rebuild(of: table.stored))
    guard try SQLiteCatalog(database: database).table(ObjectName(table: SQLiteName.rebuild(of: table.stored))) != nil
    else {
      throw LoadingError(
        .shapeChanged, at: place,
        "the table \(rebuild), in which run \(request.run) gathered its rows, is gone; "
          + "make a new plan")
    }
    let gathered = try Int.fetchOne(database, sql: "SELECT count(*) FROM main.\(rebuild)")!
    guard gathered == rows else {
      throw LoadingError(
        .countMismatch, at: place,
        "\(rebuild) holds \(gathered) rows, and the ledger counted \(rows) into it; "
          + "somebody else writes there")
    }
    let columns = SQLiteName.list(Self.filled(request.columns, request.metadataColumns))
    try database.execute(sql: "DELETE FROM main.\(name)")
    try database.execute(sql: "INSERT INTO main.\(name) (\(columns)) SELECT \(columns) FROM main.\(rebuild)")
    let arrived = try Int.fetchOne(database, sql: "SELECT count(*) FROM main.\(name)")!
    guard arrived == rows else {
      throw LoadingError(
        .countMismatch, at: place,
        "\(rows) rows were put in and \(arrived) are there; a trigger or a conflict clause "
          + "of the table takes rows away")
    }
    try database.execute(sql: "DROP TABLE main.\(rebuild)")
  }
}
