/// One request, and what becomes of its reply.
package struct HTTPRequest {
  package enum Method: String, Sendable {
    case get = "GET"
    case head = "HEAD"
    case post = "POST"
    case put = "PUT"
    case delete = "DELETE"
  }

  package enum Body {
    case none
    case bytes([UInt8])
    /// Sent as it is read, with `Content-Length` from the source.
    case source(any BodySource)
  }

  /// Where the body of a reply goes.
  package enum Destination {
    /// Into ``HTTPResponse/body``, up to so many bytes; more end the request with ``HTTPError/Kind/tooLarge``.
    case memory(limit: Int)
    /// Piece by piece to a closure, when the status is 2xx; of other statuses up to 64 KiB go to ``HTTPResponse/body``.
    ///
    /// What the closure throws ends the request with ``HTTPError/Kind/body``. A request that fails may have handed some
    /// pieces over, so whoever repeats it starts its file over.
    case sink((UnsafeRawBufferPointer) throws -> Void)
  }

  package var method: Method
  /// With its scheme (`https` or `http`), and with path and query encoded as they are to be sent.
  package var url: String
  package var headers: HTTPHeaders
  package var body: Body
  package var destination: Destination
  /// Asks for a compressed reply and unpacks it. Off for objects of a storage service, whose `Content-Encoding` is
  /// free text.
  package var acceptsCompression: Bool
  /// Signs for AWS with ``AWSSignature``.
  package var signature: AWSSignature?
  /// Instead of the client's settings.
  package var timeouts: HTTPTimeouts?
  /// Whether libcurl may by itself send the body again over a new connection when a kept one breaks before a byte of
  /// the reply: not for POST, whose caller must hear of every sending that may have had an effect.
  package var bodyMayBeResent: Bool

  package init(
    _ method: Method, _ url: String, headers: HTTPHeaders = [:], body: Body = .none,
    destination: Destination = .memory(limit: 256 << 20), acceptsCompression: Bool = false,
    signature: AWSSignature? = nil, timeouts: HTTPTimeouts? = nil
  ) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
    self.destination = destination
    self.acceptsCompression = acceptsCompression
    self.signature = signature
    self.timeouts = timeouts
    bodyMayBeResent = method != .post
  }

  /// The method and the URL without what may carry a signature, a token or a password: `PUT https://host/path`.
  var title: String {
    let place = url.prefix { $0 != "?" && $0 != "#" }
    let parts = place.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
    guard parts.count > 2, let at = parts[2].lastIndex(of: "@") else { return "\(method.rawValue) \(place)" }
    let host = parts[2][parts[2].index(after: at)...]
    return "\(method.rawValue) " + (parts[..<2] + [host] + parts[3...]).joined(separator: "/")
  }
}
