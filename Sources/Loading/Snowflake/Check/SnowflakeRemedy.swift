import Catalogs
import Snowflake

/// What to run against an error of the account, in words that can be copied: where the settings or the error name what it
/// is about, the statement names it too.
struct SnowflakeRemedy {
  var login: SnowflakeLogin

  func text(_ error: SnowflakeError) -> String {
    if let host = error.host {
      return "open \(host) in the firewall or proxy, for HTTPS; all hosts of the account:\nSELECT SYSTEM$ALLOWLIST();"
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
      return """
        correct user and password in connections.toml; an administrator sees whether the user is locked, and unlocks it:
        DESC USER \(user);
        ALTER USER \(user) SET MINS_TO_UNLOCK = 0;
        """
    case "390101": return "ALTER USER \(user) SET DISABLED = FALSE;"
    case "390144", "394300"..."394306":
      guard error.clockOffset == nil else { return Self.setClock }
      return """
        compare the fingerprint with RSA_PUBLIC_KEY_FP, and set the key where it differs:
        DESC USER \(user);
        ALTER USER \(user) SET RSA_PUBLIC_KEY = '<the public key>';
        """
    case "390189": return "GRANT ROLE \(role) TO USER \(user);\nor name another role in connections.toml"
    case "390201":
      let named = [
        login.database.map { "DATABASE \(written($0))" },
        login.schema.map { "SCHEMA " + [login.database, $0].compactMap { $0 }.map(written).joined(separator: ".") },
        login.warehouse.map { "WAREHOUSE \(written($0))" },
      ].compactMap { $0 }
      let grants = named.map { "\nGRANT USAGE ON \($0) TO ROLE \(role);" }.joined()
      return "each that connections.toml names must be there and may be used:" + grants
    case "390303", "390318": return "get a new OAuth token, and put it where connections.toml says"
    case "390422":
      let address = error.message.firstMatch(of: #/IP/Token ([0-9A-Fa-f.:]+)/#).map { String($0.output.1) }
      return """
        see which policy applies, of the user or else IN ACCOUNT, and allow \(address ?? "this address") in it:
        SHOW PARAMETERS LIKE 'NETWORK_POLICY' FOR USER \(user);
        DESCRIBE NETWORK POLICY <policy>;
        ALTER NETWORK POLICY <policy> SET ALLOWED_IP_LIST = (<those in it>, '\(address ?? "<address>")');
        """
    case "394400":
      return """
        see whether it expired; the user must be under a network policy:
        SHOW USER PROGRAMMATIC ACCESS TOKENS FOR USER \(user);
        ALTER USER \(user) ROTATE PROGRAMMATIC ACCESS TOKEN <name>;
        """
    default: return "see what the role lacks: scmplan setup-sql WORKFLOW prints what it needs"
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
