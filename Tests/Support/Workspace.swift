import Foundation
import Synchronization

/// A folder of its own for one test: source, target, workflow, configuration, state; gone with everything that works in
/// it when the test ends.
package final class Workspace: Sendable {
  package let folder: String
  private let programs = Mutex<[Program]>([])

  package var source: String { folder + "/source.db" }
  package var target: String { folder + "/target.db" }
  package var state: String { folder + "/state/scmplan.db" }
  package var stage: String { folder + "/state/stage" }
  package var faultLog: String { folder + "/faults.log" }

  /// Every workspace keeps a few processes busy, so only some are open at a time.
  private static let gate = Gate(4)

  private init() throws {
    let base = FileManager.default.temporaryDirectory.resolvingSymlinksInPath().path
    folder = "\(base)/scmplan-test-\(UUID().uuidString.lowercased())"
    try FileManager.default.createDirectory(atPath: folder + "/said", withIntermediateDirectories: true)
  }

  /// Runs `body` with a new workspace that has a configuration, and clears up behind it whatever happens.
  package static func with<T>(_ body: (Workspace) async throws -> T) async throws -> T {
    await gate.enter()
    let workspace: Workspace
    do {
      workspace = try Workspace()
      try workspace.configure()
    } catch {
      await gate.leave()
      throw error
    }
    let result: Result<T, any Error>
    do {
      result = .success(try await body(workspace))
    } catch {
      result = .failure(error)
    }
    let left = await workspace.close()
    await gate.leave()
    guard left.isEmpty else { throw Program.Failure(description: "left behind: \(left)") }
    return try result.get()
  }

  // MARK: Files

  /// Writes a file of the folder and returns its path.
  @discardableResult
  package func write(_ name: String, _ text: String, mode: Int = 0o600) throws -> String {
    let path = folder + "/" + name
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    return path
  }

  package func read(_ path: String) throws -> String {
    let full = path.hasPrefix("/") ? path : folder + "/" + path
    return String(decoding: try Data(contentsOf: URL(fileURLWithPath: full)), as: UTF8.self)
  }

  /// Writes the configuration; `application` are members of that section.
  package func configure(application: [String: String] = [:], state: String? = nil) throws {
    var settings = ["max_parallel_tasks": "2", "heartbeat_seconds": "1", "lease_seconds": "3"]
    settings.merge(application) { $1 }
    var text = "[application]\n" + settings.sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value)\n" }.joined()
    text += "\n[connections.source.sqlite]\npath = \"\(source)\"\n\n[connections.target.sqlite]\npath = \"\(target)\"\n"
    text += "\n[state]\npath = \"\(state ?? self.state)\"\n"
    try write("configuration.toml", text)
    try FileManager.default.createDirectory(atPath: folder + "/state", withIntermediateDirectories: true)
  }

  /// Writes `wf.json`: for each table its name in source and target, and further members of its entry.
  package func workflow(_ tables: KeyValuePairs<String, String>, name: String = "wf") throws {
    let entries = tables.map { table, members in
      let written = Self.quoted("\"" + table.replacingOccurrences(of: "\"", with: "\"\"") + "\"")
      let target = members.contains("\"target\"") ? "" : ", \"target\": {\"tableName\": \(written)}"
      return "    {\"source\": {\"tableName\": \(written)}\(target)\(members.isEmpty ? "" : ", " + members)}"
    }
    try write("\(name).json", "{\n  \"tables\": [\n\(entries.joined(separator: ",\n"))\n  ]\n}\n")
  }

  /// A text as a JSON string.
  package static func quoted(_ text: String) -> String {
    "\"" + text.replacingOccurrences(of: "\\", with: "\\\\").replacingOccurrences(of: "\"", with: "\\\"") + "\""
  }

  /// The source for reading and writing.
  package func openSource() throws -> SQLiteFile { try SQLiteFile(source, isNew: true) }
  package func openTarget() throws -> SQLiteFile { try SQLiteFile(target, isNew: true) }
  package func openState() throws -> SQLiteFile { try SQLiteFile(state) }

  // MARK: Programs

  /// Starts the program in the folder.
  package func start(
    _ arguments: [String], environment: [String: String] = [:], input: String? = nil, closed: [Int32] = [],
    setting: String = ""
  ) throws -> Program {
    try start(
      Program.scmplan, arguments, environment: environment, input: input, closed: closed, setting: setting)
  }

  /// Starts any executable in the folder.
  package func start(
    _ executable: String, _ arguments: [String], environment: [String: String] = [:], input: String? = nil,
    closed: [Int32] = [], setting: String = ""
  ) throws -> Program {
    var variables = ["PATH": "/usr/bin:/bin", "HOME": folder, "LANG": "C.UTF-8", "TZ": "UTC"]
    variables.merge(environment) { $1 }
    let program = try Program(
      executable, arguments, folder: folder, environment: variables, input: input, closed: closed,
      setting: setting, capture: folder + "/said")
    programs.withLock { $0.append(program) }
    return program
  }

  /// Runs the program to its end.
  package func run(
    _ arguments: String..., environment: [String: String] = [:], input: String? = nil, closed: [Int32] = [],
    within seconds: Double = 300
  ) async throws -> ProgramResult {
    try await start(arguments, environment: environment, input: input, closed: closed).end(within: seconds)
  }

  /// The environment that arms a fault.
  package func fault(_ fault: String) -> [String: String] {
    ["SCMPLAN_FAULT": fault, "SCMPLAN_FAULT_LOG": faultLog]
  }

  /// The lines of the faults that fired.
  package var fired: [String] {
    ((try? read(faultLog)) ?? "").split(separator: "\n").map(String.init)
  }

  /// What the background engines wrote.
  package var engineLog: String {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder + "/state/logs")) ?? []
    return names.sorted().compactMap { try? read("state/logs/" + $0) }.joined()
  }

  /// Who works here, what is open and what the engines said last: for the message of a test that waited in vain.
  package var diagnosis: String {
    var lines = ProcessFacts.working(in: folder).map { "\($0.pid) \($0.state) \($0.arguments.dropFirst().prefix(3))" }
    for sql in [
      "SELECT id, kind, pid, stopping, heartbeat FROM engines", "SELECT id, state, open_tasks, ended FROM runs",
      "SELECT id, run, kind, part, state, attempt, failures, owner, lease_until, error_message FROM tasks "
        + "WHERE state NOT IN ('completed', 'cancelled')",
    ] {
      lines += ((try? openState().rows(sql)) ?? []).map { "\($0)" }
    }
    let said = programs.withLock { $0 }.filter(\.isRunning).map { $0.command + ":\n" + $0.saidSoFar.suffix(1500) }
    return (lines + said + [String(engineLog.suffix(3000))]).joined(separator: "\n")
  }

  /// The background engines that live: their processes name the state in their arguments.
  package var engines: [ProcessFacts] {
    ProcessFacts.working(in: folder).filter { $0.arguments.dropFirst().first == "engine" }
  }

  /// Waits until no background engine works here.
  package func enginesEnd(within seconds: Double = 300) async throws {
    _ = try await waiting(for: "the background engine to end", seconds: seconds) { engines.isEmpty ? true : nil }
  }

  /// Asks the background engines to end, and waits until they have: the next one then has the environment of its test.
  package func stopEngines() async throws {
    for engine in engines { engine.send(SIGTERM) }
    try await enginesEnd()
  }

  /// Ends what is still at work and removes the folder.
  ///
  /// - Returns: what could not be cleared.
  private func close() async -> [String] {
    for program in programs.withLock({ $0 }) where program.isRunning {
      program.send(SIGKILL)
      _ = await program.ended(within: 10)
    }
    // Twice: a process that was just about to start an engine may have done so meanwhile.
    for _ in 1...2 {
      for process in ProcessFacts.working(in: folder) { process.send(SIGKILL) }
      _ = try? await waiting(for: "processes to end", seconds: 10) {
        ProcessFacts.working(in: folder).isEmpty ? true : nil
      }
    }
    let left = ProcessFacts.working(in: folder).map { "process \($0.pid)" }
    try? FileManager.default.removeItem(atPath: folder)
    return left + (FileManager.default.fileExists(atPath: folder) ? [folder] : [])
  }
}
