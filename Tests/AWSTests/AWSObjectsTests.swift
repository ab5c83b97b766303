import AWS
import Foundation
import HTTP
import Support
import Testing

/// Objects of S3: on moto, which checks every signature, and on scripted answers.
@Suite struct AWSObjectsTests {
  private func objects(_ caller: AWSCaller, _ keys: AWSCredentials = AWSWorld.keys, bucket: String = "b") throws
    -> AWSObjects
  {
    try AWSObjects(caller, AWSSignIn(keys: keys, region: "us-east-1"), bucket: bucket)
  }

  @Test func readsAndListsWithASignature() async throws {
    let bench = try await SnowflakeBench.shared()
    let keys = AWSCredentials(keyID: bench.facts.storageKey, secretKey: bench.facts.storageSecret)
    let folder = "objects-\(UUID().uuidString)/a b+ü"
    var request = HTTPRequest(
      .put, "http://127.0.0.1:\(bench.facts.moto)/sfc-stage/\(PercentEncoding.encode(folder, keeping: "/"))/one",
      body: .bytes([1, 2, 3]))
    request.headers["x-amz-content-sha256"] = "UNSIGNED-PAYLOAD"
    request.signature = AWSSignature(
      keyID: keys.keyID, secretKey: keys.secretKey, sessionToken: nil, region: "us-east-1")
    #expect(try HTTPClient().send(request).isSuccess)
    let caller = try AWSWorld().caller("http://127.0.0.1:\(bench.facts.moto)")
    let bucket = try objects(caller, keys, bucket: "sfc-stage")
    #expect(try bucket.read(folder + "/one", limit: 100) == [1, 2, 3])
    let found = try bucket.list(folder)
    #expect(found.map(\.key) == [folder + "/one"] && found.map(\.bytes) == [3] && found[0].tag.count == 32)
    #expect { try bucket.read(folder + "/none", limit: 10_000) } throws: {
      ($0 as? AWSError)?.code == "NoSuchKey" && ($0 as? AWSError)?.isTransient == false
    }
    let wrong = AWSCredentials(keyID: keys.keyID, secretKey: "wrong-secret")
    #expect { try objects(caller, wrong, bucket: "sfc-stage").list("") } throws: {
      ($0 as? AWSError)?.kind == .refused && !"\($0)".contains("wrong-secret")
    }
  }

  @Test func aListGoesOnWhereItWasCut() throws {
    func page(_ key: String, next: String?) -> ServerReply {
      .text(
        "<ListBucketResult><IsTruncated>\(next != nil)</IsTruncated><Contents><Key>\(key)</Key><ETag>&quot;e&quot;</ETag>"
          + "<Size>7</Size></Contents><CommonPrefixes><Prefix>p</Prefix></CommonPrefixes>"
          + "\(next.map { "<NextContinuationToken>\($0)</NextContinuationToken>" } ?? "")</ListBucketResult>")
    }
    let world = try AWSWorld()
    let answers = Answers([page("a &amp; b", next: "t=/1"), .text("", status: 503), page("c", next: nil)])
    let server = try ScriptedServer { _ in answers.next() }
    let found = try objects(world.caller(server.url)).list("p/")
    #expect(found == ["a & b", "c"].map { AWSObjects.Object(key: $0, bytes: 7, tag: "e") })
    #expect(server.requests.map(\.path) == ["/b/", "/b/", "/b/"])
    #expect(server.requests.map { $0.query["continuation-token"] } == [nil, "t=/1", "t=/1"])
    #expect(server.requests.allSatisfy { $0.query["prefix"] == "p/" && $0.query["list-type"] == "2" })
  }

  @Test(arguments: ["<a>", "", "no xml", "<ListBucketResult><Contents>"]) func whatIsNoListIsExplained(text: String)
    throws
  {
    let world = try AWSWorld()
    let server = try ScriptedServer { _ in .text(text) }
    #expect { try objects(world.caller(server.url)).list("") } throws: { ($0 as? AWSError)?.kind == .malformed }
  }
}
