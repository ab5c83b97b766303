import Foundation
import Postgres
import SQL
import Support
import Synchronization
import Testing

/// What a server that others use, that goes away and comes back, asks of a database beyond what a file does.
@Suite struct PostgreSQLDatabaseTests {
  private let sandbox: Sandbox
  private let database: PostgreSQLDatabase

  init() throws {
    sandbox = try Sandbox()
    database = try PostgreSQLDatabase(Sandbox.settings(), schema: sandbox.schema)
    try database.write { connection in
      try connection.execute("CREATE TABLE t (id INTEGER NOT NULL, n INTEGER NOT NULL)")
      try connection.insert(into: "t", columns: ["id", "n"], rows: [[1, 0]])
    }
  }

  private func count() throws -> Int {
    try database.read { try #require(try $0.first("SELECT n FROM t WHERE id = 1")).int("n") }
  }

  private func add(_ database: PostgreSQLDatabase) throws {
    try database.write(.normal) { try $0.execute("UPDATE t SET n = n + 1 WHERE id = ?", [1]) }
  }

  /// Ends the connections of the schema's database objects, as an operator does.
  private func terminate(_ connection: any SQLConnection) throws {
    _ = try connection.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = ? AND pid <> pg_backend_pid()",
      [.text(sandbox.schema)])
  }

  private func named(port: Int? = nil, busyTimeout: Double = 30) throws -> PostgreSQLDatabase {
    var settings = try Sandbox.settings(port: port)
    settings.applicationName = sandbox.schema
    // A proxy finds its place by words.
    if port != nil { settings.sslMode = "disable" }
    return try PostgreSQLDatabase(settings, schema: sandbox.schema, busyTimeout: busyTimeout)
  }

  @Test func manyWritersLoseNothing() throws {
    let failures = Mutex<[String]>([])
    DispatchQueue.concurrentPerform(iterations: 4) { _ in
      do {
        let own = try named()
        for _ in 0..<25 { try own.write { try $0.execute("UPDATE t SET n = n + 1 WHERE id = 1") } }
      } catch {
        failures.withLock { $0.append("\(error)") }
      }
    }
    #expect(failures.withLock { $0 } == [])
    #expect(try count() == 100)
  }

  @Test func aConnectionThatBrokeWhileNobodyUsedItIsMadeAnew() throws {
    let own = try named()
    try add(own)
    try database.read { try terminate($0) }
    try add(own)
    #expect(try count() == 2)
  }

  @Test func aBodyWhoseConnectionBreaksIsRunOnceMore() throws {
    let own = try named()
    var bodies = 0
    try own.write { connection in
      bodies += 1
      try connection.execute("UPDATE t SET n = n + 1 WHERE id = 1")
      if bodies == 1 { try database.read { try terminate($0) } }
      try connection.execute("UPDATE t SET n = n + 10 WHERE id = 1")
    }
    #expect(bodies == 2)
    #expect(try count() == 11)
  }

  /// The answer to a commit is lost: the transaction is done once, whether the server had heard of it or not.
  @Test(arguments: [true, false]) func aCommitWithoutAnAnswerIsLookedUp(isHeard: Bool) throws {
    let proxy = try CuttingProxy(to: Sandbox.settings().port)
    let own = try named(port: proxy.port)
    let commit = Array("COMMIT".utf8)
    proxy.arm(isSevering: true) { number in
      guard number == 0 else { return nil }
      // The message's ending zero comes after the word: without it the server hears nothing.
      return CuttingProxy.Fault(.behind(commit, plus: isHeard ? 1 : 0, from: .client), .close)
    }
    var bodies = 0
    try own.write { connection in
      bodies += 1
      try connection.execute("UPDATE t SET n = n + 1 WHERE id = 1")
    }
    #expect(proxy.harmed.contains { $0.fault?.description.contains("COMMIT") == true })
    #expect(try count() == 1)
    #expect(bodies <= 2)
  }

  @Test func whoHoldsOnTooLongIsSaidToTheOthers() throws {
    let own = try named(busyTimeout: 0.05)
    let error = try database.write { _ in
      #expect(throws: SQLError.self) { try own.write { _ in } }
    }
    #expect(error?.code == .busy)
    try add(own)
    #expect(try count() == 1)
  }

  @Test func aServerThatIsNotThereIsUnreachableAndAWrongLoginIsNot() throws {
    let proxy = try CuttingProxy(to: Sandbox.settings().port)
    let own = try named(port: proxy.port, busyTimeout: 0.2)
    proxy.arm(isSevering: true) { _ in CuttingProxy.Fault(.after(0, from: .server), .close) }
    let error = #expect(throws: SQLError.self) { try add(own) }
    #expect(error?.code == .unreachable)
    proxy.disarm()
    try add(own)
    #expect(try count() == 1)

    var settings = try Sandbox.settings()
    (settings.user, settings.password) = ("needs_password", "wrong and secret")
    let refused = #expect(throws: SQLError.self) { try PostgreSQLDatabase(settings, schema: "a") }
    #expect(refused?.code == .cannotOpen)
    #expect(refused.map { "\($0)".contains("wrong and secret") } == false)
  }

  @Test func aSchemaMayHaveTheNameOfAKeyword() throws {
    let server = try PostgresServer.shared().database()
    var settings = try Sandbox.settings()
    settings.database = server.name
    let own = try PostgreSQLDatabase(settings, schema: "order")
    try own.write { try $0.execute("CREATE TABLE t (id INTEGER)") }
    #expect(try own.read { try $0.tableNames() } == ["t"])
  }

  @Test func questionMarksInTextStay() throws {
    let found = try database.read { try $0.query("SELECT 'what?' AS q, ? + 1 AS n", [4]) }
    #expect(try found.first?.text("q") == "what?" && found.first?.int("n") == 5)
  }

  @Test func truthAndSumsAreNumbers() throws {
    let row = try database.read { try $0.first("SELECT n = 0 AS truth, (SELECT sum(n) FROM t) AS total FROM t") }
    #expect(try row?.bool("truth") == true && row?.int("total") == 0)
  }
}
