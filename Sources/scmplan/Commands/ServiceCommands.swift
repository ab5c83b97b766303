import ArgumentParser
import Catalogs
import Engine
import Foundation
import Logging
import Store
import Workflows

/// `scmplan engine`: orchestrator and worker in one background process, started by `apply`; ends when nothing is left to do.
struct EngineCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "engine", abstract: "Runs orchestrator and worker until there is nothing left to do.",
    shouldDisplay: false)

  @OptionGroup var shared: SharedOptions

  func run() async throws {
    try await Service(shared).run(.engine, lifetime: .untilIdle(3000))
  }
}

/// `scmplan orchestrator`: prepares targets, loads staged parts, finishes tables; runs until it is stopped.
struct OrchestratorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "orchestrator", abstract: "Prepares targets and loads staged parts, until it is stopped.")

  @OptionGroup var shared: SharedOptions

  func run() async throws {
    try await Service(shared).run(.orchestrator, lifetime: .service)
  }
}

/// `scmplan worker`: extracts and stages parts; runs until it is stopped.
struct WorkerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "worker", abstract: "Extracts and stages parts, until it is stopped.")

  @Option(name: .customShort("c"), help: "The connections file, as the worker of SnowConvert takes it.")
  var configuration: String?

  @Option(help: "Parts extracted at a time; else max_parallel_tasks of the configuration.")
  var parallelism: Int?

  @OptionGroup var shared: SharedOptions

  func run() async throws {
    var shared = shared
    shared.config = configuration ?? shared.config
    try await Service(shared, parallelism: parallelism).run(.worker, lifetime: .service)
  }
}

/// What the long-running commands have in common.
struct Service {
  private let shared: SharedOptions
  private let parallelism: Int?

  init(_ shared: SharedOptions, parallelism: Int? = nil) {
    self.shared = shared
    self.parallelism = parallelism
  }

  func run(_ kind: EngineInfo.Kind, lifetime: EngineSettings.Lifetime) async throws {
    let level = max(shared.logLevel.level, .trace)
    LoggingSystem.bootstrap { label in
      var handler = StreamLogHandler.standardError(label: label)
      handler.logLevel = level == .warning ? .info : level
      return handler
    }
    let workspace = try Workspace(shared)
    let application = try workspace.configuration.applicationSettings(by: ReferenceValues())
    let parallelTasks = parallelism ?? application.maxParallelTasks
    // A SQLite file has one writer; a warehouse takes as many parts at a time as come.
    let hasOneWriter = workspace.configuration.targets.contains { $0.platform == .sqlite }
    let settings = EngineSettings(
      kind: kind, lifetime: lifetime, affinity: application.affinity, stage: workspace.folder + "/stage",
      parallelTasks: parallelTasks, parallelLoads: hasOneWriter ? 1 : parallelTasks,
      memory: application.workerMemoryMb << 20,
      fetchInterval: application.taskFetchInterval * 1000, heartbeat: application.heartbeatSeconds * 1000,
      lease: application.leaseSeconds * 1000)
    let engine = EngineService(
      store: try workspace.openStore(),
      sessions: ConnectionOpener(configuration: workspace.configuration, resolver: ReferenceValues()),
      settings: settings, logger: Logger(label: "scmplan.\(kind.rawValue)"), handlesSignals: true)
    try await engine.run()
  }
}
