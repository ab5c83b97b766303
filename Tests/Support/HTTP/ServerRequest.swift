/// What a scripted server was asked.
package struct ServerRequest: Sendable {
  package var method: String
  /// As on the request line, up to the question mark.
  package var path: String
  /// Decoded names and values of the query.
  package var query: [String: String]
  /// Names in lower case.
  package var headers: [String: String]
  package var body: [UInt8]
  /// The number of the connection, from 0: two requests over one kept connection have the same.
  package var connection: Int

  /// The body as text.
  package var text: String { String(decoding: body, as: UTF8.self) }
}

/// What a scripted server does with a request that it has read.
package enum ServerReply: Sendable {
  /// A whole reply; `Content-Length` is added.
  case reply(status: Int, headers: [(String, String)] = [], body: [UInt8] = [])
  /// Exactly these bytes, then the connection is closed.
  case raw([UInt8])
  /// The connection is closed without a byte.
  case close
  /// A reply that promises its whole body and ends half way through it.
  case half(status: Int, body: [UInt8])

  package static func text(_ text: String, status: Int = 200, headers: [(String, String)] = []) -> ServerReply {
    .reply(status: status, headers: headers, body: Array(text.utf8))
  }

  /// The bytes to send, and whether the connection stays open.
  func bytes(isHead: Bool) -> (bytes: [UInt8], keepsOpen: Bool) {
    switch self {
    case .reply(let status, let headers, let body):
      (Self.head(status, headers, length: body.count) + (isHead ? [] : body), true)
    case .raw(let bytes): (bytes, false)
    case .close: ([], false)
    case .half(let status, let body):
      (Self.head(status, [], length: max(1, body.count)) + body.prefix(body.count / 2), false)
    }
  }

  private static func head(_ status: Int, _ headers: [(String, String)], length: Int) -> [UInt8] {
    var lines = ["HTTP/1.1 \(status) Scripted"]
    lines += headers.map { "\($0.0): \($0.1)" }
    lines += ["Content-Length: \(length)", "", ""]
    return Array(lines.joined(separator: "\r\n").utf8)
  }
}
