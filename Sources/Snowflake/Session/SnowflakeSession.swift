package import HTTP
import Synchronization

/// One session of an account: an identity, a role, current names, perhaps a transaction.
///
/// Calls block. Threads may share a session: each call uses a connection of its own, and one renews the tokens for all.
/// The server runs the statements of a session one after the other. A session that is lost stays lost, since its
/// transaction and temporary tables are gone: whoever holds it opens another, knowing that.
package final class SnowflakeSession: Sendable {
  package let settings: ConnectionSettings
  let surroundings: Surroundings
  let wire: Wire
  let tokens: Mutex<TokenState>
  let details: Mutex<SessionState>
  /// Held while tokens are renewed, so that one does it for all.
  private let renewing = Mutex(())
  private let keepAlive = Mutex<KeepAlive?>(nil)

  /// Logs in, as often as the settings allow.
  ///
  /// - Throws: ``SnowflakeError`` of kind `configuration`, `authentication`, `transient`, `tls` or `cancelled`.
  package init(
    _ settings: ConnectionSettings, surroundings: Surroundings = .real, cancellation: Cancellation? = nil
  ) throws(SnowflakeError) {
    let wire = Wire(base: settings.baseURL, settings: settings.http)
    let login = Login(settings: settings, surroundings: surroundings, wire: wire)
    let accepted = try login.run(cancellation: cancellation)
    self.settings = settings
    self.surroundings = surroundings
    self.wire = wire
    tokens = Mutex(accepted.tokens)
    details = Mutex(accepted.state)
    if settings.keepsAlive { startKeepAlive(every: accepted.state.heartbeatInterval) }
  }

  /// Sends a heartbeat every so many milliseconds from a thread of its own, until the session ends.
  package func startKeepAlive(every interval: Int) {
    keepAlive.withLock { $0 = KeepAlive(self, every: interval) }
  }

  func stopKeepAlive() {
    keepAlive.withLock { $0 = nil }
  }

  /// Current names, parameters and the session's id.
  package var state: SessionState { details.withLock { $0 } }

  /// Whether the server said that the session is gone.
  package var isLost: Bool { tokens.withLock { $0.lossCode != nil } }

  var token: SecretText { tokens.withLock { $0.session } }

  /// What came of a renewal.
  enum Renewal {
    case renewed
    case lost(code: String)
    case unreachable(SnowflakeError)
  }

  /// Makes the session token anew, unless another thread did since `token` was taken.
  func renew(_ token: SecretText, cancellation: Cancellation?) -> Renewal {
    renewing.withLock { _ in
      switch tokens.withLock({ $0.expired(token) }) {
      case .use: return .renewed
      case .lost(let code): return .lost(code: code)
      case .renew(let master, let expired):
        return TokenRenewal(session: self, master: master, expired: expired).run(cancellation: cancellation)
      }
    }
  }

  /// Notes that the server knows the session behind `token` no more.
  func lose(_ token: SecretText, code: String) {
    tokens.withLock { $0.gone(token, code: code) }
  }

  /// A call with the session's token and sticky header.
  func call(
    _ method: HTTPRequest.Method, _ path: String, query: [(name: String, value: String)], body: [UInt8]? = nil,
    token: SecretText
  ) -> WireCall {
    WireCall(
      method: method, path: path, query: query, body: body, token: token,
      stickySession: details.withLock { $0.stickySession }, timeouts: settings.http.timeouts)
  }

  /// Remembers what an answer's headers say of the session.
  func adopt(_ headers: HTTPHeaders) {
    guard let sticky = headers["x-snowflake-session"] else { return }
    details.withLock { $0.stickySession = sticky }
  }
}
