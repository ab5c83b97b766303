import Crypto
import Foundation
import HTTP
import Snowflake
import Support
import Testing

/// A stage of the bench for one test, with a folder for its files; both are gone when the test ends.
struct StageWorld: Sendable {
  let bench: SnowflakeBench
  let session: SnowflakeSession
  let user: String
  /// A database of the test's own, with the schema PUBLIC.
  let database: String
  let folder: String

  static func with<T>(
    keyBits: Int = 128, cloud: String = "S3", encryption: String = "SNOWFLAKE_FULL",
    _ body: (StageWorld) async throws -> T
  ) async throws -> T {
    let bench = try await SnowflakeBench.shared()
    let database = "T" + UUID().uuidString.replacing("-", with: "")
    let user = "U" + UUID().uuidString.replacing("-", with: "")
    try await bench.addUser([
      "name": .text(user), "password": "pass", "key_bits": .number(Double(keyBits)), "cloud": .text(cloud),
    ])
    var settings = ConnectionSettings(
      account: AccountName(bench.facts.account), baseURL: "https://127.0.0.1:\(bench.facts.https)", user: user,
      credential: .password(SecretText("pass")), http: HTTPSettings(proxy: .none, caFile: bench.facts.authority))
    settings.retries = RetryPolicy(shortest: 1, longest: 4, budget: 10_000)
    let session = try SnowflakeSession(settings)
    let folder = FileManager.default.temporaryDirectory.path + "/scmplan-stage-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    _ = try session.rows("CREATE DATABASE \(database)")
    _ = try session.rows("CREATE STAGE \(database).PUBLIC.ST ENCRYPTION = (TYPE = '\(encryption)')")
    return try await body(StageWorld(bench: bench, session: session, user: user, database: database, folder: folder))
  }

  /// A reference to the stage, with a path behind it.
  func stage(_ path: String = "") throws -> StageReference {
    try StageReference("@\(database).PUBLIC.ST" + (path.isEmpty ? "" : "/\(path)"))
  }

  /// Small waits, the bench's certificates, and parts of the least size that S3 takes.
  func options(parallel: Int = 4, threshold: Int = 64 << 20, attempts: Int = 5) -> StageOptions {
    StageOptions(
      http: HTTPSettings(
        proxy: .server(
          url: "http://127.0.0.1:\(bench.facts.proxy)", user: nil, password: nil, except: "127.0.0.1"),
        caFile: bench.facts.authority),
      retries: RetryPolicy(shortest: 1, longest: 4, budget: 10_000, minimumAttempts: attempts), parallel: parallel,
      threshold: threshold, partSize: 5 << 20)
  }

  /// Writes a file of random bytes, its name telling its size.
  func file(_ size: Int, name: String? = nil) throws -> String {
    let path = "\(folder)/\(name ?? "f\(size).bin")"
    guard FileManager.default.createFile(atPath: path, contents: Data(try RandomBytes.make(size))) else {
      throw Program.Failure(description: "\(path) cannot be written")
    }
    return path
  }

  func digest(_ path: String) throws -> SHA256Digest { try SHA256.digest(ofFile: path) }
}
