import Foundation
import ODBC
import Support
import Testing

/// The wrapper over FreeTDS and the TDS server of the tests.
@Suite struct FreeTDSTests {
  @Test func blocksHoldEveryRowOnce() async throws {
    let world = try await FreeTDSWorld()
    let rows = (1...1234).map { i in
      "(\(i), \(i % 7), \(i % 3), \(Double(i) / 4), \(Double(i) / 2), \(i == 5 ? "NULL" : "N'漢\(i)'"), "
        + "'2024-02-\(28 + i % 2)', '2024-01-01 00:00:00.\(String(i + 1000).suffix(3))', \(i % 2))"
    }
    try await world.database.script(
      """
      CREATE TABLE t(i bigint NOT NULL, n int, k smallint, d float, f real, s nvarchar(10), a date, m datetime2(3), b bit);
      INSERT INTO t VALUES \(rows.joined(separator: ",\n"))
      """)
    let statement = try ODBCStatement(try world.connect())
    try statement.execute("SELECT * FROM t ORDER BY i")
    let block = ODBCBlock(
      capacity: 100, [.int64, .int32, .int16, .double, .float, .wide(units: 10), .date, .timestamp, .bit])
    try statement.bind(block)
    var next: Int64 = 1
    while case let count = try statement.fetch(), count > 0 {
      for row in 0..<count {
        let buffers = block.buffers
        #expect(buffers[0].load(row, as: Int64.self) == next)
        #expect(buffers[1].load(row, as: Int32.self) == Int32(next % 7))
        #expect(buffers[2].load(row, as: Int16.self) == Int16(next % 3))
        #expect(buffers[3].load(row, as: Double.self) == Double(next) / 4)
        #expect(buffers[4].load(row, as: Float.self) == Float(next) / 2)
        #expect(buffers[5].isNull(row) == (next == 5))
        if next != 5 { #expect(String(decoding: buffers[5].units(row), as: UTF16.self) == "漢\(next)") }
        #expect(buffers[6].load(row, as: ODBCDate.self).day == UInt16(28 + next % 2))
        #expect(buffers[7].load(row, as: ODBCTimestamp.self).fraction == UInt32(next % 1000) * 1_000_000)
        #expect(buffers[8].load(row, as: UInt8.self) == UInt8(next % 2))
        next += 1
      }
    }
    #expect(next == 1235)
  }

  @Test func momentsKeepTheirHundredNanoseconds() async throws {
    let world = try await FreeTDSWorld()
    let statement = try ODBCStatement(try world.connect())
    try statement.execute(
      """
      SELECT CAST('9999-12-31 23:59:59.9999999' AS datetime2(7)), CAST('0001-01-01' AS datetime2(7)),
        CAST('00112233-4455-6677-8899-AABBCCDDEEFF' AS uniqueidentifier)
      """)
    let block = ODBCBlock(capacity: 1, [.timestamp, .timestamp, .guid])
    try statement.bind(block)
    #expect(try statement.fetch() == 1)
    let last = block.buffers[0].load(0, as: ODBCTimestamp.self)
    #expect(last.year == 9999 && last.second == 59 && last.fraction == 999_999_900)
    #expect(block.buffers[1].load(0, as: ODBCTimestamp.self).year == 1)
    #expect(block.buffers[2].load(0, as: UInt32.self) == 0x0011_2233)
  }

  /// FreeTDS reports truncated wide text as a success: the indicator alone tells.
  @Test(arguments: [(0, 10), (1, 10), (9, 10), (10, 10), (11, 10), (500, 10), (100_000, 4000)])
  func aValueThatDoesNotFitIsTold(length: Int, room: Int) async throws {
    let world = try await FreeTDSWorld()
    let connection = try world.connect()
    for (layout, sql) in [
      (ODBCLayout.wide(units: room), "REPLICATE(CAST(N'é' AS nvarchar(max)), \(length))"),
      (.narrow(bytes: room), "REPLICATE(CAST('x' AS varchar(max)), \(length))"),
      (.binary(bytes: room), "CAST(REPLICATE(CAST('x' AS varchar(max)), \(length)) AS varbinary(max))"),
    ] {
      let statement = try ODBCStatement(connection)
      try statement.execute("SELECT \(sql)")
      let block = ODBCBlock(capacity: 2, [layout])
      try statement.bind(block)
      #expect(try statement.fetch() == 1)
      #expect(block.buffers[0].isTruncated(0) == (length > room), "\(layout) \(length)")
      if length <= room {
        #expect(block.buffers[0].bytes(0).count == length * (layout == .wide(units: room) ? 2 : 1))
      }
      statement.close()
    }
  }

  @Test(arguments: [0, 1, 32_766, 32_767, 32_768, 65_535, 65_536, 300_000])
  func valuesWithoutALimitAreStreamed(length: Int) async throws {
    let world = try await FreeTDSWorld()
    let statement = try ODBCStatement(try world.connect())
    let wide =
      "REPLICATE(CAST(N'a' AS nvarchar(max)), \(length)) + N'😀' + REPLICATE(CAST(N'b' AS nvarchar(max)), \(length))"
    try statement.execute(
      """
      SELECT 7, \(wide), CAST(REPLICATE(CAST('z' AS varchar(max)), \(length)) AS varbinary(max)), CAST(NULL AS nvarchar(max)),
        CAST(REPLICATE(CAST('é' AS varchar(max)), \(length)) AS text), CAST(N'<a>漢</a>' AS xml)
      """)
    let block = ODBCBlock(capacity: 1, [.int32])
    try statement.bind(block)
    #expect(try statement.fetchOne())
    #expect(block.buffers[0].load(0, as: Int32.self) == 7)
    #expect(
      try text(statement, 1) == String(repeating: "a", count: length) + "😀" + String(repeating: "b", count: length))
    var bytes: [UInt8] = []
    #expect(try statement.stream(2, .binary) { bytes.append(contentsOf: $0) })
    #expect(bytes == Array(repeating: UInt8(ascii: "z"), count: length))
    #expect(try text(statement, 3) == nil)
    #expect(try text(statement, 4) == String(repeating: "é", count: length))
    #expect(try text(statement, 5) == "<a>漢</a>")
    #expect(try !statement.fetchOne())
  }

  private func text(_ statement: ODBCStatement, _ column: Int) throws -> String? {
    var bytes: [UInt8] = []
    let isThere = try statement.stream(column, .text) { bytes.append(contentsOf: $0) }
    return isThere ? String(decoding: bytes, as: UTF8.self) : nil
  }

  @Test func smallResultsComeAsText() async throws {
    let world = try await FreeTDSWorld()
    let rows = try world.connect().rows(
      """
      SELECT CAST(1 AS sql_variant), CAST('23:59:59.9999999' AS time(7)), CAST(-1.50 AS decimal(38,2)), CAST(0x00FF AS varbinary(2)),
        CAST('2024-06-01 01:02:03.1234567 -13:59' AS datetimeoffset(7)), N'漢😀', CAST(NULL AS int)
      """)
    #expect(
      rows == [
        ["1", "23:59:59.9999999", "-1.50", "00ff", "2024-06-01 01:02:03.1234567 -13:59", "漢😀", nil]
      ])
  }

  @Test func whatServerAndDriverCallThemselves() async throws {
    let connection = try await FreeTDSWorld().connect()
    #expect(try connection.serverName() == "Microsoft SQL Server")
    #expect(try connection.serverVersion().hasPrefix("16."))
    #expect(try connection.driverName().contains("tdsodbc"))
  }
}
