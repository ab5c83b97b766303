import Dispatch
import Foundation
import HTTP
import Support
import Testing

/// Every way in which a request ends without a reply, and what the error says of it.
struct HTTPErrorTests {
  private struct Refused: Error {}

  private static func failure(
    _ request: HTTPRequest, settings: HTTPSettings = HTTPSettings(proxy: .none), cancellation: Cancellation? = nil
  ) throws -> HTTPError {
    let client = try HTTPClient(settings)
    return try #require(throws: HTTPError.self) { try client.send(request, cancellation: cancellation) }
  }

  @Test func aPortWhereNobodyListensIsNotSent() throws {
    let server = try ScriptedServer { _ in .close }
    let url = server.url
    server.stop()
    let error = try Self.failure(HTTPRequest(.post, url + "/path?token=hidden", body: .bytes([1])))
    #expect(error.kind == .notSent)
    #expect(!error.mayHaveArrived)
    #expect(error.operation == "POST \(url)/path")
  }

  @Test(arguments: ["ftp://127.0.0.1/x", "nonsense:", "http://no-such-host.invalid/x?sig=hidden"])
  func aURLThatLeadsNowhereIsNotSent(url: String) throws {
    let error = try Self.failure(HTTPRequest(.get, url))
    #expect(error.kind == .notSent)
    #expect(!error.mayHaveArrived)
    #expect(!error.description.contains("hidden"))
  }

  @Test func aReplyThatNeverComesMayHaveArrived() throws {
    let server = try ScriptedServer { _ in .close }
    let error = try Self.failure(HTTPRequest(.post, server.url + "/x", body: .bytes([1])))
    #expect(error.kind == .maybeSent)
    #expect(error.mayHaveArrived)
    #expect(server.requests.count == 1)
  }

  @Test func aPostOverAKeptConnectionThatBreaksIsNotSentTwice() throws {
    let server = try ScriptedServer { request in request.path == "/cut" ? .close : .text("") }
    let client = try HTTPClient(HTTPSettings(proxy: .none))
    _ = try client.send(HTTPRequest(.get, server.url + "/first"))
    let error = try #require(throws: HTTPError.self) {
      try client.send(HTTPRequest(.post, server.url + "/cut", body: .bytes([1, 2, 3])))
    }
    #expect(error.kind == .maybeSent)
    #expect(error.mayHaveArrived)
    #expect(server.requests.map(\.connection) == [0, 0])
    // A PUT may be: libcurl does it, with the body from its start.
    _ = try client.send(HTTPRequest(.get, server.url + "/again"))
    _ = #expect(throws: HTTPError.self) {
      try client.send(HTTPRequest(.put, server.url + "/cut", body: .source(Counting(length: 100_000))))
    }
    let puts = server.requests.filter { $0.method == "PUT" }
    #expect(puts.count == 2)
    #expect(puts.allSatisfy { $0.body == Counting(length: 100_000).all })
  }

  @Test func halfAReplyMayHaveArrived() throws {
    let server = try ScriptedServer { _ in .half(status: 200, body: Array("0123456789".utf8)) }
    let error = try Self.failure(HTTPRequest(.get, server.url + "/x"))
    #expect(error.kind == .maybeSent)
    #expect(error.mayHaveArrived)
  }

  @Test func aTotalLimitEndsAReplyThatIsLate() throws {
    let release = DispatchSemaphore(value: 0)
    let server = try ScriptedServer { _ in
      release.wait()
      return .text("late")
    }
    defer { release.signal() }
    let error = try Self.failure(
      HTTPRequest(.get, server.url + "/x", timeouts: HTTPTimeouts(connect: 5000, total: 50)))
    #expect(error.kind == .timeout)
    #expect(error.mayHaveArrived)
  }

  @Test func cancellationEndsARequestThatWaits() throws {
    let release = DispatchSemaphore(value: 0)
    let cancellation = Cancellation()
    let server = try ScriptedServer { _ in
      cancellation.cancel()
      release.wait()
      return .text("late")
    }
    defer { release.signal() }
    let error = try Self.failure(HTTPRequest(.get, server.url + "/x"), cancellation: cancellation)
    #expect(error.kind == .cancelled)
    #expect(error.mayHaveArrived)
    let next = try Self.failure(HTTPRequest(.get, server.url + "/x"), cancellation: cancellation)
    #expect(next.kind == .cancelled)
    #expect(!next.mayHaveArrived)
    #expect(server.requests.count == 1)
  }

  @Test func aReplyPastTheLimitIsRefused() throws {
    let server = try ScriptedServer { _ in .text("0123456789") }
    let client = try HTTPClient(HTTPSettings(proxy: .none))
    let fits = try client.send(HTTPRequest(.get, server.url + "/x", destination: .memory(limit: 10)))
    #expect(fits.body.count == 10)
    let error = try Self.failure(HTTPRequest(.get, server.url + "/x", destination: .memory(limit: 9)))
    #expect(error.kind == .tooLarge)
  }

  @Test func whatASourceOrASinkThrowsIsTheCause() throws {
    let server = try ScriptedServer { _ in .text("0123456789") }
    let sink = HTTPRequest.Destination.sink { _ in throw Refused() }
    let taken = try Self.failure(HTTPRequest(.get, server.url + "/x", destination: sink))
    #expect(taken.kind == .body)
    #expect(taken.underlying is Refused)
    let read = try Self.failure(HTTPRequest(.put, server.url + "/x", body: .source(Broken(failsToRewind: false))))
    #expect(read.kind == .body)
    #expect(read.underlying is Refused)
    let rewound = try Self.failure(HTTPRequest(.put, server.url + "/x", body: .source(Broken(failsToRewind: true))))
    #expect(rewound.kind == .body)
    #expect(!rewound.mayHaveArrived)
  }

  @Test func aHeaderWithALineBreakIsRefused() throws {
    let server = try ScriptedServer { _ in .text("") }
    let error = try Self.failure(HTTPRequest(.get, server.url + "/x", headers: ["X-A": "1\r\nX-B: hidden"]))
    #expect(error.kind == .notSent)
    #expect(!error.description.contains("hidden"))
    #expect(server.requests.isEmpty)
  }

  @Test func descriptionsHideHeadersAndSecrets() {
    let headers: HTTPHeaders = ["Authorization": "hidden"]
    let signature = AWSSignature(keyID: "hidden", secretKey: "hidden", sessionToken: "hidden", region: "r")
    var dumped = ""
    dump(headers, to: &dumped)
    dump(signature, to: &dumped)
    #expect(!"\(headers) \(signature) \(dumped)".contains("hidden"))
  }

  private final class Broken: BodySource {
    let failsToRewind: Bool
    init(failsToRewind: Bool) { self.failsToRewind = failsToRewind }
    var length: Int { 10 }
    func rewind() throws { if failsToRewind { throw Refused() } }
    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int { throw Refused() }
  }
}
