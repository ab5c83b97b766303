import Foundation
import HTTP
import Snowflake
import Support
import Synchronization
import Testing

/// Statements against a scripted account: identity over repetitions, renewals, polling, and what an error says of the
/// statement.
struct StatementTests {
  private static func failure(_ account: Account, _ statement: Statement = Statement("insert")) throws -> SnowflakeError
  {
    let session = try account.open()
    return try #require(throws: SnowflakeError.self) { try session.run(statement) }
  }

  @Test func runsAStatementAndAdoptsWhatTheSessionBecame() throws {
    let account = try Account()
    let session = try account.open()
    #expect(session.state.database == "DB")
    let statement = Statement(
      "select ?", binds: [.int(42), .text(nil), .date(days: -1), .timestampTZ(nanoseconds: 5, offsetMinutes: -90)],
      parameters: ["QUERY_TAG": "run 7"])
    let heard = Mutex<[String]>([])
    let result = try session.run(statement) { id in heard.withLock { $0.append(id) } }
    #expect(try result.allRows() == [["ok"]])
    #expect(result.columns.map(\.name) == ["A"])
    #expect(heard.withLock { $0 } == ["q-1"])
    #expect(session.state.database == "DB2")
    #expect(session.state.parameters["TIMEZONE"] == "Europe/Berlin")
    let request = try #require(account.queries.first)
    #expect(request.query["requestId"] == statement.requestID.uuidString.lowercased())
    #expect(request.headers["authorization"] == #"Snowflake Token="s1.0""#)
    #expect(request.headers["accept"] == "application/snowflake")
    let body = json(request)
    #expect(body["sqlText"] == "select ?")
    #expect(body["sequenceId"] == 1)
    #expect(body["parameters"] == ["QUERY_TAG": "run 7"])
    #expect(
      body["bindings"] == [
        "1": ["type": "FIXED", "value": "42"], "2": ["type": "TEXT", "value": .null],
        "3": ["type": "DATE", "value": "-86400000"], "4": ["type": "TIMESTAMP_TZ", "value": "5 1350"],
      ])
  }

  @Test(arguments: ["cut", "half", "503", "429", "403", "garbage"])
  func aLostReplyIsAskedForAgainUnderTheSameID(fault: String) throws {
    let account = try Account { request, number in
      guard request.path == "/queries/v1/query-request", number < 2 else { return nil }
      switch fault {
      case "cut": return .close
      case "half": return .half(status: 200, body: Array(repeating: 65, count: 100))
      case "garbage": return .text("<html>proxy</html>")
      default: return .text("", status: Int(fault)!)
      }
    }
    #expect(try account.open().rows("insert") == [["ok"]])
    let queries = account.queries
    #expect(queries.count == 3)
    #expect(Set(queries.map { $0.query["requestId"] }).count == 1)
    #expect(Set(queries.map { $0.query["request_guid"] }).count == 3)
    #expect(Set(queries.map(\.body)).count == 1)
    #expect(queries.map { $0.query["retryCount"] } == [nil, "1", "2"])
    let reason = Int(fault) ?? (fault == "garbage" ? 200 : 0)
    #expect(queries[2].query["retryReason"] == "\(reason)")
    #expect(queries[1].query["clientStartTime"] == "1800000000000")
    #expect(account.waits == [2000, 3500])
  }

  @Test func afterTheLastAttemptTheOutcomeIsUnknown() throws {
    let account = try Account { request, _ in request.path == "/queries/v1/query-request" ? .close : nil }
    let statement = Statement("insert")
    let error = try Self.failure(account, statement)
    #expect(error.kind == .transient)
    #expect(error.outcome == .unknown)
    #expect(error.requestID == statement.requestID)
    #expect(account.queries.count >= 7)
  }

  @Test func whatNeverLeftCertainlyDidNothing() throws {
    let account = try Account()
    let session = try account.open()
    account.server.stop()
    let error = try #require(throws: SnowflakeError.self) { try session.run(Statement("insert")) }
    // The kept connection may have taken the first attempt before it broke.
    #expect(error.kind == .transient)
    var settings = account.settings()
    settings.http.caFile = "/nonexistent"
    settings.baseURL = "https://127.0.0.1:1"
    settings.loginRetries = RetryPolicy(budget: 0, minimumAttempts: 1)
    let never = try #require(throws: SnowflakeError.self) { try account.open(settings) }
    #expect(never.outcome == .notExecuted)
  }

  @Test func aRefusalIsFailedAndNamesWhatTheServerSaid() throws {
    let account = try Account { request, _ in
      request.path == "/queries/v1/query-request"
        ? .refusal("002003", "Object 'T' does not exist", data: #"{"queryId":"q-9","sqlState":"42S02"}"#) : nil
    }
    let error = try Self.failure(account)
    #expect(error.kind == .statement)
    #expect(error.outcome == .failed)
    #expect(error.code == "002003")
    #expect(error.sqlState == "42S02")
    #expect(error.queryID == "q-9")
    #expect(error.description.contains("Object 'T' does not exist"))
    #expect(account.queries.count == 1)
  }

  @Test func aValueThatDoesNotConvertIsNotShown() throws {
    let message = #"Numeric value 'it''s private' is not recognized\n  File 'a.parquet', line 3, character 5"#
    let account = try Account { request, _ in
      request.path == "/queries/v1/query-request" ? .refusal("100038", message) : nil
    }
    let error = try Self.failure(account)
    #expect(!error.description.contains("private"))
    #expect(error.description.contains("File 'a.parquet', line 3"))
  }

  @Test func anExpiredTokenIsRenewedAndTheStatementKeepsItsID() throws {
    let account = try Account { request, _ in
      let isOld = request.headers["authorization"] == #"Snowflake Token="s1.0""#
      return request.path == "/queries/v1/query-request" && isOld ? .refusal("390112") : nil
    }
    #expect(try account.open().rows("insert") == [["ok"]])
    let renewal = try #require(account.requests("/session/token-request").first)
    #expect(renewal.headers["authorization"] == #"Snowflake Token="m1.0""#)
    #expect(json(renewal) == ["oldSessionToken": "s1.0", "requestType": "RENEW"])
    #expect(account.queries.count == 2)
    #expect(Set(account.queries.map { $0.query["requestId"] }).count == 1)
    #expect(account.queries[1].headers["authorization"] == #"Snowflake Token="s1.1""#)
  }

  @Test(arguments: ["390104", "390111", "390113", "390114", "390115", "390400"])
  func aSessionThatCannotBeRenewedIsLost(code: String) throws {
    let account = try Account { request, _ in
      switch request.path {
      case "/queries/v1/query-request": .refusal("390112")
      case "/session/token-request": .refusal(code)
      default: nil
      }
    }
    let session = try account.open()
    let error = try #require(throws: SnowflakeError.self) { try session.run(Statement("insert")) }
    #expect(error.kind == .sessionLost)
    #expect(error.outcome == .notExecuted)
    #expect(session.isLost)
    // It is never logged in again behind the caller's back.
    #expect(account.requests("/session/v1/login-request").count == 1)
  }

  @Test func aSessionLostAfterALostReplyLeavesDoubt() throws {
    let account = try Account { request, number in
      guard request.path == "/queries/v1/query-request" else { return nil }
      return number == 0 ? .close : .refusal("390111")
    }
    let error = try Self.failure(account)
    #expect(error.kind == .sessionLost)
    #expect(error.outcome == .unknown)
  }

  @Test func aLostReplyOfTheRenewalIsAskedForAgain() throws {
    let account = try Account { request, number in
      switch request.path {
      case "/queries/v1/query-request": number == 0 ? .refusal("390112") : nil
      case "/session/token-request": number == 0 ? .close : nil
      default: nil
      }
    }
    #expect(try account.open().rows("insert") == [["ok"]])
    let renewals = account.requests("/session/token-request")
    #expect(renewals.count == 2)
    #expect(Set(renewals.map { $0.query["requestId"] }).count == 1)
  }

  @Test func aLongStatementIsPolledAndNeverSubmittedAgain() throws {
    let account = try Account { request, number in
      switch (request.path, number) {
      case ("/queries/v1/query-request", _): .running()
      case ("/queries/q-1/result", 0): .running("/queries/q-1/result?next=2")
      case ("/queries/q-1/result", 1): .close
      case ("/queries/q-1/result", 2): .refusal("390112")
      case ("/queries/q-1/result", _): .one("done")
      default: nil
      }
    }
    #expect(try account.open().rows("insert") == [["done"]])
    #expect(account.queries.count == 1)
    let polls = account.requests("/queries/q-1/result")
    #expect(polls.map(\.method) == ["GET", "GET", "GET", "GET"])
    #expect(polls.map { $0.query["next"] } == [nil, "2", "2", "2"])
    #expect(account.requests("/session/token-request").count == 1)
  }

  @Test func anAsynchronousStatementIsSubmittedAndFetchedLater() throws {
    let account = try Account { request, number in
      switch request.path {
      case "/queries/v1/query-request": .running(code: "333334")
      case "/monitoring/queries/q-1":
        number == 0
          ? .answer(#"{"queries":[]}"#)
          : .answer(#"{"queries":[{"status":"BLOCKED"}]}"#)
      case "/queries/q-1/result": number == 0 ? .running(code: "333334") : .one("late")
      default: nil
      }
    }
    let session = try account.open()
    let id = try session.submit(Statement("copy"))
    #expect(id == "q-1")
    #expect(json(account.queries[0])["asyncExec"] == true)
    #expect(try session.status(of: id).stage == .unknown)
    #expect(try session.status(of: id).stage == .running)
    #expect(try session.result(of: id).allRows() == [["late"]])
  }

  @Test func aStatementWhoseTimeIsUpIsCancelledAtTheServer() throws {
    let account = try Account { request, number in
      switch request.path {
      case "/queries/v1/query-request", "/queries/q-1/result": .running()
      case "/queries/v1/abort-request": number == 0 ? .refusal("605") : nil
      default: nil
      }
    }
    let session = try account.open()
    let statement = Statement("insert", timeLimit: 9000)
    let error = try #require(throws: SnowflakeError.self) { try session.run(statement) }
    #expect(error.kind == .deadline)
    #expect(error.outcome == .unknown)
    #expect(error.queryID == "q-1")
    let aborts = account.requests("/queries/v1/abort-request")
    #expect(aborts.count == 2)
    #expect(json(aborts[1]) == ["requestId": .string(statement.requestID.uuidString.lowercased())])
  }

  @Test func cancellingEndsTheWaitAndTheStatement() throws {
    let cancellation = Cancellation()
    let account = try Account { request, number in
      switch request.path {
      case "/queries/v1/query-request": return .running()
      case "/queries/q-1/result":
        cancellation.cancel()
        return .running()
      default: return nil
      }
    }
    let session = try account.open()
    let error = try #require(throws: SnowflakeError.self) {
      try session.run(Statement("insert"), cancellation: cancellation)
    }
    #expect(error.kind == .cancelled)
    #expect(error.outcome == .unknown)
    #expect(account.requests("/queries/v1/abort-request").count == 1)
    let never = try #require(throws: SnowflakeError.self) {
      try session.run(Statement("insert"), cancellation: cancellation)
    }
    #expect(never.outcome == .notExecuted)
    #expect(account.queries.count == 1)
  }

  @Test func theQueryContextAndTheStickyHeaderComeBack() throws {
    let account = try Account { request, number in
      guard request.path == "/queries/v1/query-request" else { return nil }
      return .text(
        #"{"data":{"queryContext":{"entries":[{"id":0,"timestamp":5,"priority":0,"context":"AB=="},{"id":3,"timestamp":6,"priority":1}]}},"code":null,"success":true}"#,
        headers: [("X-Snowflake-Session", "node 7")])
    }
    let session = try account.open()
    for _ in 0..<2 { _ = try session.run(Statement("select")) }
    #expect(json(account.queries[0])["queryContextDTO"] == ["entries": .array([])])
    #expect(
      json(account.queries[1])["queryContextDTO"] == [
        "entries": .array([
          ["id": 0, "timestamp": 5, "priority": 0, "context": ["base64Data": "AB=="]],
          ["id": 3, "timestamp": 6, "priority": 1, "context": .null],
        ])
      ])
    #expect(account.queries.map { $0.headers["x-snowflake-session"] } == [nil, "node 7"])
    #expect(account.queries.map { json($0)["sequenceId"] } == [1, 2])
  }

  @Test func aFileTransferKeepsItsWholeAnswer() throws {
    let account = try Account { request, _ in
      request.path == "/queries/v1/query-request" ? .answer(#"{"command":"UPLOAD","stageInfo":{"x":1}}"#) : nil
    }
    let result = try account.open().run(Statement("put", isFileTransfer: true))
    #expect(String(decoding: result.body ?? [], as: UTF8.self).contains("stageInfo"))
    #expect(account.queries[0].headers["accept"] == "application/json")
  }

  @Test func heartbeatAndLogoutSayWhatTheyMust() throws {
    let account = try Account { request, number in
      request.path == "/session/heartbeat" && number == 0 ? .refusal("390112") : nil
    }
    let session = try account.open()
    try session.heartbeat()
    #expect(account.requests("/session/heartbeat").count == 2)
    #expect(account.requests("/session/token-request").count == 1)
    session.logOut()
    let end = try #require(account.requests("/session").first)
    #expect(end.query["delete"] == "true")
    #expect(session.isLost)
  }
}
