package import HTTP

/// All that opening a session needs.
package struct ConnectionSettings: Sendable {
  /// What is reported as the client's version.
  static let clientVersion = "0.1.0"

  package var account: AccountName
  /// `https://host:443`.
  package var baseURL: String
  package var user: String?
  package var credential: Credential
  /// Where a password came from, for messages.
  package var credentialOrigin: String
  package var database: String?
  package var schema: String?
  package var warehouse: String?
  package var role: String?
  /// `ALL` or `NONE`.
  package var secondaryRoles: String?
  /// Set at the login.
  package var sessionParameters: [String: JSONValue]
  /// Whether a heartbeat keeps the session alive while nothing is asked.
  package var keepsAlive: Bool
  /// `CLIENT_APP_ID`, by which the server decides on features.
  package var clientID: String
  /// `CLIENT_ENVIRONMENT.APPLICATION`.
  package var application: String
  /// Inside Snowpark Container Services: the file whose content goes along with every login.
  package var serviceTokenPath: String?
  package var http: HTTPSettings
  package var loginRetries: RetryPolicy
  package var retries: RetryPolicy

  package init(
    account: AccountName, baseURL: String? = nil, user: String?, credential: Credential,
    credentialOrigin: String = "the settings", http: HTTPSettings = HTTPSettings()
  ) {
    self.account = account
    self.baseURL = baseURL ?? "https://\(account.host(region: nil)):443"
    self.user = user
    self.credential = credential
    self.credentialOrigin = credentialOrigin
    self.http = http
    sessionParameters = [:]
    keepsAlive = false
    clientID = "scmplan"
    application = "scmplan"
    loginRetries = RetryPolicy()
    retries = RetryPolicy(budget: 900_000)
  }

  /// The same for somebody who waits for the answer: a host that brings none is given up after half a minute.
  package var hurried: ConnectionSettings {
    var settings = self
    settings.loginRetries = RetryPolicy(budget: 5000, minimumAttempts: 2)
    settings.retries = settings.loginRetries
    settings.http.timeouts.connect = min(settings.http.timeouts.connect, 10_000)
    return settings
  }
}
