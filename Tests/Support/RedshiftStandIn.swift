import Foundation
import Synchronization

/// Stands in for Amazon Redshift: the tests' PostgreSQL behind a proxy that adds what is Redshift's own; see docs/redshift.md.
///
/// One proxy for each instance, ended with it or with the test process.
package final class RedshiftStandIn: Sendable {
  package let database: PostgresDatabase
  package let host = "127.0.0.1"
  package let port: Int
  /// The proxy's own folder, gone with it.
  private let folder: String
  private let process: Process
  // The proxy lives as long as this end of its pipe is open.
  private let life: Pipe

  private struct Facts: Decodable {
    var port: Int
  }

  /// - Parameter bench: whose S3 takes what UNLOAD writes; nil where nothing is unloaded.
  package init(_ bench: SnowflakeBench? = nil) throws {
    database = try PostgresServer.shared().database()
    let scripts = SnowflakeBench.repository + "/Tests/Support/Redshift"
    try database.run("ALTER DATABASE \(database.name) SET search_path = public, standin")
    try database.run(try String(contentsOfFile: scripts + "/standin.sql", encoding: .utf8))
    let base = FileManager.default.temporaryDirectory.resolvingSymlinksInPath().path
    folder = "\(base)/scmplan-redshift-\(UUID().uuidString.lowercased())"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    process = Process()
    life = Pipe()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: SnowflakeBench.python)
    process.arguments = [scripts + "/redshift.py", folder, database.server.host, "\(database.server.port)"]
    process.standardInput = life
    process.standardOutput = output
    process.standardError = FileHandle.standardError
    if let facts = bench?.facts {
      process.environment = ProcessInfo.processInfo.environment.merging([
        "S3_URL": "http://127.0.0.1:\(facts.moto)", "AWS_ACCESS_KEY_ID": facts.storageKey,
        "AWS_SECRET_ACCESS_KEY": facts.storageSecret, "AWS_EC2_METADATA_DISABLED": "true",
      ]) { $1 }
    }
    try process.run()
    try life.fileHandleForReading.close()
    var line = Data()
    while line.last != UInt8(ascii: "\n"), let more = try output.fileHandleForReading.read(upToCount: 1), !more.isEmpty
    {
      line.append(more)
    }
    guard let facts = try? JSONDecoder().decode(Facts.self, from: line) else {
      throw Program.Failure(description: "the Redshift stand-in did not start")
    }
    port = facts.port
  }

  deinit {
    try? life.fileHandleForWriting.close()
    process.waitUntilExit()
    try? FileManager.default.removeItem(atPath: folder)
  }

  /// Sets the next fault: see `unloading.py` and `redshift.py` for the words.
  package func setFault(_ word: String) throws {
    try word.write(toFile: folder + "/fault", atomically: true, encoding: .utf8)
  }

  /// Whether the fault that was set has fired.
  package var hasFired: Bool { !FileManager.default.fileExists(atPath: folder + "/fault") }

  /// What the proxy noted: logins of AWS's, UNLOADs; a line of JSON each.
  package var log: String { (try? String(contentsOfFile: folder + "/log", encoding: .utf8)) ?? "" }
}
