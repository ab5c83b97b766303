import Foundation
import HTTP
import Snowflake
import Support
import Testing

/// A network policy's refusal is told at once; any other 403 is what it was.
struct NetworkPolicyTests {
  private static let words = "Incoming request with IP/Token 203.0.113.9 is not allowed to access"

  /// The forms in which a refusal may come.
  private static let forms: [String: ServerReply] = [
    "code": .refusal("390422", "\(words) the account."),
    "code with 403": .refusal("390422", "\(words) the account.", status: 403),
    "page": .text("<html><body>\(words) Snowflake. Contact your account administrator.</body></html>", status: 403),
  ]

  private static func isLogin(_ request: ServerRequest) -> Bool { request.path == "/session/v1/login-request" }

  @Test(arguments: forms.keys.sorted()) func aStatementIsNotRepeated(form: String) throws {
    let reply = try #require(Self.forms[form])
    let account = try Account { request, _ in Self.isLogin(request) ? nil : reply }
    let session = try account.open()
    let error = try #require(throws: SnowflakeError.self) { try session.rows("SELECT 1") }
    #expect(error.kind == .authentication && error.code == "390422" && error.outcome == .notExecuted)
    #expect(error.description.contains("203.0.113.9") && error.description.contains("network policy"))
    #expect(account.queries.count == 1 && account.waits == [])
  }

  @Test(arguments: forms.keys.sorted()) func aLoginIsNotRepeated(form: String) throws {
    let reply = try #require(Self.forms[form])
    let account = try Account { _, _ in reply }
    let error = try #require(throws: SnowflakeError.self) { try account.open() }
    #expect(error.kind == .authentication && error.code == "390422", "\(error)")
    #expect(account.server.requests.count == 1 && account.waits == [])
  }

  /// What was sent before the policy changed may have run.
  @Test func aRefusalSaysNothingOfWhatWentBefore() throws {
    let page = try #require(Self.forms["page"])
    let lost = try Account { request, number in
      guard request.path == "/queries/v1/query-request" else { return nil }
      return number == 0 ? .close : page
    }
    let error = try #require(throws: SnowflakeError.self) { try lost.open().rows("DELETE FROM T") }
    #expect(error.code == "390422" && error.outcome == .unknown)
    let polled = try Account { request, _ in
      switch request.path {
      case "/queries/v1/query-request": .running()
      case "/queries/q-1/result": page
      default: nil
      }
    }
    let later = try #require(throws: SnowflakeError.self) { try polled.open().rows("DELETE FROM T") }
    #expect(later.code == "390422" && later.outcome == .unknown && later.queryID == "q-1")
  }

  @Test func smallCallsAndRenewalsAreNotRepeated() throws {
    let page = try #require(Self.forms["page"])
    let still = try Account { request, _ in request.path == "/session/heartbeat" ? page : nil }
    let session = try still.open()
    let error = try #require(throws: SnowflakeError.self) { try session.heartbeat() }
    #expect(error.code == "390422" && still.waits == [])
    let renewed = try Account { request, _ in
      switch request.path {
      case "/queries/v1/query-request": .refusal("390112", "expired")
      case "/session/token-request": page
      default: nil
      }
    }
    let refused = try #require(throws: SnowflakeError.self) { try renewed.open().rows("SELECT 1") }
    #expect("\(refused)".contains("203.0.113.9") && refused.kind == .authentication, "\(refused)")
    #expect(renewed.requests("/session/token-request").count == 1 && renewed.waits == [])
  }

  @Test(arguments: ["<html>Forbidden</html>", #"{"data":null,"code":"390000","message":"no","success":false}"#])
  func anyOther403IsRepeated(body: String) throws {
    let account = try Account { request, number in
      request.path == "/queries/v1/query-request" && number == 0 ? .text(body, status: 403) : nil
    }
    #expect(try account.open().rows("SELECT 1") == [["ok"]])
    #expect(account.queries.count == 2)
  }
}
