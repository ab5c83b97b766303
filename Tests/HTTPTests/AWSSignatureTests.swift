import HTTP
import Support
import Testing

/// What libcurl signs, as far as a server without the secret can tell.
struct AWSSignatureTests {
  /// AWS refuses a signature over a header that the request does not have.
  @Test(arguments: [10, 3 << 20]) func everySignedHeaderIsSent(size: Int) throws {
    let server = try ScriptedServer { _ in .text("") }
    let request = HTTPRequest(
      .put, server.url + "/bucket/name",
      headers: ["x-amz-content-sha256": "UNSIGNED-PAYLOAD", "x-amz-meta-note": "a+b/c="],
      body: .bytes([UInt8](repeating: 7, count: size)),
      signature: AWSSignature(keyID: "ID", secretKey: "secret", sessionToken: "token", region: "us-east-1"))
    _ = try HTTPClient(HTTPSettings(proxy: .none)).send(request)
    let arrived = try #require(server.requests.first)
    let authorization = try #require(arrived.headers["authorization"])
    let list = try #require(authorization.split(separator: "SignedHeaders=").last?.prefix { $0 != "," })
    let signed = Set(list.split(separator: ";").map(String.init))
    #expect(signed.isSubset(of: Set(arrived.headers.keys)))
    #expect(signed.isSuperset(of: ["host", "x-amz-content-sha256", "x-amz-meta-note", "x-amz-security-token"]))
    #expect(arrived.body.count == size)
    #expect(!authorization.contains("secret"))
  }
}
