import Catalogs
import Faults
import GRDB
import Plans
import Workflows

extension SQLiteTargetSession {
  package func load(_ request: LoadRequest) throws -> LoadResult {
    let place = "\(request.target), part \(request.part.id)"
    try FaultPoint.reach(.loadBeforeBegin)
    // Looked at before the files are read, which may be gone once the part is in, and again under the write lock.
    if let loaded = try reading(else: nil, { try admit(request, place, $0) }) { return loaded }
    try StagedFileCheck.verify(request.staged, stage: request.stage, place: place)
    let digest = try StagedFileCheck.digest(of: request.staged)
    let result = try writing(at: place) { database in
      if let loaded = try admit(request, place, database) { return loaded }
      let ledger = SQLiteLedger(database: database)
      let target = SQLiteName.table(request.target)
      var result = LoadResult(rows: 0, deleted: 0, wasLoaded: false)
      try ledger.put(request, target: target, state: "loading", result: result, sha256: digest)
      let load = try SQLitePartLoad(request, place: place, session: self, database: database)
      result.deleted = try load.makeRoom()
      try FaultPoint.reach(.loadAfterDelete)
      result.rows = try load.insert()
      try FaultPoint.reach(.loadAfterInsert)
      try load.check(result)
      // A removal writes no row.
      if request.verification == .always, request.method != .remove { try load.compare() }
      try ledger.put(request, target: target, state: "loaded", result: result, sha256: digest)
      try ledger.countCommit(target, finishes: false)
      try FaultPoint.reach(.loadBeforeCommit)
      return result
    }
    if !result.wasLoaded { try FaultPoint.reach(.loadAfterCommit) }
    return result
  }

  /// Whether this attempt may load the part: what was loaded when it is in already, nil when it may.
  ///
  /// - Throws: ``LoadingError`` with code `fenced` when the table belongs to another run, or the part to a later
  ///   attempt.
  private func admit(_ request: LoadRequest, _ place: String, _ database: Database) throws -> LoadResult? {
    let ledger = SQLiteLedger(database: database)
    let target = SQLiteName.table(request.target)
    let fence = try ledger.exists() ? ledger.fence(target) : nil
    guard let fence, fence.position.lineage == request.lineage, fence.position.run == request.run,
      fence.plan == request.plan
    else {
      throw LoadingError.fenced(
        fence?.position, at: place, wanted: "run \(request.run) of state \(request.lineage) may not load here")
    }
    let entry = try ledger.entry(target, lineage: request.lineage, run: request.run, part: request.part.id)
    guard let entry else { return nil }
    if entry.isLoaded { return LoadResult(rows: entry.rows, deleted: entry.deleted, wasLoaded: true) }
    guard entry.attempt <= request.attempt else {
      throw LoadingError(
        .fenced, at: place,
        "attempt \(request.attempt) comes late: attempt \(entry.attempt) has the part; nothing is "
          + "to do")
    }
    return nil
  }
}

/// The steps of one part's load inside its transaction.
struct SQLitePartLoad {
  let request: LoadRequest
  let place: String
  let database: Database
  /// Where the rows go: the target, or its rebuild.
  let table: SQLiteTable
  private let columns: [SQLiteInserter.Target]
  /// What a replacement replaces; nil for every row.
  let range: SQLitePredicate?
  /// The last row of the rebuild before the load: new ones come behind it.
  let lastRow: Int64?
  /// Rows that the table held before; nil where nothing but the load moves rows.
  private let before: Int?

  init(_ request: LoadRequest, place: String, session: SQLiteTargetSession, database: Database) throws {
    self.request = request
    self.place = place
    self.database = database
    var name = request.target
    if request.addressing == .rebuild { name = ObjectName(table: SQLiteName.rebuild(of: SQLiteName.table(name))) }
    let table = try session.requireTable(name, columns: request.columns, request.metadataColumns, database)
    self.table = table
    columns = request.columns.map { plan in
      let column = table.column(plan.target)!
      return SQLiteInserter.Target(plan: plan, name: column.name, affinity: table.affinity(column))
    }
    switch (request.method, request.addressing) {
    case (.replace, .keyRange):
      let key = try request.key.map { try Self.plan($0, request, place) }
      range = try .range(request.part.range, key: key, place: place)
    case (.replace, .partColumn): range = .parts([request.part.id] + request.replaces)
    case (.remove, _):
      let key = try request.key.map { try Self.plan($0, request, place) }
      range = try .range(request.part.range, key: key, place: place)
    default: range = nil
    }
    lastRow =
      request.addressing == .rebuild && request.verification == .always
      ? try database.lastRow(of: table) : nil
    before = table.mayDivertRows ? try database.count(table.stored, where: nil) : nil
  }

  /// Deletes what the part replaces and returns how many rows that were.
  func makeRoom() throws -> Int {
    switch (request.method, request.addressing) {
    case (.replace, .rebuild): return 0
    case (.replace, _): return try database.delete(from: table.stored, where: range)
    case (.append, _):
      guard let window = request.window, window.includesAfter, let after = window.after else { return 0 }
      let column = try Self.plan(window.column, request, place)
      return try database.delete(from: table.stored, where: .equal(column, after, place: place))
    case (.merge, _): return try merge().delete(request)
    case (.remove, _): return try merge().deleteOthers(request, within: range)
    }
  }

  private func merge() throws -> SQLiteMerge {
    let key = try request.mergeKey.map { name in
      let plan = try Self.plan(name, request, place)
      return columns.first { $0.plan == plan }!
    }
    return SQLiteMerge(database: database, table: table, key: key, place: place)
  }

  func insert() throws -> Int {
    guard request.method != .remove else { return 0 }
    let constants =
      request.metadataColumns
      ? [
        (name: MetadataColumns.run, sql: String(request.run)),
        (name: MetadataColumns.part, sql: String(request.part.id)),
        // SQLite's now is one moment for the whole of a statement's step only, so it is asked once.
        (name: MetadataColumns.loadedAt, sql: "'\(try now())'"),
      ] : []
    let inserter = try SQLiteInserter(
      into: "main." + Identifier.quoted(table.stored), columns: columns, constants: constants, place: place,
      database: database)
    return try request.staged.files.reduce(0) { try $0 + inserter.insert($1, stage: request.stage) }
  }

  /// Compares what arrived with what was staged, by the table's own counts wherever they say more than the inserts did.
  func check(_ result: LoadResult) throws {
    var counts = request.method == .remove ? [] : [(result.rows, request.staged.sourceRows)]
    if request.method == .replace, request.addressing != .rebuild {
      counts.append((try database.count(table.stored, where: range), request.staged.sourceRows))
    }
    if let before {
      counts.append((try database.count(table.stored, where: nil), before - result.deleted + result.rows))
    }
    for (found, wanted) in counts where found != wanted {
      throw LoadingError(
        .countMismatch, at: place,
        "\(wanted) rows should be there and \(found) are; a trigger or a conflict clause of "
          + "the table, or another order of its key, takes rows elsewhere. Nothing was changed")
    }
  }

  private func now() throws -> String {
    try String.fetchOne(database, sql: "SELECT strftime('%Y-%m-%d %H:%M:%SZ', 'now')")!
  }

  private static func plan(_ column: String, _ request: LoadRequest, _ place: String) throws -> ColumnPlan {
    guard let plan = request.columns.first(where: { $0.target == column }) else {
      throw LoadingError(
        .statementFailed, at: place, "the plan uses column \(column) and does not load it; make a new plan")
    }
    return plan
  }
}
