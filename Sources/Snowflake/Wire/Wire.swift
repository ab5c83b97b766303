import HTTP
import Synchronization

/// The way to one account: clients that keep their connections, and the headers every request has.
///
/// Threads may share it; each request takes a client of its own for as long as it runs.
final class Wire: Sendable {
  /// A client that nobody uses at the moment. libcurl lets a handle move from thread to thread between requests.
  private struct Idle: @unchecked Sendable {
    let client: HTTPClient
  }

  /// `https://account.snowflakecomputing.com:443`.
  let base: String
  private let settings: HTTPSettings
  private let idle = Mutex<[Idle]>([])

  init(base: String, settings: HTTPSettings) {
    self.base = base
    self.settings = settings
  }

  func send(_ request: HTTPRequest, cancellation: Cancellation?) throws(HTTPError) -> HTTPResponse {
    let parked = idle.withLock { $0.popLast() }
    let client = if let parked { parked.client } else { try HTTPClient(settings) }
    let response = try client.send(request, cancellation: cancellation)
    // One whose request failed is let go: its connections are not to be trusted.
    idle.withLock { $0.append(Idle(client: client)) }
    return response
  }

  /// Sends `body` as JSON, or nothing, to a path of the account.
  func send(_ call: WireCall, cancellation: Cancellation?) throws(HTTPError) -> HTTPResponse {
    var headers: HTTPHeaders = ["Accept": call.accept]
    if let token = call.token { headers["Authorization"] = "Snowflake Token=\"\(token.revealed)\"" }
    if let sticky = call.stickySession { headers["x-snowflake-session"] = sticky }
    for (name, value) in call.extraHeaders { headers[name] = value }
    if call.body != nil { headers["Content-Type"] = "application/json" }
    let separator = call.path.contains("?") ? "&" : "?"
    let query = call.query.isEmpty ? "" : separator + PercentEncoding.query(call.query)
    let request = HTTPRequest(
      call.method, base + call.path + query, headers: headers, body: call.body.map { .bytes($0) } ?? .none,
      acceptsCompression: true, timeouts: call.timeouts)
    return try send(request, cancellation: cancellation)
  }
}

/// One request of the session protocol.
struct WireCall {
  var method = HTTPRequest.Method.post
  /// With a slash in front; may have a query.
  var path: String
  var query: [(name: String, value: String)] = []
  var body: [UInt8]?
  var token: SecretText?
  var accept = "application/snowflake"
  var stickySession: String?
  var extraHeaders: [(String, String)] = []
  var timeouts: HTTPTimeouts
}
