import AWS
import Foundation
import HTTP
import Support
import Synchronization

/// A home folder, variables and a clock of a test's own.
final class AWSWorld: Sendable {
  let home: String
  /// What was waited for, in milliseconds.
  let waits = Mutex<[Int]>([])

  init() throws {
    home =
      FileManager.default.temporaryDirectory.resolvingSymlinksInPath().path
      + "/scmplan-aws-\(UUID().uuidString.lowercased())"
    try FileManager.default.createDirectory(atPath: home + "/.aws", withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: home) }

  func write(_ name: String, _ text: String) throws {
    try text.write(toFile: home + "/" + name, atomically: true, encoding: .utf8)
  }

  /// A caller for whom every service is at `endpoint`, and whose machine's addresses are too.
  func caller(_ endpoint: String, _ environment: [String: String] = [:], attempts: Int = 5) -> AWSCaller {
    var environment = environment
    environment["AWS_ENDPOINT_URL"] = endpoint
    return AWSCaller(
      AWSSurroundings(
        environment: environment, home: home, now: { 1_790_000_000_000 },
        wait: { [self] milliseconds in waits.withLock { $0.append(milliseconds) } },
        instanceMetadata: endpoint, containerMetadata: endpoint),
      attempts: attempts)
  }

  static let keys = AWSCredentials(keyID: "KEYID", secretKey: "hidden-secret")

  /// What STS answers to a request for a role.
  static let assumed = """
    <AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
    <AccessKeyId>ASIA1</AccessKeyId><SecretAccessKey>hidden-secret</SecretAccessKey><SessionToken>hidden-token</SessionToken>
    <Expiration>2026-11-21T12:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>
    """

  /// The id of the key that a request is signed with.
  static func signer(_ request: ServerRequest) -> String {
    let header = request.headers["authorization"] ?? ""
    guard let range = header.range(of: "Credential=") else { return "" }
    return String(header[range.upperBound...].prefix { $0 != "/" })
  }
}
