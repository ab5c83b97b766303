import ODBC
import Support
import Testing

/// Bytes that did not fit, among rows that did.
@Suite struct FreeTDSCutTests {
  @Test func rowsBehindACutValueAreNoErrors() async throws {
    let world = try await FreeTDSWorld()
    let long = String(repeating: "00FF", count: 4000)
    try await world.database.script(
      "CREATE TABLE t(i int, v varbinary(max)); INSERT INTO t VALUES (1, 0x), (2, 0x\(long)), (3, NULL), (4, 0x01)")
    let statement = try ODBCStatement(try world.connect())
    try statement.execute("SELECT i, v FROM t ORDER BY i")
    let block = ODBCBlock(capacity: 8, [.int32, .binary(bytes: 1024)])
    try statement.bind(block)
    #expect(try statement.fetch() == 4)
    #expect((0..<4).map { block.buffers[1].isTruncated($0) } == [false, true, false, false])
    #expect(block.buffers[1].isNull(2) && block.buffers[1].bytes(3).elementsEqual([1]))
    #expect(try statement.fetch() == 0)
  }
}
