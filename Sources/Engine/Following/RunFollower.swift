package import Store

/// Follows a run until it ends, is paused, or nobody works on it and nobody can be started.
///
/// Looks at the state's counters a few times a second; when the engine is gone, it starts another one.
package struct RunFollower: Sendable {
  package var store: Store
  package var run: Int
  /// Starts engines; nil when others see to that.
  package var launcher: EngineLauncher?
  /// The stage's root, to tell where staged files were kept; nil when it is not on this machine.
  package var stage: String?
  package var clock: EngineClock
  /// Milliseconds between two looks.
  package var interval: Int
  /// Engines that may be started one after the other, with no part done in between, before the follower gives up.
  package var launches: Int

  package init(
    store: Store, run: Int, launcher: EngineLauncher?, stage: String?, clock: EngineClock = .system,
    interval: Int = 200, launches: Int = 5
  ) {
    self.store = store
    self.run = run
    self.launcher = launcher
    self.stage = stage
    self.clock = clock
    self.interval = interval
    self.launches = launches
  }

  /// Milliseconds between two looks at whether an engine lives: that costs more than a look at the counters.
  private static let serviceInterval = 1000

  /// Calls `show` with every snapshot and returns how the run ended; a paused run counts as ended.
  ///
  /// - Throws: `CancellationError` when the caller's task is cancelled; ``EngineError`` with code `keepsDying` or
  ///   `cannotStart`; ``StoreError``.
  package func follow(_ show: (RunSnapshot) async throws -> Void) async throws -> RunSummary {
    var maker = SnapshotMaker()
    var service = RunSnapshot.Service.atWork
    var lookedAt: Milliseconds?
    var launches = Launches()
    let run = run
    while true {
      try Task.checkCancellation()
      let progress = try await store.perform { try $0.progress(run: run) }
      let now = clock.now()
      let isOver = progress.run.isEnded || progress.run.state == .paused
      if !isOver, lookedAt.map({ abs(now - $0) >= Self.serviceInterval }) ?? true {
        service = try await ensureService(&launches, progress.run.counts)
        lookedAt = now
      }
      try await show(maker.snapshot(progress, service: service, now: now))
      if isOver { break }
      try await Task.sleep(for: .milliseconds(interval))
    }
    let stage = stage
    let now = clock.now()
    return try await store.perform { try RunSummary(run: run, store: $0, stage: stage, now: now) }
  }

  /// Engines that were started, and what was done when the last one was.
  private struct Launches {
    var number = 0
    var done: [Int] = []
  }

  private func ensureService(_ launches: inout Launches, _ counts: RunCounts) async throws -> RunSnapshot.Service {
    guard let launcher else {
      let now = clock.now()
      let engines = try await store.perform { try $0.engines() }
      return engines.contains { $0.isAtWork(now: now, lease: 30_000) } ? .atWork : .absent
    }
    switch try await launcher.ensureEngine() {
    case .found: return .atWork
    case .started(_, let log):
      let done = [counts.openTasks, counts.extractedParts, counts.loadedParts]
      launches.number = done == launches.done ? launches.number + 1 : 1
      launches.done = done
      guard launches.number <= self.launches else {
        throw EngineError(
          .keepsDying, at: log,
          "the background engine was started \(launches.number) times and ended each time before a part was done. "
            + "Go on with: scmplan runs resume \(run)\nThe end of its log:\n"
            + LogTail.lines(of: log, from: 0, limit: 5).joined(separator: "\n"))
      }
      return .restarted(log: log)
    }
  }
}
