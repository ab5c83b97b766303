import Catalogs
import Snowflake

/// What to run against an error of the account, in words that can be copied: where the settings or the error name what it
/// is about, the statement names it too.
struct SnowflakeRemedy {
  var login: SnowflakeLogin

  func text(_ error: SnowflakeError) -> String {
    if let host = error.host {
      return "open \(host) in the firewall or proxy, for HTTPS; all hosts of the account: SELECT SYSTEM$ALLOWLIST();"
    }
    switch (error.kind, error.code) {
    case (.configuration, _) where error.underlying != nil:
      return "try the key with its passphrase: openssl pkey -in KEYFILE -noout; then correct connections.toml"
    case (.configuration, _): return "correct the connection in connections.toml"
    case (.tls, _):
      return "a proxy that opens TLS needs its certificate: name it as ca_file in connections.toml; look at it with "
        + "curl -v \(login.address)"
    case (.transient, _), (.unexpectedAnswer, _), (.deadline, _), (.cancelled, _):
      return "see whether the account answers: curl -v \(login.address); correct account or host in connections.toml, "
        + "or open that host in the firewall or proxy"
    case (.authentication, let code?), (.statement, let code?): return text(code, error)
    default: return "check again; when it stays: SELECT SYSTEM$ALLOWLIST(); and Snowflake's status page"
    }
  }

  private func text(_ code: String, _ error: SnowflakeError) -> String {
    switch code {
    case "390100":
      return "correct user and password in connections.toml; an administrator sees whether the user exists and is "
        + "locked: DESC USER \(user); and unlocks it: ALTER USER \(user) SET MINS_TO_UNLOCK = 0;"
    case "390101": return "ALTER USER \(user) SET DISABLED = FALSE;"
    case "390144", "394300"..."394306":
      if error.clockOffset != nil { return Self.setClock }
      return
        "compare the fingerprint with RSA_PUBLIC_KEY_FP of: DESC USER \(user); where it differs: ALTER USER \(user) "
        + "SET RSA_PUBLIC_KEY = '<the public key>';"
    case "390189":
      return "GRANT ROLE \(role) TO USER \(user); or name another role in connections.toml"
    case "390201":
      let named = [
        login.database.map { "DATABASE \(written($0))" },
        login.schema.map { "SCHEMA " + [login.database, $0].compactMap { $0 }.map(written).joined(separator: ".") },
        login.warehouse.map { "WAREHOUSE \(written($0))" },
      ].compactMap { $0 }
      return "each that connections.toml names must be there and may be used: "
        + named.map { "GRANT USAGE ON \($0) TO ROLE \(role);" }.joined(separator: " ")
    case "390303", "390318": return "get a new OAuth token, and put it where connections.toml says"
    case "390422":
      let address = error.message.firstMatch(of: #/IP/Token ([0-9A-Fa-f.:]+)/#).map { String($0.output.1) }
      return "SHOW PARAMETERS LIKE 'NETWORK_POLICY' FOR USER \(user); tells the policy, else IN ACCOUNT; allow "
        + "\(address ?? "this address") there: ALTER NETWORK POLICY <policy> SET ALLOWED_IP_LIST = (<those in it>, "
        + "'\(address ?? "<address>")');"
    case "394400":
      return "SHOW USER PROGRAMMATIC ACCESS TOKENS FOR USER \(user); and, where it expired: ALTER USER \(user) ROTATE "
        + "PROGRAMMATIC ACCESS TOKEN <name>; the user must be under a network policy"
    default: return "SELECT CURRENT_ROLE(), CURRENT_WAREHOUSE(); and what the role lacks: scmplan setup-sql"
    }
  }

  /// How a machine's clock is set.
  static let setClock = "set this machine's clock: timedatectl set-ntp true, or: chronyc makestep"

  private var user: String { login.user.map(written) ?? "<user>" }
  private var role: String { login.role.map(written) ?? "<role>" }

  /// A name of the settings as SQL writes it: it folds like any other.
  private func written(_ name: String) -> String {
    (try? Identifier.stored(name, folding: .upper)).map(SnowflakeName.written) ?? name
  }
}
