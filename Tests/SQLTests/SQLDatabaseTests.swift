import Foundation
import SQL
import Synchronization
import Testing

private struct Refusal: Error {}

/// What every database behind the protocol must do alike.
@Suite struct SQLDatabaseTests {
  @Test(arguments: Backend.allCases)
  func valuesComeBackAsTheyWent(_ backend: Backend) throws {
    let sandbox = try Sandbox()
    let database = try sandbox.open(backend)
    let rows: [[SQLValue]] = [
      [1, .integer(.max), .real(0.1), "é\u{1F600}' \"\n"], [2, .integer(.min), .real(-1.5e300), ""],
      [3, nil, nil, nil], [4, 0, .real(.leastNonzeroMagnitude), .text(String(repeating: "x", count: 100_000))],
    ]
    try database.write { connection in
      try connection.execute("CREATE TABLE t (id INTEGER, i BIGINT, r DOUBLE PRECISION, s TEXT)")
      try connection.insert(into: "t", columns: ["id", "i", "r", "s"], rows: rows)
    }
    let found = try database.read { try $0.query("SELECT id, i, r, s FROM t ORDER BY id") }
    #expect(found.map(\.values) == rows)
    #expect(found[0].columns == ["id", "i", "r", "s"])
  }

  @Test(arguments: Backend.allCases)
  func executeCountsTheRowsItChanged(_ backend: Backend) throws {
    let sandbox = try Sandbox()
    let database = try sandbox.open(backend)
    try database.write { connection in
      try connection.execute("CREATE TABLE t (id INTEGER)")
      #expect(try connection.execute("INSERT INTO t (id) VALUES (?), (?), (?)", [1, 2, 3]) == 3)
      #expect(try connection.execute("UPDATE t SET id = id + 1 WHERE id > ?", [1]) == 2)
      #expect(try connection.execute("UPDATE t SET id = 0 WHERE id = 99") == 0)
      #expect(try connection.execute("DELETE FROM t") == 3)
    }
  }

  @Test(arguments: Backend.allCases)
  func aBodyThatThrowsLeavesNothingBehind(_ backend: Backend) throws {
    let sandbox = try Sandbox()
    let database = try sandbox.open(backend)
    try database.write { try $0.execute("CREATE TABLE t (id INTEGER)") }
    #expect(throws: Refusal.self) {
      try database.write { connection in
        try connection.execute("INSERT INTO t (id) VALUES (1)")
        throw Refusal()
      }
    }
    #expect(try database.read { try $0.query("SELECT * FROM t") }.isEmpty)
    try database.write { try $0.execute("INSERT INTO t (id) VALUES (2)") }
    #expect(try database.read { try $0.query("SELECT id FROM t") }.map { try $0.int("id") } == [2])
  }

  @Test(arguments: Backend.allCases)
  func aReaderCannotWrite(_ backend: Backend) throws {
    let sandbox = try Sandbox()
    let database = try sandbox.open(backend)
    try database.write { try $0.execute("CREATE TABLE t (id INTEGER)") }
    let writes: [(any SQLConnection) throws -> Void] = [
      { try $0.execute("INSERT INTO t (id) VALUES (1)") }, { _ = try $0.query("DELETE FROM t") },
    ]
    for write in writes {
      let error = #expect(throws: SQLError.self) { try database.read { try write($0) } }
      #expect(error?.code == .readOnly)
    }
  }

  @Test(arguments: Backend.allCases)
  func errorsNameTheStatementAndNoValue(_ backend: Backend) throws {
    let sandbox = try Sandbox()
    let database = try sandbox.open(backend)
    try database.write { try $0.execute("CREATE TABLE t (id INTEGER NOT NULL PRIMARY KEY, s TEXT NOT NULL)") }
    let error = #expect(throws: SQLError.self) {
      try database.write { connection in
        try connection.execute("INSERT INTO t (id, s) VALUES (?, ?)", [7, "secret"])
        try connection.execute("INSERT INTO t (id, s) VALUES (?, ?)", [7, "secret"])
      }
    }
    #expect(error?.code == .constraint)
    #expect(error?.statement == "INSERT INTO t (id, s) VALUES (?, ?)")
    #expect(error?.description.contains("secret") == false)
    let unknown = #expect(throws: SQLError.self) { try database.read { try $0.query("SELECT * FROM nowhere") } }
    #expect(unknown?.code == .other)
  }

  @Test(arguments: Backend.allCases)
  func tableNamesAreInLowerCase(_ backend: Backend) throws {
    let sandbox = try Sandbox()
    let database = try sandbox.open(backend)
    #expect(try database.read { try $0.tableNames() }.isEmpty)
    try database.write { try $0.execute("CREATE TABLE Mixed (id INTEGER)") }
    #expect(try database.read { try $0.tableNames() } == ["mixed"])
  }

  @Test(arguments: Backend.allCases)
  func insertTakesAnyNumberOfRows(_ backend: Backend) throws {
    let sandbox = try Sandbox()
    let database = try sandbox.open(backend)
    try database.write { try $0.execute("CREATE TABLE t (a INTEGER, b TEXT, c INTEGER)") }
    for count in [0, 1, 159, 160, 161, 1000] {
      try database.write { connection in
        try connection.execute("DELETE FROM t")
        try connection.insert(
          into: "t", columns: ["a", "b", "c"],
          rows: (0..<count).map { [SQLValue($0), .text("\($0)"), SQLValue(-$0)] })
      }
      let row = try #require(
        try database.read {
          try $0.first("SELECT COUNT(*) AS n, COUNT(DISTINCT a) AS d, SUM(a) + SUM(c) AS zero FROM t")
        })
      #expect(try row.int("n") == count)
      #expect(try row.int("d") == count)
      #expect(try row.optionalInt("zero") ?? 0 == 0)
    }
  }

  @Test(arguments: Backend.allCases)
  func putUpdatesOrInserts(_ backend: Backend) throws {
    let sandbox = try Sandbox()
    let database = try sandbox.open(backend)
    try database.write { connection in
      try connection.execute("CREATE TABLE t (k TEXT, v INTEGER)")
      try connection.put(into: "t", key: [("k", "a")], values: [("v", 1)])
      try connection.put(into: "t", key: [("k", "b")], values: [("v", 2)])
      try connection.put(into: "t", key: [("k", "a")], values: [("v", 3)])
    }
    let rows = try database.read { try $0.query("SELECT k, v FROM t ORDER BY k") }
    #expect(rows.map(\.values) == [["a", 3], ["b", 2]])
  }

  @Test(arguments: Backend.allCases)
  func asyncCallersGetTheSame(_ backend: Backend) async throws {
    let sandbox = try Sandbox()
    let database = try sandbox.open(backend)
    let found = try await database.perform { database in
      try database.write { connection in
        try connection.execute("CREATE TABLE t (id INTEGER)")
        try connection.execute("INSERT INTO t (id) VALUES (?)", [5])
      }
      return try database.read { try $0.query("SELECT id FROM t").map { try $0.int("id") } }
    }
    #expect(found == [5])
    await #expect(throws: Refusal.self) { try await database.perform { _ in throw Refusal() } }
  }

  @Test(arguments: Backend.allCases)
  func writersTakeTurns(_ backend: Backend) throws {
    let sandbox = try Sandbox()
    let database = try sandbox.open(backend)
    try database.write { connection in
      try connection.execute("CREATE TABLE t (n INTEGER)")
      try connection.execute("INSERT INTO t (n) VALUES (0)")
    }
    let failures = Mutex(0)
    DispatchQueue.concurrentPerform(iterations: 200) { _ in
      do {
        try database.write { connection in
          let n = try #require(try connection.first("SELECT n FROM t")).int("n")
          try connection.execute("UPDATE t SET n = ?", [SQLValue(n + 1)])
        }
      } catch {
        failures.withLock { $0 += 1 }
      }
    }
    #expect(failures.withLock { $0 } == 0)
    #expect(try database.read { try $0.first("SELECT n FROM t")?.int("n") } == 200)
  }

  @Test(arguments: Backend.allCases)
  func aClosedDatabaseRefuses(_ backend: Backend) throws {
    let sandbox = try Sandbox()
    let database = try sandbox.open(backend)
    try database.close()
    try database.close()
    #expect(throws: SQLError.self) { try database.read { try $0.query("SELECT 1") } }
  }
}
