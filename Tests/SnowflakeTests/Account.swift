import Foundation
import HTTP
import Snowflake
import Support
import Synchronization

/// A scripted account: logs in, renews, and answers statements as each test says.
///
/// Time does not pass by itself: waiting moves the clock, so nothing sleeps.
final class Account: Sendable {
  private struct State {
    var clock: Int64 = 1_800_000_000_000
    var waits: [Int] = []
    var logins = 0
    var renewals = 0
  }

  private let state = Mutex(State())
  private let script: @Sendable (ServerRequest, Int) -> ServerReply?
  private let made = Mutex<ScriptedServer?>(nil)
  var server: ScriptedServer { made.withLock { $0! } }

  /// - Parameter script: the reply to a request and the number of requests to the same path before it; nil for the
  ///   usual one.
  init(_ script: @escaping @Sendable (ServerRequest, Int) -> ServerReply? = { _, _ in nil }) throws {
    self.script = script
    let counts = Mutex<[String: Int]>([:])
    let server = try ScriptedServer { [weak self] request in
      let number = counts.withLock { counts in
        counts[request.path, default: 0] += 1
        return counts[request.path]! - 1
      }
      return self?.reply(request, number) ?? .close
    }
    made.withLock { $0 = server }
  }

  var waits: [Int] { state.withLock { $0.waits } }
  func requests(_ path: String) -> [ServerRequest] { server.requests.filter { $0.path == path } }
  var queries: [ServerRequest] { requests("/queries/v1/query-request") }

  private func reply(_ request: ServerRequest, _ number: Int) -> ServerReply {
    if let reply = script(request, number) { return reply }
    switch request.path {
    case "/session/v1/login-request":
      let login = state.withLock { state in
        state.logins += 1
        return state.logins
      }
      return .answer(
        #"{"token":"s\#(login).0","masterToken":"m\#(login).0","sessionId":77,"parameters":[{"name":"TIMEZONE","value":"UTC"}],"sessionInfo":{"databaseName":"DB","schemaName":null,"warehouseName":"WH","roleName":"R"}}"#
      )
    case "/session/token-request":
      let renewal = state.withLock { state in
        state.renewals += 1
        return state.renewals
      }
      return .answer(#"{"sessionToken":"s1.\#(renewal)","masterToken":"m1.\#(renewal)"}"#)
    case "/queries/v1/query-request": return .one("ok")
    default: return .answer("null")
    }
  }

  var surroundings: Surroundings {
    Surroundings(
      now: { self.state.withLock { $0.clock } }, elapsed: { self.state.withLock { $0.clock } },
      wait: { milliseconds, _ in
        self.state.withLock { state in
          state.clock += Int64(milliseconds)
          state.waits.append(milliseconds)
        }
      }, random: { ($0.lowerBound + $0.upperBound) / 2 })
  }

  /// Settings for the account; `user` and the password are made up.
  func settings(_ credential: Credential = .password(SecretText("pass word"))) -> ConnectionSettings {
    var settings = ConnectionSettings(
      account: AccountName("myorg-my_account"), baseURL: server.url, user: "loader", credential: credential,
      http: HTTPSettings(proxy: .none))
    settings.loginRetries.budget = 60_000
    settings.retries.budget = 60_000
    return settings
  }

  func open(_ settings: ConnectionSettings? = nil) throws(SnowflakeError) -> SnowflakeSession {
    try SnowflakeSession(settings ?? self.settings(), surroundings: surroundings)
  }
}

extension ServerReply {
  /// Success with this `data`.
  static func answer(_ data: String, code: String? = nil) -> ServerReply {
    .text(#"{"data":\#(data),"code":\#(code.map { "\"\($0)\"" } ?? "null"),"message":null,"success":true}"#)
  }

  /// A refusal.
  static func refusal(_ code: String, _ message: String = "no", data: String = "null", status: Int = 200) -> ServerReply
  {
    .text(#"{"data":\#(data),"code":"\#(code)","message":"\#(message)","success":false}"#, status: status)
  }

  /// A result of one text.
  static func one(_ text: String, id: String = "q-1") -> ServerReply {
    .answer(
      #"{"queryId":"\#(id)","rowtype":[{"name":"A","type":"TEXT","nullable":true}],"rowset":[["\#(text)"]],"total":1,"statementTypeId":4096,"finalDatabaseName":"DB2","parameters":[{"name":"TIMEZONE","value":"Europe/Berlin"}],"queryResultFormat":"json"}"#
    )
  }

  /// The statement runs; ask at the path.
  static func running(_ path: String = "/queries/q-1/result", code: String = "333333") -> ServerReply {
    .answer(#"{"queryId":"q-1","getResultUrl":"\#(path)"}"#, code: code)
  }
}

/// The object in a request's body.
func json(_ request: ServerRequest) -> [String: JSONValue] {
  guard case .object(let object)? = try? JSONDecoder().decode(JSONValue.self, from: Data(request.body)) else {
    return [:]
  }
  return object
}

/// The object under `data` in a login's body.
func login(_ request: ServerRequest) -> [String: JSONValue] {
  guard case .object(let object)? = json(request)["data"] else { return [:] }
  return object
}
