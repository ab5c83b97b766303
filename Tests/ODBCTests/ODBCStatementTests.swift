import Foundation
import ODBC
import Support
import Testing

/// The wrapper over psqlODBC and a real server.
@Suite struct ODBCStatementTests {
  @Test func blocksHoldEveryRowOnce() throws {
    let world = try ODBCWorld()
    let statement = try ODBCStatement(try world.connect())
    try statement.execute(
      """
      SELECT i::bigint, (i % 7)::int, (i % 3)::smallint, i / 4.0::float8, (i * 0.5)::float4, NULLIF('t' || i, 't5'),
        date '2024-02-28' + i % 3, timestamp '2024-01-01 00:00:00' + i * interval '1.000001 second'
      FROM generate_series(1, 1234) i ORDER BY i
      """)
    let block = ODBCBlock(
      capacity: 100, [.int64, .int32, .int16, .double, .float, .wide(units: 10), .date, .timestamp])
    try statement.bind(block)
    var next: Int64 = 1
    while case let rows = try statement.fetch(), rows > 0 {
      for row in 0..<rows {
        let buffers = block.buffers
        #expect(buffers[0].load(row, as: Int64.self) == next)
        #expect(buffers[1].load(row, as: Int32.self) == Int32(next % 7))
        #expect(buffers[2].load(row, as: Int16.self) == Int16(next % 3))
        #expect(buffers[3].load(row, as: Double.self) == Double(next) / 4)
        #expect(buffers[4].load(row, as: Float.self) == Float(next) / 2)
        #expect(buffers[5].isNull(row) == (next == 5))
        if next != 5 { #expect(String(decoding: buffers[5].units(row), as: UTF16.self) == "t\(next)") }
        let date = buffers[6].load(row, as: ODBCDate.self)
        #expect([28, 29, 1].contains(date.day) && date.year == 2024)
        #expect(buffers[7].load(row, as: ODBCTimestamp.self).fraction == UInt32(next) * 1000)
        next += 1
      }
    }
    #expect(next == 1235)
  }

  @Test(arguments: [
    (0, 10), (1, 10), (9, 10), (10, 10), (11, 10), (500, 10),
  ])
  func aValueThatDoesNotFitIsTold(length: Int, room: Int) throws {
    let world = try ODBCWorld()
    let connection = try world.connect()
    for (layout, sql) in [
      (ODBCLayout.wide(units: room), "repeat('é', \(length))"), (.narrow(bytes: room), "repeat('x', \(length))"),
      (.binary(bytes: room), "convert_to(repeat('x', \(length)), 'UTF8')"),
    ] {
      let statement = try ODBCStatement(connection)
      try statement.execute("SELECT \(sql)")
      let block = ODBCBlock(capacity: 2, [layout])
      try statement.bind(block)
      #expect(try statement.fetch() == 1)
      #expect(block.buffers[0].isTruncated(0) == (length > room), "\(layout)")
      if length <= room {
        #expect(block.buffers[0].bytes(0).count == length * (layout == .wide(units: room) ? 2 : 1))
      }
      statement.close()
    }
  }

  @Test(arguments: [0, 1, 32_766, 32_767, 32_768, 65_535, 65_536, 300_000])
  func valuesWithoutALimitAreStreamed(length: Int) throws {
    let world = try ODBCWorld()
    let connection = try world.connect(fetch: 1)
    let statement = try ODBCStatement(connection)
    // A pair of surrogates stands at every place of a piece's end for one of the lengths.
    try statement.execute(
      "SELECT 7, repeat('a', \(length)) || '😀' || repeat('b', \(length)), convert_to(repeat('z', \(length)), 'UTF8'), NULL::text"
    )
    let block = ODBCBlock(capacity: 1, [.int32])
    try statement.bind(block)
    #expect(try statement.fetchOne())
    #expect(block.buffers[0].load(0, as: Int32.self) == 7)
    var text: [UInt8] = []
    #expect(try statement.stream(1, .text) { text.append(contentsOf: $0) })
    let expected = String(repeating: "a", count: length) + "😀" + String(repeating: "b", count: length)
    #expect(text == Array(expected.utf8))
    var bytes: [UInt8] = []
    #expect(try statement.stream(2, .binary) { bytes.append(contentsOf: $0) })
    #expect(bytes == Array(repeating: UInt8(ascii: "z"), count: length))
    #expect(try !statement.stream(3, .text) { _ in Issue.record("NULL has no bytes") })
    #expect(try !statement.fetchOne())
  }

  @Test func columnsAreDescribed() throws {
    let world = try ODBCWorld()
    try world.database.run("CREATE TABLE t(id int PRIMARY KEY, \"Größe 漢\" varchar(30), n numeric(12,2) NOT NULL)")
    let connection = try world.connect()
    let statement = try ODBCStatement(connection)
    try statement.execute("SELECT * FROM t")
    let columns = try statement.columns()
    #expect(columns.map(\.name) == ["id", "Größe 漢", "n"])
    #expect(columns[1].size == 30)
    #expect(columns[2].decimalDigits == 2)
    #expect(try connection.serverName() == "PostgreSQL")
    #expect(try connection.driverName().contains("psqlodbcw"))
    #expect(try !connection.driverVersion().isEmpty && !connection.serverVersion().isEmpty)
  }

  @Test func smallResultsComeAsText() throws {
    let world = try ODBCWorld()
    let rows = try world.connect().rows("SELECT 1, 'é', NULL, '' UNION ALL SELECT 2, '😀', 'x', ' ' ORDER BY 1")
    #expect(rows == [["1", "é", nil, ""], ["2", "😀", "x", " "]])
  }

  @Test func anErrorAmongTheRowsIsNotTheirEnd() throws {
    let world = try ODBCWorld()
    let connection = try world.connect(fetch: 10)
    let statement = try ODBCStatement(connection)
    try statement.execute("SELECT 1 / (95 - i) FROM generate_series(1, 100) i")
    let block = ODBCBlock(capacity: 10, [.int32])
    try statement.bind(block)
    var rows = 0
    #expect {
      while case let count = try statement.fetch(), count > 0 { rows += count }
    } throws: { ($0 as? ODBCError)?.state == "22012" }
    #expect(rows < 95)
  }

  @Test func aSessionThatIsEndedIsAnError() throws {
    let world = try ODBCWorld()
    let connection = try world.connect(fetch: 10)
    let process = try #require(try connection.rows("SELECT pg_backend_pid()").first?.first ?? nil)
    let statement = try ODBCStatement(connection)
    try statement.execute("SELECT i FROM generate_series(1, 100000) i")
    let block = ODBCBlock(capacity: 10, [.int32])
    try statement.bind(block)
    #expect(try statement.fetch() == 10)
    try world.database.run("SELECT pg_terminate_backend(\(process))")
    var rows = 10
    #expect(throws: ODBCError.self) {
      while case let count = try statement.fetch(), count > 0 { rows += count }
    }
    #expect(rows < 100_000)
  }

  @Test func anotherThreadCancels() async throws {
    let world = try ODBCWorld()
    let statement = try ODBCStatement(try world.connect())
    nonisolated(unsafe) let running = statement
    let canceller = Task.detached {
      // The server itself says when the statement runs; a cancel before that would be lost.
      _ = try await waiting(for: "the statement to run") {
        let count = try world.database.run(
          "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)%' AND state = 'active' AND pid <> pg_backend_pid()"
        )
        return count.trimmingCharacters(in: .whitespacesAndNewlines) == "0" ? nil : true
      }
      running.cancel()
    }
    #expect { try statement.execute("SELECT pg_sleep(600)") } throws: {
      ($0 as? ODBCError)?.state == "HY008" || ($0 as? ODBCError)?.state == "57014"
    }
    try await canceller.value
  }

  @Test func aTimeoutEndsAStatement() throws {
    let world = try ODBCWorld()
    let statement = try ODBCStatement(try world.connect(), timeout: 1)
    #expect(throws: ODBCError.self) { try statement.execute("SELECT pg_sleep(600)") }
  }

  @Test func aTransactionIsUndone() throws {
    let world = try ODBCWorld()
    let connection = try world.connect()
    try connection.execute("CREATE TABLE t(i int)")
    try connection.setAutocommit(false)
    try connection.execute("INSERT INTO t VALUES (1)")
    try connection.rollback()
    try connection.execute("INSERT INTO t VALUES (2)")
    try connection.commit()
    #expect(try connection.rows("SELECT i FROM t") == [["2"]])
  }
}
