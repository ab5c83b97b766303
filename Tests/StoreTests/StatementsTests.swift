import Foundation
import Plans
import SQL
import Store
import Testing

/// What the store asks of its database: words that all databases have, and no work that grows with the number of parts.
@Suite struct StatementsTests {
  private let database: RecordingDatabase
  private let store: Store
  private let folder: Folder

  init() throws {
    folder = try Folder()
    database = RecordingDatabase(try SQLiteDatabase(path: folder.path + "/a.db", durability: .normal))
    store = try Store(database: database, place: "a.db")
  }

  /// Statements of each step of a run with this many parts.
  private func steps(parts: Int, workflow: String) throws -> [String: [String]] {
    var steps: [String: [String]] = [:]
    var builder = try PlanBuilder(store, workflow: workflow)
    let removals = (1...parts).map { part(parts + $0, method: .remove) }
    builder.add(workflow, parts: removals + (1...parts).map { part($0) })
    _ = database.take()
    let run = try store.submit(builder.submission, now: 0)
    steps["submit"] = database.take()
    for kind in [TaskKind.prepare, .extract, .remove, .load, .finish] {
      let limit = kind == .extract ? 2 * parts : kind == .load || kind == .remove ? parts : 1
      for index in 0..<limit {
        let tasks = try store.claim(owner: "a", kinds: [kind], affinity: nil, limit: 1, now: 0, lease: 1)
        let task = try #require(tasks.first)
        if index == 0 { steps["claim \(kind)"] = database.take() }
        let beat = TaskProgress(task: task.id, attempt: task.attempt)
        _ = try store.heartbeat(owner: "a", tasks: [beat], now: 0, lease: 1)
        if index == 0 { steps["heartbeat \(kind)"] = database.take() }
        _ = try store.progress(run: run.id)
        if index == 0 { steps["progress \(kind)"] = database.take() }
        let result: TaskResult =
          switch kind {
          case .prepare: .prepared
          case .extract: .extracted(staged(1))
          case .load: .loaded(rows: 1, deleted: 0)
          case .remove: .removed(rows: 0, from: nil)
          case .finish: .finished
          }
        let completion = TaskCompletion(task: task.id, attempt: task.attempt, result: result)
        #expect(try store.complete(completion, owner: "a", now: 0))
        if index == 0 { steps["complete \(kind)"] = database.take() }
      }
      _ = database.take()
    }
    _ = try store.rescue(now: 9, deadOwners: ["b"])
    steps["rescue"] = database.take()
    _ = try store.finishDoneRuns(now: 9)
    steps["end"] = database.take()
    return steps
  }

  @Test func noStepAsksMoreOfALargerRun() throws {
    let small = try steps(parts: 3, workflow: "small")
    let large = try steps(parts: 300, workflow: "large")
    for (step, statements) in small where step != "submit" {
      // The first run also makes the row that later ones update.
      #expect(try #require(large[step]).count <= statements.count, "\(step)")
    }
    // Rows go in many to a statement.
    #expect(try #require(large["submit"]).count < #require(small["submit"]).count + 80)
  }

  /// SQLite tells when it reads a whole table; only those that stay small may be read so. The one exception is the
  /// prepare, which opens the extracts of its table with one statement.
  @Test func noStepReadsAllTasks() throws {
    let steps = try steps(parts: 20, workflow: "sales")
    var explained = 0
    for (step, statements) in steps {
      for sql in Set(statements) where !sql.hasPrefix("INSERT") {
        let arguments = sql.filter { $0 == "?" }.map { _ in SQLValue.null }
        let plan = try database.write { try $0.query("EXPLAIN QUERY PLAN " + sql, arguments) }
        for row in plan {
          explained += 1
          let detail = try row.text("detail")
          for table in ["tasks", "attempts", "part_states", "plans", "run_tables"] {
            #expect(!detail.hasPrefix("SCAN \(table)"), "\(step): \(sql): \(detail)")
          }
        }
      }
    }
    #expect(explained > 50)
  }

  /// Words of SQLite that PostgreSQL or Snowflake lack.
  @Test func everyStatementIsPortable() throws {
    let all = try steps(parts: 20, workflow: "sales").values.joined()
    var statements = Set(all)
    try store.registerEngine(
      EngineInfo(
        id: "a", kind: .engine, host: "h", pid: 1, processStart: 1, affinity: nil, started: 0, heartbeat: 0))
    _ = try store.engines()
    let lock = LockInfo(name: "n", id: "i", who: "w", host: "h", pid: 1, processStart: 1, operation: "o")
    _ = try store.acquireLock(lock, now: 0)
    try store.heartbeatLock(name: "n", id: "i", now: 1)
    try store.releaseLock(name: "n", id: "i")
    var document = try store.pull()
    document.tables = []
    _ = try store.push(document, force: true, now: 0)
    _ = try store.tableSummaries()
    _ = try store.rate(source: "a", target: "b")
    statements.formUnion(database.take())
    let words = [
      "OR REPLACE", "OR IGNORE", "ON CONFLICT", "RETURNING", "AUTOINCREMENT", "PRAGMA", "ROWID", "IFNULL", "SQLITE",
      "STRFTIME", "GLOB", "JSON_", "`", "==", "||", "DATETIME", "TOTAL(", "INDEXED", "MIN(?", "MAX(?",
    ]
    for sql in statements {
      for word in words { #expect(!sql.uppercased().contains(word), "\(sql)") }
      #expect(!sql.contains("\""), "\(sql)")
    }
    #expect(statements.count > 60)
  }
}
