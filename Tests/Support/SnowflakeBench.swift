import Foundation
import FoundationNetworking
import Synchronization

/// The servers that stand in for a Snowflake account: fakesnow, moto, and the proxy of `Tests/Support/Snowflake` in
/// front of them; see docs/snowflake-bench.md.
///
/// A bench ends with the test process, whatever ends that. Tests that share one keep apart by users and databases of
/// their own.
package final class SnowflakeBench: Sendable {
  /// What the bench says of itself once everything listens.
  package struct Facts: Decodable, Sendable {
    package var account: String
    /// A first user with all roles, and its password.
    package var user: String
    package var password: String
    /// A PEM file with the authority of the certificates of ``https`` and ``storage``.
    package var authority: String
    /// Ports on 127.0.0.1 of the service, plain and over TLS, and of the object store over TLS.
    package var http: Int
    package var https: Int
    package var storage: Int
    /// The port of the proxy that leads to the bench's Azure and Google clouds, under their own names.
    package var proxy: Int
    /// The port of moto itself, which plays AWS, and the keys of a user of it with all rights.
    package var moto: Int
    package var storageKey: String
    package var storageSecret: String
  }

  package let facts: Facts
  /// The bench's own folder, gone with it.
  package let folder: String
  private let process: Process

  private init(facts: Facts, folder: String, process: Process) {
    self.facts = facts
    self.folder = folder
    self.process = process
  }

  deinit { stop() }

  /// Ends the bench and waits for its end.
  package func stop() {
    guard process.isRunning else { return }
    process.terminate()
    process.waitUntilExit()
  }

  // MARK: Starting

  /// The repository's folder, seen from this file.
  package static let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent()
    .deletingLastPathComponent().path
  /// Where `.ci/test` installs the servers, and Snowflake's own connector with them.
  package static let python = repository + "/.deps/snowflake/bin/python"
  /// The bench's scripts.
  package static let scripts = repository + "/Tests/Support/Snowflake"

  private static let starting = Mutex<Task<SnowflakeBench, any Error>?>(nil)

  /// The bench that the tests of this process share; started by the first who asks.
  package static func shared() async throws -> SnowflakeBench {
    let task = starting.withLock { starting in
      if let starting { return starting }
      // Unstructured: the one who asks first may be cancelled, and the others still want the bench.
      let task = Task { try await start() }
      starting = task
      return task
    }
    return try await task.value
  }

  /// Starts a bench of one's own.
  ///
  /// - Throws: ``Program/Failure`` when its Python packages are missing, or with what it said when it does not start.
  package static func start() async throws -> SnowflakeBench {
    guard FileManager.default.isExecutableFile(atPath: python) else {
      throw Program.Failure(description: "\(python) is missing: make test installs it")
    }
    let base = FileManager.default.temporaryDirectory.resolvingSymlinksInPath().path
    let folder = "\(base)/scmplan-snowflake-\(UUID().uuidString.lowercased())"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let process = Process()
    let output = Pipe()
    let errors = folder + "/errors"
    guard FileManager.default.createFile(atPath: errors, contents: nil) else {
      throw Program.Failure(description: "\(errors) cannot be written")
    }
    process.executableURL = URL(fileURLWithPath: python)
    process.arguments = [scripts + "/bench.py", "--folder", folder, "--watch", "\(getpid())"]
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = FileHandle(forWritingAtPath: errors)
    try process.run()
    let line = await withCheckedContinuation { continuation in
      DispatchQueue.global().async { continuation.resume(returning: firstLine(output.fileHandleForReading)) }
    }
    guard let facts = try? JSONDecoder().decode(Facts.self, from: line) else {
      process.terminate()
      let said = String(decoding: FileManager.default.contents(atPath: errors) ?? Data(), as: UTF8.self)
      try? FileManager.default.removeItem(atPath: folder)
      throw Program.Failure(description: "the Snowflake bench did not start: \(said)")
    }
    return SnowflakeBench(facts: facts, folder: folder, process: process)
  }

  private static func firstLine(_ handle: FileHandle) -> Data {
    var line = Data()
    while let byte = try? handle.read(upToCount: 1), let first = byte.first, first != UInt8(ascii: "\n") {
      line.append(first)
    }
    return line
  }

  // MARK: Requests to the bench itself

  /// Sends `body` to an endpoint of the bench and decodes its answer.
  package func control<T: Decodable>(_ method: String, _ path: String, _ body: [String: BenchValue] = [:]) async throws
    -> T
  {
    guard let url = URL(string: "http://127.0.0.1:\(facts.http)/_bench/\(path)") else {
      throw Program.Failure(description: "\(path) is no path of the bench")
    }
    var request = URLRequest(url: url, timeoutInterval: 600)
    request.httpMethod = method
    if method == "POST" { request.httpBody = try JSONEncoder().encode(body) }
    let (data, response) = try await URLSession.shared.data(for: request)
    guard (response as? HTTPURLResponse)?.statusCode == 200 else {
      throw Program.Failure(description: "\(method) \(path): \(String(decoding: data, as: UTF8.self))")
    }
    return try JSONDecoder().decode(T.self, from: data)
  }
}
