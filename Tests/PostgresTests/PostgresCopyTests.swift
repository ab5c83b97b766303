import Postgres
import Support
import Testing

/// Rows that come by COPY, and everything that may come instead of the next one.
@Suite(.blocking) struct PostgresCopyTests {
  private static let endless = "COPY (SELECT generate_series(1, 1000000000)) TO STDOUT (FORMAT binary)"

  private func connection() throws -> (PostgresDatabase, PostgresConnection) {
    let database = try PostgresServer.shared().database()
    return (database, try PostgresConnection(database.settings))
  }

  @Test func bringsEveryRow() throws {
    let (_, connection) = try connection()
    let copy = try connection.copyOut("COPY (SELECT generate_series(1, 50000)) TO STDOUT")
    var sum = 0
    while let row = try copy.next({}) { sum += Int(String(decoding: row.dropLast(), as: UTF8.self)) ?? 0 }
    #expect(sum == 50_000 * 50_001 / 2 && copy.rows == 50_000)
    #expect(try connection.query("SELECT 1").integer(0, 0) == 1)
  }

  @Test func tellsOfARowThatFails() throws {
    let (_, connection) = try connection()
    let copy = try connection.copyOut("COPY (SELECT 1 / (5000 - i) FROM generate_series(1, 10000) AS i) TO STDOUT")
    let error = try #require(throws: PostgresError.self) { while try copy.next({}) != nil {} }
    #expect(error.sqlState == "22012" && copy.rows == nil)
    #expect(try connection.query("SELECT 1").integer(0, 0) == 1)
  }

  @Test func refusesAStatementThatCannotRun() throws {
    let (_, connection) = try connection()
    let error = try #require(throws: PostgresError.self) { _ = try connection.copyOut("COPY nowhere TO STDOUT") }
    #expect(error.sqlState == "42P01")
    #expect(try #require(throws: PostgresError.self) { _ = try connection.copyOut("SELECT 1") }.code == .protocolBroken)
    #expect(try connection.query("SELECT 1").integer(0, 0) == 1)
  }

  @Test func endsOnTheServerWhenDropped() throws {
    let (_, connection) = try connection()
    do {
      let copy = try connection.copyOut(Self.endless)
      #expect(try copy.next({}) != nil)
    }
    #expect(try connection.query("SELECT 1").integer(0, 0) == 1)
  }

  @Test func endsOnTheServerWhenItsListenerThrows() throws {
    struct Stop: Error {}
    let (_, connection) = try connection()
    // Nothing is sent before the first row: the listener is heard from the start.
    #expect(throws: Stop.self) { _ = try connection.copyOut("COPY (SELECT pg_sleep(600)) TO STDOUT") { throw Stop() } }
    let copy = try connection.copyOut(
      "COPY (SELECT i, CASE WHEN i > 100000 THEN pg_sleep(600) END FROM generate_series(1, 200000) AS i) TO STDOUT")
    #expect(throws: Stop.self) { while try copy.next({ throw Stop() }) != nil {} }
    #expect(try connection.query("SELECT 1").integer(0, 0) == 1)
  }

  @Test func noticesACutInTheMiddle() throws {
    let (database, connection) = try connection()
    let copy = try connection.copyOut(Self.endless)
    #expect(try copy.next({}) != nil)
    try database.run("SELECT pg_terminate_backend(\(connection.backend))")
    let error = try #require(throws: PostgresError.self) { while try copy.next({}) != nil {} }
    #expect(error.isTransient, "\(error)")
  }
}
