import AWS
import Foundation
import HTTP
import Support
import Synchronization
import Testing

/// Provisioned clusters on moto, which checks every signature; what moto has not, on scripted answers.
@Suite struct RedshiftSignInTests {
  /// Makes a cluster in moto by a request that is not of the module under test.
  private func makeCluster(_ bench: SnowflakeBench, _ name: String) throws {
    let form =
      "Action=CreateCluster&Version=2012-12-01&ClusterIdentifier=\(name)&NodeType=ra3.large&MasterUsername=admin"
      + "&MasterUserPassword=Secret123&DBName=analytics&Port=5440"
    var request = HTTPRequest(.post, "http://127.0.0.1:\(bench.facts.moto)/")
    request.headers["content-type"] = "application/x-www-form-urlencoded"
    request.headers["x-amz-content-sha256"] = "UNSIGNED-PAYLOAD"
    request.body = .bytes(Array(form.utf8))
    request.signature = AWSSignature(
      keyID: bench.facts.storageKey, secretKey: bench.facts.storageSecret, sessionToken: nil, region: "eu-central-1",
      service: "redshift")
    let reply = try HTTPClient().send(request)
    #expect(reply.isSuccess, "\(String(decoding: reply.body, as: UTF8.self))")
  }

  private func signIn(_ caller: AWSCaller, keys: AWSCredentials? = AWSWorld.keys, profile: String? = nil)
    -> RedshiftSignIn
  {
    RedshiftSignIn(caller, AWSSignIn(keys: keys, profile: profile, region: "eu-central-1"))
  }

  @Test func aClustersAddressAndLoginComeFromAWS() async throws {
    let bench = try await SnowflakeBench.shared()
    let world = try AWSWorld()
    let name = "mig-\(UUID().uuidString.prefix(8).lowercased())"
    try makeCluster(bench, name)
    let keys = AWSCredentials(keyID: bench.facts.storageKey, secretKey: bench.facts.storageSecret)
    let caller = world.caller("http://127.0.0.1:\(bench.facts.moto)")
    let login = try signIn(caller, keys: keys).cluster(name, user: "mover", database: "analytics", address: nil)
    #expect(login.user == "IAM:mover")
    #expect(!login.password.isEmpty)
    #expect(login.host.hasPrefix(name))
    #expect(login.port == 5440)
    #expect(login.expiration != nil)
    #expect(!"\(login)".contains(login.password))

    // The same with a role that a profile assumes.
    try world.write(
      ".aws/config",
      """
      [profile mig]
      role_arn = arn:aws:iam::123456789012:role/stage
      source_profile = base
      [profile base]
      aws_access_key_id = \(bench.facts.storageKey)
      aws_secret_access_key = \(bench.facts.storageSecret)
      """)
    let assumed = try signIn(caller, keys: nil, profile: "mig").cluster(
      name, user: "mover", database: "analytics", address: ("gateway", 1))
    #expect(assumed.host == "gateway")
    #expect(!assumed.password.isEmpty)

    #expect {
      try signIn(caller, keys: keys).cluster("none", user: "mover", database: "analytics", address: nil)
    } throws: { error in
      let error = error as? AWSError
      return error?.kind == .refused && error?.code.hasPrefix("ClusterNotFound") == true
    }
  }

  private static let login = """
    <GetClusterCredentialsResponse><GetClusterCredentialsResult><DbUser>IAM:mover</DbUser>
    <DbPassword>hidden-password</DbPassword><Expiration>2026-11-21T12:00:00Z</Expiration>
    </GetClusterCredentialsResult></GetClusterCredentialsResponse>
    """

  private static func refusal(_ code: String) -> String {
    "<ErrorResponse><Error><Type>Sender</Type><Code>\(code)</Code><Message>no &amp; never</Message></Error></ErrorResponse>"
  }

  private func cluster(_ caller: AWSCaller) throws -> RedshiftLogin {
    try signIn(caller).cluster("c", user: "mover", database: "d", address: ("h", 5439))
  }

  @Test(arguments: [
    ServerReply.text(refusal("Throttling"), status: 400), .text("", status: 503), .close,
    .half(status: 200, body: Array(login.utf8)), .raw(Array("HTTP/1.1 200".utf8)),
  ])
  func whatMayPassIsAskedAgain(reply: ServerReply) throws {
    let world = try AWSWorld()
    let answers = Answers([reply, reply, .text(Self.login)])
    let server = try ScriptedServer { _ in answers.next() }
    #expect(try cluster(world.caller(server.url)).password == "hidden-password")
    #expect(server.requests.count == 3)
    #expect(world.waits.withLock { $0.count } == 2)
    #expect(Set(server.requests.map(AWSWorld.signer)) == ["KEYID"])
  }

  @Test func patienceEnds() throws {
    let world = try AWSWorld()
    let server = try ScriptedServer { _ in .text(Self.refusal("Throttling"), status: 400) }
    #expect {
      try cluster(world.caller(server.url, attempts: 4))
    } throws: { error in
      let error = error as? AWSError
      return error?.code == "Throttling" && error?.isTransient == true
    }
    #expect(server.requests.count == 4)
  }

  @Test(arguments: ["ExpiredToken", "InvalidClientTokenId", "SignatureDoesNotMatch", "AccessDenied"])
  func aRefusalThatStaysIsSaidOnce(code: String) throws {
    let world = try AWSWorld()
    let server = try ScriptedServer { _ in .text(Self.refusal(code), status: 403) }
    #expect {
      try cluster(world.caller(server.url))
    } throws: { error in
      let error = error as? AWSError
      return error?.kind == .refused && error?.code == code && error?.message == "no & never"
        && error?.isTransient == false && error?.description.contains("hidden") == false
    }
    #expect(server.requests.count == 1)
  }

  @Test(arguments: ["<a><b></a>", "", "not xml", "<GetClusterCredentialsResponse/>"])
  func anAnswerThatIsNoneIsExplained(text: String) throws {
    let world = try AWSWorld()
    let server = try ScriptedServer { _ in .text(text) }
    #expect { try cluster(world.caller(server.url)) } throws: { ($0 as? AWSError)?.kind == .malformed }
  }

  @Test func aClusterWithoutAnAddressIsExplained() throws {
    let world = try AWSWorld()
    let server = try ScriptedServer { _ in .text("<DescribeClustersResponse/>") }
    #expect {
      try signIn(world.caller(server.url)).cluster("c", user: "u", database: "d", address: nil)
    } throws: { ($0 as? AWSError)?.message.contains("no address yet") == true }
  }

  @Test func aServerlessWorkgroupIsAskedInJSON() throws {
    let world = try AWSWorld()
    let server = try ScriptedServer { request in
      switch request.headers["x-amz-target"] {
      case "RedshiftServerless.GetWorkgroup":
        .text(#"{"workgroup": {"endpoint": {"address": "wg.example", "port": 5439}}}"#)
      case "RedshiftServerless.GetCredentials":
        .text(#"{"dbUser": "IAMR:me", "dbPassword": "hidden-password", "expiration": 1795262400.5}"#)
      default: .text("{}", status: 400)
      }
    }
    let login = try signIn(world.caller(server.url)).serverless("wg", database: "analytics", address: nil)
    #expect(login.host == "wg.example")
    #expect(login.port == 5439)
    #expect(login.user == "IAMR:me")
    #expect(login.expiration == 1_795_262_400_500)
    #expect(
      server.requests.map(\.text) == [#"{"workgroupName":"wg"}"#, #"{"dbName":"analytics","workgroupName":"wg"}"#])
  }

  @Test func aServerlessRefusalIsNamed() throws {
    let world = try AWSWorld()
    let server = try ScriptedServer { _ in
      .text(#"{"__type": "com.amazon#AccessDeniedException", "message": "not you"}"#, status: 400)
    }
    #expect {
      try signIn(world.caller(server.url)).serverless("wg", database: "d", address: ("h", 1))
    } throws: { error in
      let error = error as? AWSError
      return error?.code == "AccessDeniedException" && error?.message == "not you"
    }
    for (body, words) in [("{}", "no credentials"), ("[", "no JSON")] {
      let server = try ScriptedServer { _ in .text(body) }
      #expect {
        try signIn(world.caller(server.url)).serverless("wg", database: "d", address: ("h", 1))
      } throws: { ($0 as? AWSError)?.message.contains(words) == true }
    }
    let empty = try ScriptedServer { _ in .text(#"{"workgroup": {}}"#) }
    #expect {
      try signIn(world.caller(empty.url)).serverless("wg", database: "d", address: nil)
    } throws: { ($0 as? AWSError)?.message.contains("no address yet") == true }
  }
}
