import Foundation
import FoundationNetworking
import Synchronization

/// A server that stands in for SQL Server: `Tests/Support/TDS`, which FreeTDS logs in to; see docs/tds-bench.md.
///
/// It ends with the test process, whatever ends that. Tests that share one keep apart by users and databases of their own.
package final class TDSServer: Sendable {
  /// What the server says of itself once everything listens.
  package struct Facts: Decodable, Sendable {
    /// Ports on 127.0.0.1: one where encryption is the client's choice, one without any, one that demands it.
    package var port: Int
    package var plainPort: Int
    package var securePort: Int
    /// A first user, and its password.
    package var user: String
    package var password: String
    /// A PEM file with the certificate that the server signed itself.
    package var certificate: String
    /// The port of ``control(_:_:_:)``, HTTP.
    package var control: Int
  }

  package let facts: Facts
  private let folder: String
  private let process: Process

  private init(facts: Facts, folder: String, process: Process) {
    self.facts = facts
    self.folder = folder
    self.process = process
  }

  deinit { stop() }

  /// Ends the server and waits for its end.
  package func stop() {
    guard process.isRunning else { return }
    process.terminate()
    process.waitUntilExit()
  }

  // MARK: Starting

  private static let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent()
    .deletingLastPathComponent().path
  /// Where `.ci/tds-bench` installs what the server runs on.
  package static let python = repository + "/.deps/tds/bin/python"

  private static let starting = Mutex<Task<TDSServer, any Error>?>(nil)

  /// The server that the tests of this process share; started by the first who asks.
  package static func shared() async throws -> TDSServer {
    let task = starting.withLock { starting in
      if let starting { return starting }
      // Unstructured: the one who asks first may be cancelled, and the others still want the server.
      let task = Task { try await start() }
      starting = task
      return task
    }
    return try await task.value
  }

  /// Starts a server of one's own.
  ///
  /// - Throws: ``Program/Failure`` when its Python packages are missing, or with what it said when it does not start.
  package static func start() async throws -> TDSServer {
    guard FileManager.default.isExecutableFile(atPath: python) else {
      throw Program.Failure(description: "\(python) is missing: make test installs it")
    }
    let base = FileManager.default.temporaryDirectory.resolvingSymlinksInPath().path
    let folder = "\(base)/scmplan-tds-\(UUID().uuidString.lowercased())"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let errors = folder + "/errors"
    guard FileManager.default.createFile(atPath: errors, contents: nil) else {
      throw Program.Failure(description: "\(errors) cannot be written")
    }
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: python)
    process.arguments = [
      repository + "/Tests/Support/TDS/bench.py", "--folder", folder, "--watch", "\(getpid())",
    ]
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
      throw Program.Failure(description: "the TDS server did not start: \(said)")
    }
    return TDSServer(facts: facts, folder: folder, process: process)
  }

  private static func firstLine(_ handle: FileHandle) -> Data {
    var line = Data()
    while let byte = try? handle.read(upToCount: 1), let first = byte.first, first != UInt8(ascii: "\n") {
      line.append(first)
    }
    return line
  }

  // MARK: Requests to the server itself

  /// Sends `body` to an endpoint of the server and decodes its answer.
  package func control<T: Decodable>(_ method: String, _ path: String, _ body: [String: BenchValue] = [:]) async throws
    -> T
  {
    guard let url = URL(string: "http://127.0.0.1:\(facts.control)/\(path)") else {
      throw Program.Failure(description: "\(path) is no path of the server")
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
