/// The codes that Snowflake answers with, and what to do about each.
///
/// Source: the tables of the open-source drivers (network.py of the Python connector, errors.go of the Go driver).
package enum ServerCode {
  /// What an answer with a code asks of the client.
  package enum Action: Sendable {
    /// The statement runs: ask again.
    case poll
    /// The session token expired: renew it with the master token and repeat.
    case renew
    /// The session is gone, and with it temporary tables and an open transaction.
    case sessionGone
    /// The proof of who we are was refused; one made afresh may be taken.
    case freshProof
    /// The proof of who we are was refused for good.
    case refused
    /// Too much at the moment.
    case tryLater
    /// Nothing but to report it.
    case fail
  }

  static let sessionExpired = "390112"
  static let running = "333333"
  static let runningAsync = "333334"
  static let notExecuting = "000605"

  package static func action(_ code: String) -> Action {
    switch code {
    case running, runningAsync: .poll
    case sessionExpired: .renew
    case "390103", "390104", "390110", "390111", "390113", "390114", "390115", "390400": .sessionGone
    case "390144", "390303", "390318", "394300"..."394306": .freshProof
    case "390100", "390189", "390195", "390201", "390422", "394400": .refused
    case "390505": .tryLater
    default: .fail
    }
  }

  /// What to do, for whoever reads the message; nil where the server's own words must do.
  package static func advice(_ code: String) -> String? {
    switch code {
    case "390100": "check user and password; repeated failures lock the user"
    case "390144", "394300"..."394306":
      "check the account and user names, this machine's clock, and that DESC USER shows the same fingerprint"
    case "390189": "grant the role to the user, or name another"
    case "390201": "create the database, schema or warehouse, or grant the role its use"
    case "390303", "390318": "get a new OAuth token"
    case "390422": "the account's network policy does not allow this address"
    case "394400": "check that the token is not expired, and that a network policy applies to the user"
    case "000709": "results are kept for 24 hours; run the statement again"
    default: nil
    }
  }

  /// `605` as `000605`.
  static func sixDigits(_ code: String) -> String {
    code.allSatisfy(\.isNumber) && code.count < 6 ? String(repeating: "0", count: 6 - code.count) + code : code
  }
}
