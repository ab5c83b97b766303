import CCurl

/// What libcurl's callbacks work on while one request runs, on the thread that sends it.
final class Transfer {
  /// Bytes of an error's body that are kept when the reply was to go to a sink.
  private static let errorLimit = 64 << 10

  let source: (any BodySource)?
  private let destination: HTTPRequest.Destination
  private let maySendAgain: Bool
  private let cancellation: Cancellation?

  private(set) var status = 0
  private(set) var headers = HTTPHeaders()
  private(set) var body: [UInt8] = []
  /// What the source or the sink threw.
  private(set) var failure: (any Error)?
  private(set) var isTooLarge = false
  /// Whether the empty line behind the head came: libcurl takes a connection that closes before it for a short head.
  private(set) var hasWholeHead = false

  /// - Parameter maySendAgain: whether libcurl may rewind the source to send it over another connection.
  init(source: (any BodySource)?, maySendAgain: Bool, destination: HTTPRequest.Destination, cancellation: Cancellation?)
  {
    self.source = source
    self.maySendAgain = maySendAgain
    self.destination = destination
    self.cancellation = cancellation
  }

  var isCancelled: Bool { cancellation?.isCancelled ?? false }

  /// The source's next bytes; nil when it failed.
  func read(into buffer: UnsafeMutableRawBufferPointer) -> Int? {
    do {
      return try source?.read(into: buffer) ?? 0
    } catch {
      failure = error
      return nil
    }
  }

  /// Starts the source over because libcurl wants to send it again; false when it must not or the source failed.
  func rewindToSendAgain() -> Bool { maySendAgain && rewind() }

  /// Starts the source over; false when it failed.
  func rewind() -> Bool {
    do {
      try source?.rewind()
      return true
    } catch {
      failure = error
      return false
    }
  }

  /// Takes one line of the reply's head; a status line begins a new head (after `100 Continue`, say).
  func takeHeader(_ line: UnsafeRawBufferPointer) {
    let text = String(decoding: line, as: UTF8.self)
    if text.hasPrefix("HTTP/") {
      let words = text.split(whereSeparator: \.isWhitespace)
      status = words.count > 1 ? Int(words[1]) ?? 0 : 0
      headers = HTTPHeaders()
      body = []
      hasWholeHead = false
    } else if text == "\r\n" || text == "\n" {
      hasWholeHead = true
    } else if let colon = text.firstIndex(of: ":") {
      headers.append(String(text[..<colon]), Self.trimmed(text[text.index(after: colon)...]))
    }
  }

  /// Takes a piece of the reply's body; false to end the request.
  func take(_ piece: UnsafeRawBufferPointer) -> Bool {
    switch destination {
    case .sink(let sink) where (200..<300).contains(status):
      do {
        try sink(piece)
        return true
      } catch {
        failure = error
        return false
      }
    case .sink:
      body.append(contentsOf: piece.prefix(max(0, Self.errorLimit - body.count)))
      return true
    case .memory(let limit):
      guard piece.count <= limit - body.count else {
        isTooLarge = true
        return false
      }
      body.append(contentsOf: piece)
      return true
    }
  }

  private static func trimmed(_ text: Substring) -> String {
    let front = text.drop { $0.isWhitespace }
    return String(front.reversed().drop { $0.isWhitespace }.reversed())
  }
}
