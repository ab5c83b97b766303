import HTTP

/// What an object store's answer asks of the client.
enum StorageVerdict {
  case done
  /// The credentials ended: get new ones and repeat.
  case expired
  /// A bad moment: wait and repeat.
  case again
  /// The same request at another host, and perhaps in another region.
  case elsewhere(host: String, region: String?)
  /// No use in repeating. `code` is the store's own word for it.
  case refused(code: String)
}

/// Sends the requests of one thread to an object store, as often as it takes.
///
/// Every request bears repeating: it writes the same bytes under the same name, or reads.
final class StorageCaller {
  /// A request to make from what is at hand, and where redirections led.
  struct Target {
    var transfer: StageTransfer
    var host: String?
    var region: String?
  }

  private static let mostRenewals = 3
  private static let mostRedirections = 5

  private let access: StageAccess
  private let options: StageOptions
  private let cancellation: Cancellation?
  private var client: HTTPClient?
  private var host: String?
  private var region: String?

  init(_ access: StageAccess, _ options: StageOptions, _ cancellation: Cancellation?) {
    self.access = access
    self.options = options
    self.cancellation = cancellation
  }

  /// Sends what `make` makes until `judge` is content; renews credentials, waits and follows redirections on the way.
  ///
  /// - Parameter operation: what is done, for errors: `upload a.parquet`.
  /// - Throws: ``SnowflakeError``; of kind `transient` when the store was not well for as long as the options bear it.
  func send(
    _ operation: String, _ make: (Target) throws(SnowflakeError) -> HTTPRequest,
    judge: (HTTPResponse) -> StorageVerdict
  ) throws(SnowflakeError) -> HTTPResponse {
    var retries = RetryState(options.retries, now: options.surroundings.elapsed())
    var renewals = 0
    var redirections = 0
    var grant = try access.grant(cancellation)
    while true {
      let request = try make(Target(transfer: grant.transfer, host: host, region: region))
      let why: String
      var silent: String?
      switch try attempt(operation, request, judge) {
      case .success((_, .elsewhere(let host, let region))):
        redirections += 1
        guard redirections <= Self.mostRedirections else { throw refused(operation, "it is sent from host to host") }
        self.host = host
        self.region = region ?? self.region
        continue
      case .success((_, .expired)):
        renewals += 1
        guard renewals <= Self.mostRenewals else {
          throw refused(operation, "new credentials are refused like old ones")
        }
        grant = try access.renewed(after: grant.number, cancellation)
        continue
      case .success((let response, .done)): return response
      case .success((let response, .refused(let code))): throw refused(operation, "\(response.status) \(code)")
      case .success((let response, .again)): why = "the store answers \(response.status)"
      case .failure(let error):
        silent = Self.host(of: request)
        why = Self.silence(request, error)
      }
      let surroundings = options.surroundings
      guard let wait = retries.delay(now: surroundings.elapsed(), random: surroundings.random) else {
        throw SnowflakeError(.transient, operation: operation, message: why, host: silent)
      }
      surroundings.wait(wait, cancellation)
      // While this thread waited, another may have got new credentials.
      grant = try access.grant(cancellation)
    }
  }

  /// One try; a failure is one that may pass.
  private func attempt(
    _ operation: String, _ request: HTTPRequest, _ judge: (HTTPResponse) -> StorageVerdict
  ) throws(SnowflakeError) -> Result<(HTTPResponse, StorageVerdict), HTTPError> {
    do throws(HTTPError) {
      let client = if let client = self.client { client } else { try HTTPClient(options.http) }
      // Only a client whose request came to its end is used again.
      self.client = nil
      let response = try client.send(request, cancellation: cancellation)
      self.client = client
      return .success((response, judge(response)))
    } catch {
      switch error.kind {
      case .notSent, .maybeSent, .timeout: return .failure(error)
      case .tls, .cancelled, .tooLarge, .body:
        if let ours = error.underlying as? SnowflakeError { throw ours }
        throw SnowflakeError(
          SnowflakeError(error, operation: operation).kind, operation: operation,
          message: Self.silence(request, error), host: Self.host(of: request))
      }
    }
  }

  /// The path of an object says nothing that helps, and is long.
  private static func silence(_ request: HTTPRequest, _ error: HTTPError) -> String {
    "\(host(of: request)) brought no answer: \(error.message)"
  }

  /// Host and port of a request, without what may be secret.
  private static func host(of request: HTTPRequest) -> String {
    let place = request.url.split(separator: "/", maxSplits: 2).dropFirst().first ?? ""
    return String(place.split(separator: "@").last ?? "")
  }

  private func refused(_ operation: String, _ message: String) -> SnowflakeError {
    SnowflakeError(.unexpectedAnswer, operation: operation, message: message)
  }
}
