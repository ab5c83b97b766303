import AWS
import Foundation
import Support
import Testing

@Suite struct AWSCredentialChainTests {
  private func found(
    _ world: AWSWorld, _ caller: AWSCaller, profile: String? = nil, role: String? = nil, keys: AWSCredentials? = nil
  ) throws -> AWSCredentials {
    try AWSCredentialChain(caller).credentials(
      AWSSignIn(keys: keys, profile: profile, roleARN: role, region: "eu-central-1"))
  }

  @Test func keysOfTheConfigurationWinOverVariablesAndThoseOverFiles() throws {
    let world = try AWSWorld()
    try world.write(".aws/credentials", "[default]\naws_access_key_id = FILE\naws_secret_access_key = s\n")
    let server = try ScriptedServer { _ in .close }
    let variables = ["AWS_ACCESS_KEY_ID": "ENV", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": "t"]
    #expect(try found(world, world.caller(server.url, variables), keys: AWSWorld.keys).keyID == "KEYID")
    let environment = try found(world, world.caller(server.url, variables))
    #expect(environment.keyID == "ENV")
    #expect(environment.sessionToken == "t")
    #expect(try found(world, world.caller(server.url)).keyID == "FILE")
    #expect(server.requests.isEmpty)
  }

  @Test func bothFilesMakeAProfile() throws {
    let world = try AWSWorld()
    try world.write(
      ".aws/config",
      "# comment\n[default]\nregion = x\n\n[profile mig]\naws_access_key_id=CONFIG\naws_secret_access_key=c\ns3 =\n  a = b\n"
    )
    try world.write(".aws/credentials", "; comment\n[mig]\naws_access_key_id = MINE\naws_secret_access_key = s==\n")
    let caller = world.caller("http://127.0.0.1:1")
    let keys = try found(world, caller, profile: "mig")
    #expect(keys.keyID == "MINE")
    #expect(keys.secretKey == "s==")
    #expect(try found(world, world.caller("http://127.0.0.1:1", ["AWS_PROFILE": "mig"])).keyID == "MINE")
  }

  @Test func aRoleIsAssumedWithTheSourceProfilesKeys() throws {
    let world = try AWSWorld()
    try world.write(
      ".aws/config",
      "[profile role]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = base\nexternal_id = x&y\n"
        + "[profile base]\naws_access_key_id = BASE\naws_secret_access_key = s\n")
    let server = try ScriptedServer { _ in .text(AWSWorld.assumed) }
    let keys = try found(world, world.caller(server.url), profile: "role")
    #expect(keys.keyID == "ASIA1")
    #expect(keys.sessionToken == "hidden-token")
    #expect(keys.expiration == 1_795_262_400_000)
    let request = try #require(server.requests.first)
    #expect(request.text.contains("Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fr"))
    #expect(request.text.contains("ExternalId=x%26y"))
    #expect(AWSWorld.signer(request) == "BASE")
  }

  @Test func theConfigurationsRoleIsAssumedWithWhateverWasFound() throws {
    let world = try AWSWorld()
    let server = try ScriptedServer { _ in .text(AWSWorld.assumed) }
    #expect(try found(world, world.caller(server.url), role: "arn:r", keys: AWSWorld.keys).keyID == "ASIA1")
    #expect(server.requests.map(AWSWorld.signer) == ["KEYID"])
  }

  @Test(arguments: ["Environment", "EcsContainer", "Ec2InstanceMetadata"])
  func aRoleMayBeAssumedWithWhatTheMachineHas(source: String) throws {
    let world = try AWSWorld()
    try world.write(".aws/config", "[profile role]\nrole_arn = arn:r\ncredential_source = \(source)\n")
    let server = try ScriptedServer { request in
      switch request.path {
      case "/": .text(AWSWorld.assumed)
      case "/latest/api/token": .text("imds")
      case "/latest/meta-data/iam/security-credentials/": .text("node\n")
      default: .text(#"{"AccessKeyId": "MACHINE", "SecretAccessKey": "s", "Token": "t"}"#)
      }
    }
    let variables = [
      "AWS_ACCESS_KEY_ID": "MACHINE", "AWS_SECRET_ACCESS_KEY": "s", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/x",
    ]
    #expect(try found(world, world.caller(server.url, variables), profile: "role").keyID == "ASIA1")
    #expect(try AWSWorld.signer(#require(server.requests.last)) == "MACHINE")
  }

  @Test func aWebIdentityNeedsNoKeys() throws {
    let world = try AWSWorld()
    try world.write("token", "web-token\n")
    let server = try ScriptedServer { _ in .text(AWSWorld.assumed) }
    let caller = world.caller(
      server.url, ["AWS_WEB_IDENTITY_TOKEN_FILE": world.home + "/token", "AWS_ROLE_ARN": "arn:r"])
    #expect(try found(world, caller).keyID == "ASIA1")
    let request = try #require(server.requests.first)
    #expect(request.text.contains("Action=AssumeRoleWithWebIdentity"))
    #expect(request.text.hasSuffix("WebIdentityToken=web-token"))
    #expect(request.headers["authorization"] == nil)
  }

  @Test func aContainerIsAskedWithItsToken() throws {
    let world = try AWSWorld()
    try world.write("token", "Bearer 1\n")
    let server = try ScriptedServer { _ in
      .text(
        #"{"AccessKeyId": "C", "SecretAccessKey": "s", "Token": "t", "Expiration": "2026-11-21T12:00:00.5Z"}"#)
    }
    let keys = try found(
      world,
      world.caller(
        "http://127.0.0.1:1",
        [
          "AWS_CONTAINER_CREDENTIALS_FULL_URI": server.url + "/creds",
          "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": world.home + "/token",
        ]))
    #expect(keys.keyID == "C")
    #expect(keys.expiration == 1_795_262_400_500)
    #expect(server.requests.map { $0.headers["authorization"] } == ["Bearer 1"])
  }

  @Test func anInstanceIsAskedBySecondVersion() throws {
    let world = try AWSWorld()
    let server = try ScriptedServer { request in
      switch (request.method, request.path) {
      case ("PUT", "/latest/api/token"):
        request.headers["x-aws-ec2-metadata-token-ttl-seconds"] == "300" ? .text("imds") : .text("", status: 400)
      case (_, _) where request.headers["x-aws-ec2-metadata-token"] != "imds": .text("", status: 401)
      case ("GET", "/latest/meta-data/iam/security-credentials/"): .text("node")
      case ("GET", "/latest/meta-data/iam/security-credentials/node"):
        .text(#"{"AccessKeyId": "I", "SecretAccessKey": "s", "Token": "t"}"#)
      default: .text("", status: 404)
      }
    }
    #expect(try found(world, world.caller(server.url)).keyID == "I")
  }

  @Test func aProgramMayPrintKeys() throws {
    let world = try AWSWorld()
    try world.write(
      ".aws/config",
      "[profile p]\ncredential_process = printf '{\"Version\":1,\"AccessKeyId\":\"P\",\"SecretAccessKey\":\"s\"}'\n"
        + "[profile fails]\ncredential_process = echo hidden-secret; exit 3\n"
        + "[profile garbage]\ncredential_process = echo hidden-secret\n")
    let caller = world.caller("http://127.0.0.1:1")
    #expect(try found(world, caller, profile: "p").keyID == "P")
    for (profile, kind, words) in [
      ("fails", AWSError.Kind.noCredentials, "status 3"), ("garbage", .malformed, "no credentials"),
    ] {
      #expect {
        try found(world, caller, profile: profile)
      } throws: { error in
        let error = error as? AWSError
        return error?.kind == kind && error?.message.contains(words) == true
          && error?.description.contains("hidden") == false
      }
    }
  }

  @Test func whereNothingIsFoundTheErrorSaysWhereWasLooked() throws {
    let world = try AWSWorld()
    let server = try ScriptedServer { _ in .text("", status: 404) }
    #expect {
      try found(world, world.caller(server.url))
    } throws: { error in
      let error = error as? AWSError
      return error?.kind == .noCredentials && error?.message.contains(world.home + "/.aws/credentials") == true
        && error?.message.contains("access_key_id") == true
    }
    #expect(throws: AWSError.self) { try found(world, world.caller(server.url, ["AWS_EC2_METADATA_DISABLED": "true"])) }
  }

  @Test(arguments: [
    ("[profile a]\nrole_arn = r\nsource_profile = b\n[profile b]\nrole_arn = r\nsource_profile = a\n", "leads back"),
    ("[profile a]\nregion = x\n", "neither keys"),
    ("[profile a]\nrole_arn = r\n", "needs a source_profile"),
    ("[profile a]\nrole_arn = r\nsource_profile = b\n[profile b]\nregion = x\n", "source_profile b has no credentials"),
    ("[profile b]\n", "none of that name"),
    ("[profile a\n", "line 1"),
    ("[profile a]\nnothing\n", "line 2"),
  ])
  func aBrokenProfileIsExplained(text: String, words: String) throws {
    let world = try AWSWorld()
    try world.write(".aws/config", text)
    #expect {
      try found(world, world.caller("http://127.0.0.1:1"), profile: "a")
    } throws: { ($0 as? AWSError)?.description.contains(words) == true }
  }

  @Test func aFileThatCannotBeReadIsNamed() throws {
    let world = try AWSWorld()
    try FileManager.default.createDirectory(atPath: world.home + "/.aws/config", withIntermediateDirectories: true)
    #expect {
      try found(world, world.caller("http://127.0.0.1:1"))
    } throws: { ($0 as? AWSError)?.description.contains(".aws/config") == true }
  }
}
