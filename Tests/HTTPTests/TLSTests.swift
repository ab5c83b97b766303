import HTTP
import Support
import Testing

/// Certificates and protocols, against a server that is not ours.
struct TLSTests {
  private static func send(_ url: String, caFile: String?) throws -> HTTPResponse {
    try HTTPClient(HTTPSettings(proxy: .none, caFile: caFile)).send(HTTPRequest(.get, url))
  }

  @Test func aCertificateThatIsTrustedForTheHostIsTaken() throws {
    let server = try TLSServer()
    let response = try Self.send("https://localhost:\(server.port)/", caFile: server.certificate)
    #expect(response.status == 200)
  }

  @Test func anotherHostOrAnUnknownIssuerIsRefused() throws {
    let server = try TLSServer()
    for (url, caFile) in [
      ("https://127.0.0.1:\(server.port)/", server.certificate), ("https://localhost:\(server.port)/", nil),
      ("https://localhost:\(server.port)/", "/nonexistent.pem"),
    ] {
      let error = try #require(throws: HTTPError.self) { try Self.send(url, caFile: caFile) }
      #expect(error.kind == .tls)
      #expect(!error.mayHaveArrived)
    }
  }

  @Test func anOldProtocolIsRefused() throws {
    let server = try TLSServer(["-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"])
    let error = try #require(throws: HTTPError.self) {
      try Self.send("https://localhost:\(server.port)/", caFile: server.certificate)
    }
    #expect(!error.mayHaveArrived)
  }
}
