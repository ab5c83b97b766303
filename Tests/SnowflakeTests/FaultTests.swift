import Foundation
import HTTP
import Snowflake
import Support
import Synchronization
import Testing

/// One fault at each request of a session's life: everything still comes out right, and no statement runs twice.
struct FaultTests {
  enum Fault: String, CaseIterable, Sendable {
    /// The request is not acted on, and no reply comes.
    case cutBefore
    /// The request is acted on, and no reply comes.
    case cutAfter
    /// The request is acted on, and half of the reply comes.
    case halfAfter
    /// The request is not acted on.
    case unavailable, throttled, forbidden
    /// The request is acted on, and a proxy answers with a page of its own.
    case garbage
  }

  /// A server that remembers which statements it ran.
  private final class Model: Sendable {
    private struct State {
      var requests = 0
      var ran: [String: Int] = [:]
      var order: [String] = []
      var polls = 0
      var renewed = false
      var fired = false
    }

    private let state = Mutex(State())
    private let target: Int
    private let fault: Fault?
    private let box = Mutex<String>("")

    init(target: Int, fault: Fault?) {
      self.target = target
      self.fault = fault
    }

    var requests: Int { state.withLock { $0.requests } }
    var fired: Bool { state.withLock { $0.fired } }
    /// The texts of the statements that ran, in order.
    var ran: [String] { state.withLock { $0.order } }
    func setURL(_ url: String) { box.withLock { $0 = url } }

    func reply(_ request: ServerRequest) -> ServerReply? {
      state.withLock { state in
        state.requests += 1
        guard let fault, state.requests == target else { return act(request, &state) }
        // A 403 at the login is an answer: a wrong host.
        let isLogin = request.path == "/session/v1/login-request"
        state.fired = true
        switch fault {
        case .cutBefore: return .close
        case .cutAfter:
          _ = act(request, &state)
          return .close
        case .halfAfter:
          _ = act(request, &state)
          return .half(status: 200, body: Array(repeating: UInt8(ascii: "{"), count: 64))
        case .unavailable: return .text("", status: 503)
        case .throttled: return .text("", status: 429)
        case .forbidden: return .text("", status: isLogin ? 502 : 403)
        case .garbage:
          _ = act(request, &state)
          return .text("<html>")
        }
      }
    }

    private func act(_ request: ServerRequest, _ state: inout State) -> ServerReply? {
      let token = request.headers["authorization"] ?? ""
      switch request.path {
      case "/queries/v1/query-request":
        // The second statement finds that its token expired.
        if json(request)["sqlText"] == "second", !state.renewed { return .refusal("390112") }
        guard token.contains("s") else { return .refusal("390103") }
        let id = request.query["requestId"] ?? ""
        if state.ran[id] == nil { state.order.append(json(request)["sqlText"]?.text ?? "") }
        state.ran[id, default: 0] += 1
        switch json(request)["sqlText"] {
        case "first": return .running("/queries/q-1/result")
        case "async": return .running("/queries/q-2/result", code: "333334")
        default: return .one("second")
        }
      case "/session/token-request":
        state.renewed = true
        return nil
      case "/queries/q-1/result":
        state.polls += 1
        return state.polls == 1 ? .running("/queries/q-1/result") : chunked
      case "/queries/q-2/result": return .one("async")
      case "/monitoring/queries/q-1": return .answer(#"{"queries":[{"status":"RUNNING"}]}"#)
      case "/chunk": return .text(#"["2"],["3"]"#)
      default: return nil
      }
    }

    private var chunked: ServerReply {
      let url = box.withLock { $0 }
      return .answer(
        #"{"queryId":"q-1","queryResultFormat":"json","rowtype":[{"name":"A","type":"FIXED"}],"rowset":[["1"]],"total":3,"chunks":[{"url":"\#(url)/chunk","rowCount":2}]}"#
      )
    }
  }

  /// Lives through a session and says what came out.
  private static func live(_ model: Model) throws -> [[[String?]]] {
    let account = try Account { request, _ in model.reply(request) }
    model.setURL(account.server.url)
    let session = try account.open()
    let first = try session.rows("first")
    let second = try session.rows("second")
    let id = try session.submit(Statement("async"))
    #expect(try session.status(of: id).stage == .running)
    try session.heartbeat()
    let third = try session.result(of: "q-2").allRows()
    return [first, second, third]
  }

  private static let expected: [[[String?]]] = [[["1"], ["2"], ["3"]], [["second"]], [["async"]]]

  @Test(arguments: Fault.allCases)
  func aFaultAtAnyRequestChangesNothing(fault: Fault) throws {
    let calm = Model(target: 0, fault: nil)
    #expect(try Self.live(calm) == Self.expected)
    #expect(calm.requests == 12)
    for target in 1...calm.requests {
      let model = Model(target: target, fault: fault)
      #expect(try Self.live(model) == Self.expected, "\(fault) at request \(target)")
      #expect(model.fired)
      #expect(model.ran == ["first", "second", "async"], "\(fault) at request \(target)")
    }
  }
}
