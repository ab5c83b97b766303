package import Store

/// How an engine works: its duties, its limits and its patience.
package struct EngineSettings: Sendable {
  /// When an engine ends.
  package enum Lifetime: Hashable, Sendable {
    /// Only when it is told to.
    case service
    /// When there was nothing to do for so many milliseconds.
    case untilIdle(Int)
  }

  /// Both services, or one of them.
  package var kind: EngineInfo.Kind
  package var lifetime: Lifetime
  /// The group of runs to work on; nil for all.
  package var affinity: String?
  /// The stage's root directory, an absolute path; the same for every service of a state.
  package var stage: String
  /// Parts extracted at a time.
  package var parallelTasks: Int
  /// Tables prepared, parts loaded and tables finished at a time.
  package var parallelLoads: Int
  /// Bytes of memory for one extraction.
  package var memory: Int
  /// Bytes after which a staged file is closed and the next begun.
  package var fileBytes: Int
  /// Milliseconds between two looks for work while there is none.
  package var fetchInterval: Int
  /// Milliseconds between two looks for work while a run is open.
  package var busyFetchInterval: Int
  package var heartbeat: Int
  package var lease: Int
  /// Milliseconds between two reports of how far a task is.
  package var report: Int
  package var retries: RetryPolicy
  /// Milliseconds between two accounts of a run in its target.
  package var account: Int = 10_000
  /// Milliseconds that running tasks have to come to an end once the engine was told to stop.
  package var stopDeadline: Int

  package init(
    kind: EngineInfo.Kind, lifetime: Lifetime, affinity: String? = nil, stage: String, parallelTasks: Int = 4,
    parallelLoads: Int = 1, memory: Int = 256 << 20, fileBytes: Int = 128 << 20, fetchInterval: Int = 1000,
    busyFetchInterval: Int = 200, heartbeat: Int = 5000, lease: Int = 30_000, report: Int = 1000,
    retries: RetryPolicy = RetryPolicy(), stopDeadline: Int = 15_000
  ) {
    self.kind = kind
    self.lifetime = lifetime
    self.affinity = affinity
    self.stage = stage
    self.parallelTasks = parallelTasks
    self.parallelLoads = parallelLoads
    self.memory = memory
    self.fileBytes = fileBytes
    self.fetchInterval = fetchInterval
    self.busyFetchInterval = min(busyFetchInterval, fetchInterval)
    self.heartbeat = heartbeat
    self.lease = lease
    self.report = report
    self.retries = retries
    self.stopDeadline = stopDeadline
  }

  var extracts: Bool { kind != .orchestrator }
  var orchestrates: Bool { kind != .worker }
}
