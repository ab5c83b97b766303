import Foundation
import Snowflake
import Support
import Synchronization
import Testing

/// Results in every form in which they come.
struct ResultTests {
  private static let streams = Result {
    try JSONDecoder().decode([String: String].self, from: PythonReader.run("arrow_result.py"))
  }

  private static func columns(_ types: [(String, Int?)]) -> String {
    let list = types.enumerated().map { index, type in
      #"{"name":"C\#(index)","type":"\#(type.0)","nullable":true,"scale":\#(type.1.map(String.init) ?? "null")}"#
    }
    return "[\(list.joined(separator: ","))]"
  }

  private static func arrow(_ name: String, _ types: [(String, Int?)], total: Int) throws -> [[String?]] {
    let base64 = try #require(try streams.get()[name])
    let account = try Account { request, _ in
      request.path == "/queries/v1/query-request"
        ? .answer(
          #"{"queryId":"q","queryResultFormat":"arrow","rowtype":\#(columns(types)),"rowsetBase64":"\#(base64)","total":\#(total)}"#
        ) : nil
    }
    return try account.open().rows("select")
  }

  @Test func arrowNumbersBecomeTheTextOfJSON() throws {
    let types: [(String, Int?)] = [
      ("FIXED", 0), ("FIXED", 2), ("FIXED", 0), ("FIXED", 0), ("FIXED", 3), ("REAL", nil), ("BOOLEAN", nil),
    ]
    let rows: [[String?]] = [
      [
        "-128", "-0.05", "-2147483648", "9223372036854775807", "-99999999999999999999999999999999999.999", "1.5", "1",
      ], [nil, "0.00", "1", "-1", nil, "nan", nil], ["127", "123.45", nil, "0", "0.001", "-0.0", "0"],
    ]
    #expect(try Self.arrow("numbers", types, total: 3) == rows)
    #expect(try Self.arrow("sliced", types, total: 3) == [rows[1], rows[2], rows[2]])
  }

  @Test func arrowTimesBecomeTheTextOfJSON() throws {
    let types: [(String, Int?)] = [
      ("DATE", nil), ("TIME", 9), ("TIMESTAMP_NTZ", 9), ("TIMESTAMP_LTZ", 3), ("TIMESTAMP_TZ", 9), ("TIMESTAMP_TZ", 3),
    ]
    #expect(
      try Self.arrow("times", types, total: 2) == [
        [
          "-719162", "86399.999999999", "-0.500000000", "-1.500", "253402300799.999999999 2279", "1700000000.123 1380",
        ], [nil, "0.000000000", nil, "0.000", "0.000000000 1440", nil],
      ])
  }

  @Test func arrowTextsBecomeTheTextOfJSON() throws {
    #expect(
      try Self.arrow("texts", [("TEXT", nil), ("BINARY", nil), ("VARIANT", nil)], total: 3) == [
        ["é", "00FF", #"{"a":1}"#], ["", nil, "x"], [nil, "", "y"],
      ])
  }

  @Test func aTimestampWithoutSecondsIsNullAndOneWithoutItsFractionIsRefused() throws {
    #expect(try Self.arrow("holes", [("TIMESTAMP_NTZ", 9)], total: 2) == [[nil], ["1.000000002"]])
    #expect(throws: SnowflakeError.self) { try Self.arrow("torn", [("TIMESTAMP_NTZ", 9)], total: 1) }
  }

  @Test func anArrowLayoutThatIsUnknownIsNamed() throws {
    let error = try #require(throws: SnowflakeError.self) { try Self.arrow("list", [("ARRAY", nil)], total: 1) }
    #expect(error.outcome == .executed)
    #expect(error.description.contains("column C0 of type array"))
    let damaged = try Account { request, _ in
      request.path == "/queries/v1/query-request"
        ? .answer(#"{"queryId":"q","rowtype":[],"rowsetBase64":"QUJD"}"#) : nil
    }
    #expect(throws: SnowflakeError.self) { try damaged.open().rows("select") }
  }

  /// `[["1"],["2"]]` inline, then chunks of which the second is packed without saying so.
  private static func chunked(
    _ account: Account, generation: Int, extra: String = ""
  ) -> ServerReply {
    let url = account.server.url
    return .answer(
      #"{"queryId":"q-1","queryResultFormat":"json","rowtype":[{"name":"A","type":"FIXED"}],"rowset":[["1"],["2"]],"total":5,"chunks":[{"url":"\#(url)/chunk/0?g=\#(generation)","rowCount":2},{"url":"\#(url)/chunk/1?g=\#(generation)","rowCount":1}]\#(extra)}"#
    )
  }

  private static func chunk(_ request: ServerRequest) -> ServerReply? {
    // `["5"]`, as Python's gzip packs it.
    switch request.path {
    case "/chunk/0": .text(#"["3"], [null]"#)
    case "/chunk/1":
      .reply(status: 200, body: Array(Data(base64Encoded: "H4sIAAAAAAAC/4tWMlWKBQBgIhITBQAAAA==") ?? Data()))
    default: nil
    }
  }

  @Test func chunksAreReadInOrderWithTheirHeadersAndNoToken() throws {
    let box = Mutex<Account?>(nil)
    let account = try Account { request, _ in
      if request.path == "/queries/v1/query-request" {
        return box.withLock { Self.chunked($0!, generation: 0, extra: #","qrmk":"a2V5""#) }
      }
      return Self.chunk(request)
    }
    box.withLock { $0 = account }
    defer { box.withLock { $0 = nil } }
    let result = try account.open().run(Statement("select"))
    #expect(result.total == 5)
    #expect(try result.allRows() == [["1"], ["2"], ["3"], [nil], ["5"]])
    let request = try #require(account.requests("/chunk/0").first)
    #expect(request.headers["authorization"] == nil)
    #expect(request.headers["x-amz-server-side-encryption-customer-algorithm"] == "AES256")
    #expect(request.headers["x-amz-server-side-encryption-customer-key"] == "a2V5")
  }

  @Test func expiredAddressesAreReplacedByFreshOnes() throws {
    let box = Mutex<Account?>(nil)
    let account = try Account { request, number in
      switch request.path {
      case "/queries/v1/query-request": return box.withLock { Self.chunked($0!, generation: 0) }
      case "/queries/q-1/result": return box.withLock { Self.chunked($0!, generation: 1) }
      case "/chunk/1" where request.query["g"] == "0": return .text("<Error>expired</Error>", status: 403)
      case "/chunk/0" where number == 0: return .half(status: 200, body: Array(#"["3"], [null]"#.utf8))
      case "/chunk/0" where number == 1: return .text(#"["3"]"#)
      default: return Self.chunk(request)
      }
    }
    box.withLock { $0 = account }
    defer { box.withLock { $0 = nil } }
    #expect(try account.open().rows("select") == [["1"], ["2"], ["3"], [nil], ["5"]])
    #expect(account.requests("/chunk/0").count == 3)
    #expect(account.requests("/chunk/1").map { $0.query["g"] } == ["0", "1"])
    #expect(account.queries.count == 1)
  }

  @Test func anInlineResultThatIsShortIsAskedForAgain() throws {
    let rows = #"[["1"],["2"]]"#
    @Sendable func short(_ rows: String) -> ServerReply {
      .answer(#"{"queryId":"q-1","rowtype":[{"name":"A","type":"FIXED"}],"rowset":\#(rows),"total":2}"#)
    }
    let account = try Account { request, _ in
      switch request.path {
      case "/queries/v1/query-request": short("[]")
      case "/queries/q-1/result": short(rows)
      default: nil
      }
    }
    #expect(try account.open().rows("select") == [["1"], ["2"]])
    let always = try Account { request, _ in
      request.path.hasPrefix("/queries/") ? short("[]") : nil
    }
    let session = try always.open()
    let error = try #require(throws: SnowflakeError.self) { try session.rows("select") }
    #expect(error.kind == .unexpectedAnswer)
    #expect(error.outcome == .executed)
    #expect(always.queries.count == 1)
  }

  @Test func affectedRowsAreTheSumOfWhatDMLCounts() throws {
    let account = try Account { request, _ in
      request.path == "/queries/v1/query-request"
        ? .answer(
          #"{"rowtype":[{"name":"number of rows inserted","type":"FIXED"},{"name":"number of rows updated","type":"FIXED"},{"name":"number of multi-joined rows updated","type":"FIXED"}],"rowset":[["2","3","9"]],"total":1,"statementTypeId":13312}"#
        ) : nil
    }
    #expect(try account.open().run(Statement("merge")).affectedRows() == 5)
  }
}
