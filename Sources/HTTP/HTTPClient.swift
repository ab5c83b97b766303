import CCurl

/// Sends requests one after the other and keeps the connections between them; each call blocks until the reply is in.
///
/// A client belongs to one thread at a time; requests that are to run at once need clients of their own. TLS is 1.2 or
/// newer, certificates and host names are always checked, and redirections are replies like any other.
///
/// libcurl itself sends a request once more over a new connection when a kept one turns out to be closed before a byte
/// of the reply came, but for those with a body that says no (``HTTPRequest/bodyMayBeResent``).
package final class HTTPClient {
  private let handle: EasyHandle
  private let settings: HTTPSettings

  /// - Throws: ``HTTPError`` when memory ran out.
  package init(_ settings: HTTPSettings = HTTPSettings()) throws(HTTPError) {
    guard let handle = EasyHandle() else {
      throw HTTPError(
        kind: .notSent, mayHaveArrived: false, operation: "start libcurl", message: "memory ran out")
    }
    self.handle = handle
    self.settings = settings
  }

  /// Sends `request` and waits for the whole reply, whatever its status.
  ///
  /// - Throws: ``HTTPError``, which says whether the request may have reached the server.
  package func send(
    _ request: HTTPRequest, cancellation: Cancellation? = nil
  ) throws(HTTPError) -> HTTPResponse {
    let headers = try headers(of: request)
    let source: (any BodySource)? =
      switch request.body {
      case .none: nil
      case .bytes(let bytes): ByteSource(bytes)
      case .source(let source): source
      }
    let transfer = Transfer(
      source: source, maySendAgain: request.bodyMayBeResent, destination: request.destination,
      cancellation: cancellation)
    guard !transfer.isCancelled else {
      throw HTTPError(kind: .cancelled, mayHaveArrived: false, operation: request.title, message: "it was cancelled")
    }
    guard transfer.rewind() else {
      throw HTTPError(
        kind: .body, mayHaveArrived: false, operation: request.title, message: "its body cannot be read",
        underlying: transfer.failure)
    }
    handle.reset()
    setConnection(request)
    setMethod(request, source)
    guard handle.set(CURLOPT_URL, request.url) else {
      throw HTTPError(kind: .notSent, mayHaveArrived: false, operation: request.title, message: "memory ran out")
    }
    let code = handle.perform(headers: headers, transfer: transfer, isSigned: request.signature != nil)
    guard code == CURLE_OK else { throw failure(code, request, transfer) }
    guard transfer.hasWholeHead else {
      throw HTTPError(
        kind: .maybeSent, mayHaveArrived: true, operation: request.title, message: "the reply ends within its head")
    }
    return HTTPResponse(status: transfer.status, headers: transfer.headers, body: transfer.body)
  }

  private func failure(_ code: CURLcode, _ request: HTTPRequest, _ transfer: Transfer) -> HTTPError {
    let wasSent = handle.wasSent
    if let underlying = transfer.failure {
      let part = transfer.status == 0 ? "its body" : "its reply"
      return HTTPError(
        kind: .body, mayHaveArrived: wasSent, operation: request.title, message: "\(part) could not be passed on",
        underlying: underlying)
    }
    if transfer.isTooLarge {
      return HTTPError(
        kind: .tooLarge, mayHaveArrived: wasSent, operation: request.title, message: "the reply is too long")
    }
    return HTTPError(code, wasSent: wasSent, operation: request.title, message: handle.words(for: code))
  }

  /// All headers to send.
  ///
  /// - Throws: ``HTTPError`` when one has a line break or another control character, which would end up as another
  ///   header.
  private func headers(of request: HTTPRequest) throws(HTTPError) -> HTTPHeaders {
    var headers = request.headers
    if headers["User-Agent"] == nil { headers["User-Agent"] = settings.userAgent }
    // libcurl would name the body a form.
    if headers["Content-Type"] == nil { headers["Content-Type"] = "application/octet-stream" }
    if case .none = request.body { headers["Content-Type"] = request.headers["Content-Type"] }
    if let token = request.signature?.sessionToken { headers["x-amz-security-token"] = token }
    for field in headers.fields
    where (field.name + field.value).utf8.contains(where: { $0 < 32 && $0 != 9 }) || field.name.isEmpty {
      throw HTTPError(
        kind: .notSent, mayHaveArrived: false, operation: request.title,
        message: "a header has an empty name or a control character")
    }
    return headers
  }

  private func setConnection(_ request: HTTPRequest) {
    handle.set(CURLOPT_NOSIGNAL, 1)
    handle.set(CURLOPT_TCP_KEEPALIVE, 1)
    handle.set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1)
    handle.set(CURLOPT_PROTOCOLS_STR, "https,http")
    handle.set(CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2)
    handle.set(CURLOPT_PATH_AS_IS, 1)
    handle.set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
    handle.set(CURLOPT_BUFFERSIZE, 128 << 10)
    handle.set(CURLOPT_UPLOAD_BUFFERSIZE, 512 << 10)
    if let caFile = settings.caFile { handle.set(CURLOPT_CAINFO, caFile) }
    if request.acceptsCompression { handle.set(CURLOPT_ACCEPT_ENCODING, "") }
    switch settings.proxy {
    case .environment: break
    case .none: handle.set(CURLOPT_PROXY, "")
    case .server(let url, let user, let password, let except):
      handle.set(CURLOPT_PROXY, url)
      if let user { handle.set(CURLOPT_PROXYUSERNAME, user) }
      if let password { handle.set(CURLOPT_PROXYPASSWORD, password) }
      // An empty text keeps libcurl from looking into the environment.
      handle.set(CURLOPT_NOPROXY, except ?? "")
    }
    let timeouts = request.timeouts ?? settings.timeouts
    handle.set(CURLOPT_CONNECTTIMEOUT_MS, timeouts.connect)
    if let total = timeouts.total { handle.set(CURLOPT_TIMEOUT_MS, max(1, total)) }
    if let stalled = timeouts.stalled {
      handle.set(CURLOPT_LOW_SPEED_LIMIT, 1)
      handle.set(CURLOPT_LOW_SPEED_TIME, max(1, (stalled + 999) / 1000))
    }
    if let signature = request.signature {
      handle.set(CURLOPT_AWS_SIGV4, "aws:amz:\(signature.region):\(signature.service)")
      handle.set(CURLOPT_USERNAME, signature.keyID)
      handle.set(CURLOPT_PASSWORD, signature.secretKey)
    }
  }

  private func setMethod(_ request: HTTPRequest, _ source: (any BodySource)?) {
    let length = source?.length ?? 0
    switch request.method {
    case .get: handle.set(CURLOPT_HTTPGET, 1)
    case .head: handle.set(CURLOPT_NOBODY, 1)
    case .delete: handle.set(CURLOPT_CUSTOMREQUEST, "DELETE")
    case .post:
      handle.set(CURLOPT_POST, 1)
      handle.setOffset(CURLOPT_POSTFIELDSIZE_LARGE, length)
    case .put:
      handle.set(CURLOPT_UPLOAD, 1)
      handle.setOffset(CURLOPT_INFILESIZE_LARGE, length)
    }
  }
}
