import Logging
import Store
import Synchronization

/// What the services of one engine share.
final class EngineContext: Sendable {
  let store: Store
  let sessions: any SessionOpener
  let settings: EngineSettings
  let clock: EngineClock
  let logger: Logger
  /// The engine's id: owner of its tasks.
  let id: String
  let desk: LeaseDesk
  let plans = PlanCache()
  let digests = DigestCache()
  let snapshots: SnapshotDesk
  let stage: StageFolder
  /// There may be something to extract, to load, to tidy up.
  let worker = WakeUp()
  let orchestrator = WakeUp()
  let steward = WakeUp()
  let life = WakeUp()
  let herald = WakeUp()
  /// Rung once, when the engine begins to stop.
  let stopped = WakeUp()
  private let stopping = Mutex(false)
  private let lastBeat: Mutex<Milliseconds>

  init(
    store: Store, sessions: any SessionOpener, settings: EngineSettings, clock: EngineClock, logger: Logger, id: String
  ) {
    self.store = store
    self.sessions = sessions
    self.settings = settings
    self.clock = clock
    self.logger = logger
    self.id = id
    desk = LeaseDesk(
      keeper: LeaseKeeper(heartbeat: settings.heartbeat, lease: settings.lease, report: settings.report))
    snapshots = SnapshotDesk(store: store, sessions: sessions, clock: clock, owner: id)
    stage = StageFolder(root: settings.stage)
    lastBeat = Mutex(clock.now())
  }

  var isStopping: Bool { stopping.withLock { $0 } }

  /// Takes no more tasks and interrupts those that can be; done twice, it does nothing.
  func stop() {
    let isFirst = stopping.withLock { stopping in
      defer { stopping = true }
      return !stopping
    }
    guard isFirst else { return }
    desk.stopAll()
    for bell in [worker, orchestrator, steward, life, herald, stopped] { bell.wake() }
  }

  /// A heartbeat of the tasks in hand was answered.
  func beaten(at moment: Milliseconds) {
    lastBeat.withLock { $0 = moment }
  }

  /// This process was stopped for so long, or the state out of reach, that its own leases may have run out unnoticed.
  func isBehind(now: Milliseconds) -> Bool {
    !desk.isEmpty && now - lastBeat.withLock({ $0 }) > settings.lease / 2
  }

  func log(_ task: ClaimedTask) -> Logger {
    var logger = logger
    logger[metadataKey: "run"] = "\(task.run)"
    logger[metadataKey: "table"] = "\(plans.tableName(of: task) ?? String(task.table))"
    if let part = task.part { logger[metadataKey: "part"] = "\(part)" }
    logger[metadataKey: "attempt"] = "\(task.attempt)"
    logger[metadataKey: "task"] = "\(task.kind.rawValue)"
    return logger
  }
}
