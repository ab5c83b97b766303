package import Foundation

/// A call of this module that failed.
///
/// It names what was asked of the server and where a credential came from; never a credential, and of the server's words
/// about a value that does not convert never the value.
package struct SnowflakeError: Error {
  package enum Kind: String, Sendable {
    /// A file, a setting or a key of ours is missing or wrong.
    case configuration
    /// The server refuses who we are, or what we may use.
    case authentication
    /// The network or the service failed for as long as we tried.
    case transient
    /// The certificate or the TLS protocol is refused: trying again is no use.
    case tls
    /// The session ended: its transaction is rolled back, temporary tables and settings are gone. Log in anew.
    case sessionLost
    /// The server refused or failed the statement: see ``SnowflakeError/code`` and ``SnowflakeError/sqlState``.
    case statement
    /// The caller cancelled.
    case cancelled
    /// The statement's own time limit passed.
    case deadline
    /// The server answered something that the protocol does not know, or that contradicts itself.
    case unexpectedAnswer
    /// The result is no longer kept.
    case resultGone
  }

  /// What became of a statement that brought an error.
  package enum Outcome: String, Sendable {
    /// The server never took it: nothing changed.
    case notExecuted
    /// The server took it and reports that it failed: by itself it changed nothing.
    case failed
    /// It may have run, may run still, or not: look the effect up.
    case unknown
    /// It is known to have run: only its result could not be read.
    case executed
  }

  package let kind: Kind
  package let outcome: Outcome
  /// What was being done: `log in to xy12345 as LOADER`, `run the statement`.
  package let operation: String
  package let message: String
  /// Snowflake's code, six digits.
  package let code: String?
  package let sqlState: String?
  package let queryID: String?
  package let requestID: UUID?
  package let underlying: (any Error)?
  /// The host that brought no answer, where it is another than the account's own: the stage's storage.
  package let host: String?
  /// Seconds that this machine's clock is ahead of the server's, where a login was refused and they are many.
  package let clockOffset: Int?

  package init(
    _ kind: Kind, outcome: Outcome = .notExecuted, operation: String, message: String, code: String? = nil,
    sqlState: String? = nil, queryID: String? = nil, requestID: UUID? = nil, underlying: (any Error)? = nil,
    host: String? = nil, clockOffset: Int? = nil
  ) {
    self.kind = kind
    self.outcome = outcome
    self.operation = operation
    self.message = message
    self.code = code
    self.sqlState = sqlState
    self.queryID = queryID
    self.requestID = requestID
    self.underlying = underlying
    self.host = host
    self.clockOffset = clockOffset
  }
}

extension SnowflakeError: CustomStringConvertible {
  package var description: String {
    summary + (code.flatMap(ServerCode.advice).map { "; \($0)" } ?? "")
  }

  /// What happened, without advice.
  package var summary: String {
    var text = "cannot \(operation): \(message)"
    if let underlying { text += ": \(underlying)" }
    let ids = [code, sqlState.map { "SQL state \($0)" }, queryID.map { "query \($0)" }].compactMap { $0 }
    if !ids.isEmpty { text += " (\(ids.joined(separator: ", ")))" }
    if outcome == .unknown { text += "; it may have been done all the same" }
    return text
  }
}
