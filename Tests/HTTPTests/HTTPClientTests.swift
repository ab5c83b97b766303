import Dispatch
import Foundation
import HTTP
import Support
import Synchronization
import Testing

/// What a client sends and takes, against a server on this machine.
struct HTTPClientTests {
  /// No environment of the machine that runs the tests may send them through a proxy.
  private static let direct = HTTPSettings(proxy: .none)

  @Test func sendsMethodQueryHeadersAndBody() throws {
    let server = try ScriptedServer { _ in .text("fine", status: 201, headers: [("X-Mark", " seven ")]) }
    let client = try HTTPClient(Self.direct)
    let query = PercentEncoding.query([("name", "a b/ü"), ("two", "2")])
    let response = try client.send(
      HTTPRequest(.post, "\(server.url)/path?\(query)", headers: ["X-One": "1"], body: .bytes(Array("body".utf8))))
    #expect(response.status == 201)
    #expect(response.isSuccess)
    #expect(response.headers["x-mark"] == "seven")
    #expect(response.body == Array("fine".utf8))
    let request = try #require(server.requests.first)
    #expect(request.method == "POST")
    #expect(request.path == "/path")
    #expect(request.query == ["name": "a b/ü", "two": "2"])
    #expect(request.headers["x-one"] == "1")
    #expect(request.headers["user-agent"] == "scmplan")
    #expect(request.headers["expect"] == nil)
    #expect(request.text == "body")
  }

  @Test(arguments: [HTTPRequest.Method.get, .head, .delete, .put, .post])
  func everyMethodArrives(method: HTTPRequest.Method) throws {
    let server = try ScriptedServer { _ in .text("answer", status: 404) }
    let response = try HTTPClient(Self.direct).send(HTTPRequest(method, server.url + "/x"))
    #expect(response.status == 404)
    #expect(response.body == (method == .head ? [] : Array("answer".utf8)))
    #expect(server.requests.map(\.method) == [method.rawValue])
  }

  @Test func keepsItsConnection() throws {
    let server = try ScriptedServer { _ in .text("x") }
    let client = try HTTPClient(Self.direct)
    for _ in 0..<3 { _ = try client.send(HTTPRequest(.get, server.url + "/x")) }
    #expect(server.requests.map(\.connection) == [0, 0, 0])
  }

  @Test func unpacksACompressedReply() throws {
    // `printf hello | gzip -n`
    let packed: [UInt8] = [
      0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 7, 0, 0x86, 0xa6, 0x10, 0x36, 5, 0, 0, 0,
    ]
    let server = try ScriptedServer { _ in
      .reply(status: 200, headers: [("Content-Encoding", "gzip")], body: packed)
    }
    let client = try HTTPClient(Self.direct)
    let unpacked = try client.send(HTTPRequest(.get, server.url + "/x", acceptsCompression: true))
    #expect(unpacked.body == Array("hello".utf8))
    #expect(try client.send(HTTPRequest(.get, server.url + "/x")).body == packed)
  }

  @Test func streamsABodyOfKnownLength() throws {
    let server = try ScriptedServer { _ in .text("") }
    let source = Counting(length: 3_000_001)
    let client = try HTTPClient(Self.direct)
    for _ in 0..<2 { _ = try client.send(HTTPRequest(.put, server.url + "/x", body: .source(source))) }
    #expect(server.requests.map(\.body) == [source.all, source.all])
    #expect(server.requests[0].headers["content-length"] == "3000001")
  }

  @Test func aConnectionThatWasClosedInTheMeantimeIsReplaced() async throws {
    let server = try ScriptedServer { request in
      // A whole reply that lets the client keep the connection, which the server then closes.
      request.path == "/first" ? .raw(Array("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".utf8)) : .text("")
    }
    let client = try HTTPClient(Self.direct)
    _ = try client.send(HTTPRequest(.get, server.url + "/first"))
    _ = try await waiting(for: "the connection to close") { server.openConnections == 0 ? true : nil }
    let source = Counting(length: 2_000_000)
    _ = try client.send(HTTPRequest(.put, server.url + "/second", body: .source(source)))
    #expect(server.requests.last?.body == source.all)
    #expect(server.requests.last?.connection == 1)
  }

  @Test func givesALongReplyToASinkAndAnErrorsBodyToTheResponse() throws {
    let long = [UInt8](repeating: 7, count: 3_000_000)
    let server = try ScriptedServer { request in
      request.path == "/bad" ? .text("<Error/>", status: 403) : .reply(status: 200, body: long)
    }
    let client = try HTTPClient(Self.direct)
    var taken: [UInt8] = []
    let sink = HTTPRequest.Destination.sink { taken += $0 }
    let good = try client.send(HTTPRequest(.get, server.url + "/good", destination: sink))
    #expect(taken == long)
    #expect(good.body == [])
    taken = []
    let bad = try client.send(HTTPRequest(.get, server.url + "/bad", destination: sink))
    #expect(taken == [])
    #expect(bad.body == Array("<Error/>".utf8))
  }

  @Test func goesThroughAProxyButNotToExceptedHosts() throws {
    let proxy = try ScriptedServer { _ in .text("by proxy") }
    let server = try ScriptedServer { _ in .text("direct") }
    func answer(except: String?) throws -> String {
      let settings = HTTPSettings(proxy: .server(url: proxy.url, user: "u", password: "p:w", except: except))
      let response = try HTTPClient(settings).send(HTTPRequest(.get, server.url + "/x"))
      return String(decoding: response.body, as: UTF8.self)
    }
    #expect(try answer(except: nil) == "by proxy")
    #expect(try answer(except: "127.0.0.1") == "direct")
    #expect(proxy.requests.map(\.path) == [server.url + "/x"])
    #expect(proxy.requests[0].headers["proxy-authorization"] == "Basic " + Data("u:p:w".utf8).base64EncodedString())
  }

  @Test func signsForAWS() throws {
    let server = try ScriptedServer { _ in .text("") }
    let signature = AWSSignature(
      keyID: "AKID", secretKey: "topsecret", sessionToken: "session", region: "eu-west-1")
    _ = try HTTPClient(Self.direct).send(
      HTTPRequest(
        .put, server.url + "/bucket/a%20b",
        headers: ["x-amz-content-sha256": "UNSIGNED-PAYLOAD", "x-amz-meta-sfc-digest": "abc="],
        body: .bytes([1, 2]), signature: signature))
    let headers = try #require(server.requests.first?.headers)
    let authorization = try #require(headers["authorization"])
    #expect(authorization.hasPrefix("AWS4-HMAC-SHA256 Credential=AKID/"))
    #expect(authorization.contains("/eu-west-1/s3/aws4_request"))
    for name in ["host", "x-amz-date", "x-amz-content-sha256", "x-amz-meta-sfc-digest", "x-amz-security-token"] {
      #expect(authorization.contains(name), "\(name) is signed")
      #expect(headers[name] != nil)
    }
    #expect(!"\(headers)".contains("topsecret"))
  }
}

/// Bytes that count up, made as they are asked for.
final class Counting: BodySource {
  let length: Int
  private var position = 0

  init(length: Int) { self.length = length }

  var all: [UInt8] { (0..<length).map { UInt8(truncatingIfNeeded: $0) } }

  func rewind() { position = 0 }

  func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    let count = min(buffer.count, length - position)
    for index in 0..<count { buffer[index] = UInt8(truncatingIfNeeded: position + index) }
    position += count
    return count
  }
}
