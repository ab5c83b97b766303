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
  var state: StatePlace

  /// - Throws: ``Failure`` when the configuration cannot be used.
  init(_ shared: SharedOptions) throws {
    let path = ConfigurationFile.path(given: shared.config)
    configuration = try ConfigurationFile.read(path)
    configurationPath = Self.absolute(path)
    state = try StatePlace(given: shared.state, configuration)
  }

  /// The state alone, for commands that connect to nothing; the configuration is read when there is one.
  static func store(_ shared: SharedOptions) throws -> Store {
    let file = ConfigurationFile.path(given: shared.config)
    let isThere = shared.config != nil || FileManager.default.fileExists(atPath: file)
    let configuration = try isThere && shared.state == nil ? ConfigurationFile.read(file) : nil
    let place = try StatePlace(given: shared.state, configuration)
    guard place.mayExist else {
      throw Failure(
        .error, "there is no state at \(place.path ?? "")",
        "Name it with --state, or make one: scmplan plan and scmplan apply.")
    }
    return try place.open()
  }

  func openStore() throws -> Store {
    try state.open()
  }

  /// Where plans, staged files and logs go.
  var folder: String { state.folder }

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

  /// The path as short as it can be written from here.
  static func display(_ path: String) -> String {
    let here = FileManager.default.currentDirectoryPath + "/"
    return path.hasPrefix(here) ? String(path.dropFirst(here.count)) : path
  }

  static func absolute(_ path: String) -> String {
    URL(fileURLWithPath: path).standardizedFileURL.path
  }
}

/// The moment, as the store counts.
func currentMilliseconds() -> Milliseconds {
  Int(Date().timeIntervalSince1970 * 1000)
}
