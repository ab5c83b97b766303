import GRDB
import Plans

/// The fence and the ledger: two small tables beside the data, changed only in the transactions that change the data.
struct SQLiteLedger {
  /// A row of the fence: who may write a table, by which plan, and whether the run has ended there.
  struct Fence {
    var position: LedgerFence
    var plan: String
    var isFinished: Bool
  }

  /// A row of the ledger.
  struct Entry {
    var attempt: Int
    var isLoaded: Bool
    var rows: Int
    var deleted: Int
    var plan: String
  }

  var database: Database

  func exists() throws -> Bool {
    try Bool.fetchOne(
      database, sql: "SELECT EXISTS (SELECT 1 FROM main.sqlite_schema WHERE name = 'scmplan_fence' COLLATE NOCASE)")!
  }

  /// Table names compare without case, as SQLite's own do.
  func create() throws {
    try database.execute(
      sql: """
        CREATE TABLE IF NOT EXISTS main.scmplan_fence (
          target TEXT NOT NULL COLLATE NOCASE PRIMARY KEY, lineage TEXT NOT NULL, run INTEGER NOT NULL,
          commits INTEGER NOT NULL, "plan" TEXT NOT NULL, finished INTEGER NOT NULL);
        CREATE TABLE IF NOT EXISTS main.scmplan_ledger (
          target TEXT NOT NULL COLLATE NOCASE, lineage TEXT NOT NULL, run INTEGER NOT NULL, part INTEGER NOT NULL,
          attempt INTEGER NOT NULL, state TEXT NOT NULL, "rows" INTEGER NOT NULL, deleted INTEGER NOT NULL,
          files INTEGER NOT NULL, sha256 TEXT NOT NULL, "plan" TEXT NOT NULL, loaded_at TEXT NOT NULL,
          PRIMARY KEY (target, lineage, run, part))
        """)
  }

  func fence(_ target: String) throws -> Fence? {
    try Row.fetchOne(
      database, sql: #"SELECT lineage, run, commits, "plan", finished FROM main.scmplan_fence WHERE target = ?"#,
      arguments: [target]
    ).map {
      Fence(
        position: LedgerFence(lineage: $0["lineage"], run: $0["run"], commits: $0["commits"]),
        plan: $0["plan"], isFinished: $0["finished"])
    }
  }

  /// Gives the table to a run; the count of commits goes on.
  func take(_ target: String, lineage: String, run: Int, plan: String, commits: Int) throws {
    try database.execute(
      sql: "INSERT OR REPLACE INTO main.scmplan_fence VALUES (?, ?, ?, ?, ?, 0)",
      arguments: [target, lineage, run, commits, plan])
  }

  func countCommit(_ target: String, finishes: Bool) throws {
    try database.execute(
      sql: "UPDATE main.scmplan_fence SET commits = commits + 1, finished = finished OR ? WHERE target = ?",
      arguments: [finishes, target])
  }

  func entry(_ target: String, lineage: String, run: Int, part: Int) throws -> Entry? {
    try Row.fetchOne(
      database,
      sql: """
        SELECT attempt, state = 'loaded' AS loaded, "rows", deleted, "plan" FROM main.scmplan_ledger
        WHERE target = ? AND lineage = ? AND run = ? AND part = ?
        """,
      arguments: [target, lineage, run, part]
    ).map {
      Entry(
        attempt: $0["attempt"], isLoaded: $0["loaded"], rows: $0["rows"], deleted: $0["deleted"], plan: $0["plan"])
    }
  }

  /// Writes the part's row as this attempt's, whose load is under way or done.
  func put(_ request: LoadRequest, target: String, state: String, result: LoadResult, sha256: String) throws {
    try database.execute(
      sql: """
        INSERT OR REPLACE INTO main.scmplan_ledger
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, strftime('%Y-%m-%d %H:%M:%SZ', 'now'))
        """,
      arguments: [
        target, request.lineage, request.run, request.part.id, request.attempt, state, result.rows, result.deleted,
        request.staged.files.count, sha256, request.plan,
      ])
  }

  /// Rows loaded by each part of a run that is in.
  func loaded(_ target: String, lineage: String, run: Int) throws -> [LedgerEntry] {
    try Row.fetchAll(
      database,
      sql: """
        SELECT part, attempt, "rows", "plan" FROM main.scmplan_ledger
        WHERE target = ? AND lineage = ? AND run = ? AND state = 'loaded' ORDER BY part
        """,
      arguments: [target, lineage, run]
    ).map {
      LedgerEntry(
        lineage: lineage, run: run, part: $0["part"], attempt: $0["attempt"], rows: $0["rows"], plan: $0["plan"])
    }
  }

  func facts(_ target: String) throws -> LedgerFacts? {
    guard let fence = try fence(target) else { return nil }
    return LedgerFacts(
      fence: fence.position, plan: fence.plan, isFinished: fence.isFinished,
      entries: try loaded(target, lineage: fence.position.lineage, run: fence.position.run))
  }
}

extension LoadingError {
  /// The ledger gives the table to somebody else than the caller.
  static func fenced(_ found: LedgerFence?, at place: String, wanted: String) -> LoadingError {
    let ledger =
      found.map { "run \($0.run) of state \($0.lineage) after \($0.commits) commits" } ?? "no run that loaded it"
    return LoadingError(.fenced, at: place, "the target's ledger has \(ledger), \(wanted); make a new plan")
  }
}
