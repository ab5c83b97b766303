/// The tokens of a session, and whose turn it is to renew them: no input or output.
package struct TokenState: Sendable {
  package enum Step: Hashable, Sendable {
    /// Another thread renewed it meanwhile: go on with this one.
    case use(SecretText)
    /// Renew with the master token.
    case renew(master: SecretText, expired: SecretText)
    /// The session is over; with the code that said so.
    case lost(String)
  }

  package private(set) var session: SecretText
  package private(set) var master: SecretText?
  package private(set) var lossCode: String?

  package init(session: SecretText, master: SecretText?) {
    self.session = session
    self.master = master
  }

  /// What to do when the server said that `token` expired.
  package func expired(_ token: SecretText) -> Step {
    if let lossCode { return .lost(lossCode) }
    guard token == session else { return .use(session) }
    guard let master else { return .lost(ServerCode.sessionExpired) }
    return .renew(master: master, expired: session)
  }

  package mutating func renewed(session: SecretText, master: SecretText?) {
    self.session = session
    // An answer without one leaves the old one in force.
    self.master = master ?? self.master
  }

  /// The server said that the session behind `token` is gone. What it says of a token that was replaced since counts
  /// for nothing.
  package mutating func gone(_ token: SecretText, code: String) {
    if token == session || token == master, lossCode == nil { lossCode = code }
  }
}
