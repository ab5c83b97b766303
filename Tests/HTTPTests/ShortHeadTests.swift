import HTTP
import Support
import Testing

/// Replies that end before their bodies begin.
struct ShortHeadTests {
  /// libcurl takes a connection that closes within the head for a reply without a body.
  @Test(
    arguments: [
      HTTPRequest.Method.get, .head, .put, .post, .delete,
    ], ["HTTP/1.1 200 OK", "HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 200 OK\r\nX-One: 1\r\n"])
  func isNoReply(method: HTTPRequest.Method, head: String) throws {
    let server = try ScriptedServer { _ in .raw(Array(head.utf8)) }
    let client = try HTTPClient(HTTPSettings(proxy: .none))
    let error = #expect(throws: HTTPError.self) {
      try client.send(HTTPRequest(method, server.url + "/x", body: method == .put ? .bytes([1]) : .none))
    }
    #expect(error?.kind == .maybeSent)
    #expect(error?.mayHaveArrived == true)
  }
}
