import Engine
import Foundation
import Plans
import SQL
import Store
import Workflows

/// What a command works with: the configuration, and the folder of the state.
struct Workspace {
  /// The configuration file's path, made absolute.
  var configurationPath: String
  var configuration: Configuration
  /// The database of the state, made absolute.
  var statePath: String

  /// - Throws: ``Failure`` when the configuration cannot be used.
  init(_ shared: SharedOptions) throws {
    let path = ConfigurationFile.path(given: shared.config)
    configuration = try ConfigurationFile.read(path)
    configurationPath = Self.absolute(path)
    statePath = try Self.statePath(given: shared.state, configuration)
  }

  /// The state alone, for commands that connect to nothing; the configuration is read when there is one.
  static func store(_ shared: SharedOptions) throws -> (store: Store, path: String) {
    let file = ConfigurationFile.path(given: shared.config)
    let isThere = shared.config != nil || FileManager.default.fileExists(atPath: file)
    let configuration = try isThere && shared.state == nil ? ConfigurationFile.read(file) : nil
    let path = try statePath(given: shared.state, configuration)
    guard FileManager.default.fileExists(atPath: path) else {
      throw Failure(
        .error, "there is no state at \(path)", "Name it with --state, or make one: scmplan plan and scmplan apply.")
    }
    return (try Store(path: path), path)
  }

  func openStore() throws -> Store {
    try Store(path: statePath)
  }

  /// Where plans, staged files and logs go.
  var folder: String { URL(fileURLWithPath: statePath).deletingLastPathComponent().path }

  /// A directory for what `verify` extracts.
  func verificationStage() -> String { stage(of: "verify") }

  /// A directory for keys that are compared while a plan is made.
  func planningStage() -> String { stage(of: "plan") }

  /// Named after this process; those of processes that died are cleared.
  private func stage(of purpose: String) -> String {
    let stage = folder + "/stage"
    for name in (try? FileManager.default.contentsOfDirectory(atPath: stage)) ?? [] where name.hasPrefix(purpose + "-")
    {
      guard let pid = Int32(name.dropFirst(purpose.count + 1)), kill(pid, 0) != 0, errno == ESRCH else { continue }
      try? FileManager.default.removeItem(atPath: stage + "/" + name)
    }
    return stage + "/\(purpose)-\(getpid())"
  }

  /// Bytes of memory that one extraction may take.
  func workerMemory() throws -> Int {
    try configuration.applicationSettings(by: ReferenceValues()).workerMemoryMb << 20
  }

  func planPath(workflow: String) -> String { folder + "/\(workflow).plan.json" }

  private static func statePath(given: String?, _ configuration: Configuration?) throws -> String {
    if let given {
      var isFolder: ObjCBool = false
      let exists = FileManager.default.fileExists(atPath: given, isDirectory: &isFolder)
      let names = given.hasSuffix("/") || (exists && isFolder.boolValue)
      return absolute(names ? given + "/scmplan.db" : given)
    }
    switch try configuration?.stateLocation(by: ReferenceValues()) {
    case .path(let path)?: return absolute(path)
    case .url?:
      throw Failure(
        .error, "a state in a shared database is not built yet",
        "Take url out of [state]; path names a SQLite file.")
    case nil: return absolute("state/scmplan.db")
    }
  }

  static func absolute(_ path: String) -> String {
    URL(fileURLWithPath: path).standardizedFileURL.path
  }
}

/// The moment, as the store counts.
func currentMilliseconds() -> Milliseconds {
  Int(Date().timeIntervalSince1970 * 1000)
}
