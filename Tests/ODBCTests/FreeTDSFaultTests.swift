import ODBC
import Support
import Testing

/// What goes wrong at a SQL Server, as the wrapper sees it through FreeTDS.
@Suite struct FreeTDSFaultTests {
  /// All rows of `t` by blocks of ten; how many came before the end or the error.
  private func read(_ connection: ODBCConnection) throws -> (rows: Int, error: ODBCError?) {
    let statement = try ODBCStatement(connection)
    var rows = 0
    do {
      try statement.execute("SELECT i, s FROM t ORDER BY i")
      let block = ODBCBlock(capacity: 10, [.int32, .wide(units: 50)])
      try statement.bind(block)
      while case let count = try statement.fetch(), count > 0 { rows += count }
      return (rows, nil)
    } catch {
      return (rows, error)
    }
  }

  @Test func loginsAreRefusedByTheServersOwnNumbers() async throws {
    let world = try await FreeTDSWorld()
    #expect { _ = try ODBCConnection(world.string(password: "hidden-word")) } throws: {
      ($0 as? ODBCError)?.native == 18456 && !"\($0)".contains("hidden-word")
    }
    #expect { _ = try ODBCConnection(world.string(database: "nowhere")) } throws: { ($0 as? ODBCError)?.native == 4060 }
    let fault = try await world.database.setFault(["act": "error", "kind": "login", "number": 40613])
    #expect { _ = try world.connect() } throws: { ($0 as? ODBCError)?.native == 40613 }
    #expect(try await world.database.server.fired(fault) == 1)
    _ = try world.connect()
  }

  @Test func encryptionIsWhatTheServerDemands() async throws {
    let world = try await FreeTDSWorld()
    let secure = try ODBCConnection(world.string(port: world.database.server.facts.securePort))
    #expect(try secure.rows("SELECT N'é'") == [["é"]])
    #expect(try await world.database.requests("login").last?.encrypted == true)
  }

  @Test(arguments: [1205, 1222, 1105, 229])
  func anErrorKeepsItsNumber(number: Int) async throws {
    let world = try await FreeTDSWorld()
    try await world.fill(95)
    let connection = try world.connect()
    for rows in [nil, 0, 33, 95] as [Int?] {
      var fault: [String: BenchValue] = ["act": "error", "number": .number(Double(number)), "text": "FROM t"]
      if let rows { fault["rows"] = .number(Double(rows)) }
      let id = try await world.database.setFault(fault)
      let found = try read(connection)
      #expect(found.error?.native == number, "\(String(describing: rows)): \(found)")
      // What came in the block of the error is not counted.
      #expect(found.rows <= rows ?? 0)
      #expect(try await world.database.server.fired(id) == 1)
    }
    #expect(try read(connection).rows == 95)
  }

  @Test func divisionAmongRowsIsNotTheirEnd() async throws {
    let world = try await FreeTDSWorld()
    #expect { _ = try world.connect().rows("SELECT 1 / 0") } throws: { ($0 as? ODBCError)?.native == 8134 }
    #expect { _ = try world.connect().rows("SELECT * FROM nope") } throws: { ($0 as? ODBCError)?.native == 208 }
  }

  @Test func aConnectionThatIsCutIsNeverTheEndOfTheRows() async throws {
    let world = try await FreeTDSWorld()
    try await world.fill(95)
    let places: [[String: BenchValue]] = [
      [:], ["rows": 0], ["rows": 33], ["bytes": 1], ["bytes": 100], ["bytes": 1500],
    ]
    for place in places {
      let fault = try await world.database.setFault(
        place.merging(["act": "reset", "text": "FROM t"]) { one, _ in one })
      let found = try read(world.connect())
      #expect(found.error != nil, "\(place)")
      #expect(found.rows < 95)
      #expect(try await world.database.server.fired(fault) == 1)
    }
    for act in ["half", "failover"] {
      let fault = try await world.database.setFault(["act": .text(act), "text": "FROM t"])
      #expect(try read(world.connect()).error != nil)
      #expect(try await world.database.server.fired(fault) == 1)
    }
    // The failover's refused login.
    #expect { _ = try world.connect() } throws: { ($0 as? ODBCError)?.native == 40613 }
    #expect(try read(world.connect()).rows == 95)
  }

  @Test func aRowThatIsCutIsAnError() async throws {
    let world = try await FreeTDSWorld()
    try await world.fill(95)
    let fault = try await world.database.setFault(["act": "truncate", "text": "FROM t", "rows": 33])
    let found = try read(world.connect())
    #expect(try await world.database.server.fired(fault) == 1)
    #expect(found.error != nil && found.rows <= 33)
  }

  @Test func textsThatAreNoneAreTold() async throws {
    let world = try await FreeTDSWorld()
    try await world.database.script(
      """
      CREATE TABLE t(i int, s nvarchar(20), v varchar(20) COLLATE Latin1_General_100_CI_AS_SC_UTF8);
      INSERT INTO t VALUES (1, N'one', 'one'), (2, N'two', 'two'), (3, N'three', 'three')
      """)
    let connection = try world.connect()
    _ = try await world.database.setFault(["act": "garble", "text": "FROM t", "rows": 1, "times": 2])
    let statement = try ODBCStatement(connection)
    try statement.execute("SELECT s, v FROM t ORDER BY i")
    let block = ODBCBlock(capacity: 10, [.wide(units: 20), .wide(units: 20)])
    try statement.bind(block)
    #expect(try statement.fetch() == 3)
    var bytes: [UInt8] = []
    for row in 0..<3 {
      // Half a pair comes as it is; what is no UTF-8 comes without a length.
      #expect(WideText.append(block.buffers[0].units(row), to: &bytes) == (row != 1))
      #expect(block.buffers[1].isTruncated(row) == (row == 1))
    }
    statement.close()
    let other = try ODBCStatement(connection)
    try other.execute("SELECT s FROM t ORDER BY i")
    #expect(try other.fetchOne())
    #expect(try other.stream(0, .text) { _ in })
    #expect(try other.fetchOne())
    #expect { _ = try other.stream(0, .text) { _ in } } throws: { ($0 as? ODBCError)?.state == "22021" }
  }

  @Test(arguments: [nil, 33] as [Int?])
  func anotherThreadCancels(rows: Int?) async throws {
    let world = try await FreeTDSWorld()
    try await world.fill(95)
    var fault: [String: BenchValue] = ["act": "hold", "text": "FROM t"]
    if let rows { fault["rows"] = .number(Double(rows)) }
    let id = try await world.database.setFault(fault)
    let connection = try world.connect()
    let statement = try ODBCStatement(connection)
    nonisolated(unsafe) let running = statement
    // A thread of its own: the call that waits would hold one of the few that tasks share.
    let reading = Task {
      try await FreeTDSWorld.blocking {
        try running.execute("SELECT i, s FROM t ORDER BY i")
        while try running.fetchOne() {}
      }
    }
    // The server says when the statement waits; a cancel before that would be lost.
    try await world.database.server.waitForFault(id)
    running.cancel()
    await #expect(throws: ODBCError.self) { try await reading.value }
    statement.close()
    #expect(try read(connection).rows == 95)
  }

  @Test func aServerThatIsSilentRunsIntoTheTimeout() async throws {
    let world = try await FreeTDSWorld()
    let fault = try await world.database.setFault(["act": "silent"])
    let connection = try world.connect()
    nonisolated(unsafe) let statement = try ODBCStatement(connection, timeout: 1)
    await #expect(throws: ODBCError.self) { try await FreeTDSWorld.blocking { try statement.execute("SELECT 1") } }
    #expect(try await world.database.server.fired(fault) == 1)
  }
}
