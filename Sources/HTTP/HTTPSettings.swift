/// How a client connects: proxy, trust and time limits.
package struct HTTPSettings: Sendable {
  package enum Proxy: Sendable {
    /// As `https_proxy`, `http_proxy`, `all_proxy` and `no_proxy` of the environment say.
    case environment
    /// None, whatever the environment says.
    case none
    /// This one, `http://host:port`, but for hosts in `except` (names, domains and `*`, separated by commas).
    case server(url: String, user: String?, password: String?, except: String?)
  }

  package var proxy: Proxy
  /// Certificates (PEM) to trust instead of the system's.
  package var caFile: String?
  package var timeouts: HTTPTimeouts
  /// The `User-Agent` of requests that set none.
  package var userAgent: String

  package init(
    proxy: Proxy = .environment, caFile: String? = nil, timeouts: HTTPTimeouts = HTTPTimeouts(),
    userAgent: String = "scmplan"
  ) {
    self.proxy = proxy
    self.caFile = caFile
    self.timeouts = timeouts
    self.userAgent = userAgent
  }
}

/// How long each stage of a request may take, in milliseconds; nil is without end.
package struct HTTPTimeouts: Hashable, Sendable {
  /// Looking the host up, connecting and shaking hands.
  package var connect: Int
  /// The whole request, from its start to the last byte of the reply.
  package var total: Int?
  /// Ends a request that moved less than a byte a second for this long, rounded up to seconds.
  package var stalled: Int?

  package init(connect: Int = 60_000, total: Int? = nil, stalled: Int? = 120_000) {
    self.connect = connect
    self.total = total
    self.stalled = stalled
  }
}

extension HTTPSettings.Proxy: CustomStringConvertible, CustomReflectable {
  /// Without user and password.
  package var description: String {
    switch self {
    case .environment: "the environment's proxy"
    case .none: "no proxy"
    case .server(let url, _, _, _): url
    }
  }

  package var customMirror: Mirror { Mirror(self, children: []) }
}
