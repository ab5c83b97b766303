import Foundation
package import Store

/// Makes sure that somebody works on a state: finds an engine that lives, or starts one in the background.
///
/// The engine it starts is this program again, with a hidden command; it has its own session, so that it outlives the
/// terminal, no open file of ours, and a log in the state's folder. Arguments hold paths only: secrets stay where the
/// configuration says they are, and the environment is handed on.
package struct EngineLauncher: Sendable {
  /// How a launch ended.
  package enum Launch: Hashable, Sendable {
    case found(EngineInfo)
    /// Started; `log` is the file it writes.
    case started(EngineInfo, log: String)
  }

  package var store: Store
  package var executable: String
  /// What follows the program's name.
  package var arguments: [String]
  /// The folder of the engine's logs.
  package var logs: String
  package var clock: EngineClock
  /// Milliseconds after which a silent engine counts as gone.
  package var lease: Int
  /// Milliseconds that a new engine has to register itself.
  package var patience: Int

  package init(
    store: Store, executable: String = "/proc/self/exe", arguments: [String], logs: String,
    clock: EngineClock = .system, lease: Int = 30_000, patience: Int = 20_000
  ) {
    self.store = store
    self.executable = executable
    self.arguments = arguments
    self.logs = logs
    self.clock = clock
    self.lease = lease
    self.patience = patience
  }

  /// The arguments of an engine for the state and the configuration in these files; the configuration alone names a state
  /// that is in no file.
  package static func arguments(state: String?, configuration: String?) -> [String] {
    ["engine"] + (state.map { ["--state", Self.absolute($0)] } ?? [])
      + (configuration.map { ["--config", Self.absolute($0)] } ?? [])
  }

  /// The engines, orchestrators and workers that may be trusted to take on work.
  package func enginesAtWork() async throws -> [EngineInfo] {
    let now = clock.now()
    return try await store.perform { try $0.engines() }.filter { $0.isAtWork(now: now, lease: lease) }
  }

  /// Finds an engine, or an orchestrator and a worker; or starts an engine and waits until it has registered itself.
  ///
  /// Engines that leave do not count: one that was about to has said so in the state before it looked for work a last
  /// time, so a run that was recorded before this is called is never left alone.
  ///
  /// - Throws: ``EngineError`` with code `cannotStart` and the end of the log, when it ends at once or stays silent.
  package func ensureEngine() async throws -> Launch {
    let engines = try await enginesAtWork()
    if let engine = engines.first(where: { $0.kind == .engine }) { return .found(engine) }
    if engines.contains(where: { $0.kind == .worker }), let one = engines.first(where: { $0.kind == .orchestrator }) {
      return .found(one)
    }
    return try await start()
  }

  private func start() async throws -> Launch {
    let log = try logFile()
    let marker = LogTail.size(of: log)
    let child: DetachedProcess
    do {
      child = try DetachedProcess(executable: executable, arguments: arguments, log: log)
    } catch {
      throw EngineError(
        .cannotStart, at: executable, "the background engine cannot be started: \(error.reason)")
    }
    let deadline = clock.now() + patience
    while true {
      // Whether it ended is asked first: an engine that registers and ends in between did what it was there for.
      let status = child.exitStatus()
      let engines = try await store.perform { try $0.engines() }
      if let engine = engines.first(where: { $0.pid == child.pid && $0.host == ProcessIdentity.current.host }) {
        return .started(engine, log: log)
      }
      if let status {
        throw failure("the background engine ended at once (\(status))", log: log, from: marker)
      }
      guard clock.now() < deadline else {
        throw failure("the background engine did not report within \(patience / 1000) s", log: log, from: marker)
      }
      try await Task.sleep(for: .milliseconds(20))
    }
  }

  private func failure(_ what: String, log: String, from: Int) -> EngineError {
    let tail = LogTail.lines(of: log, from: from, limit: 10)
    let said = tail.isEmpty ? "It wrote nothing to its log" : "The end of its log:\n" + tail.joined(separator: "\n")
    return EngineError(.cannotStart, at: log, "\(what). \(said)")
  }

  private func logFile() throws -> String {
    do {
      try FileManager.default.createDirectory(atPath: logs, withIntermediateDirectories: true)
    } catch {
      throw EngineError(
        .cannotStart, at: logs, "the folder for logs cannot be made; check the rights of the folder above it")
    }
    let day = Date(timeIntervalSince1970: Double(clock.now()) / 1000).formatted(.iso8601.year().month().day())
    return "\(logs)/engine-\(day).log"
  }

  private static func absolute(_ path: String) -> String {
    URL(filePath: path).standardizedFileURL.path
  }
}
