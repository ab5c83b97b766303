/// How the services of this machine work (`[application]`), every value filled in.
package struct ApplicationSettings: Hashable, Sendable {
  /// Tasks that a worker runs at a time.
  package var maxParallelTasks: Int
  /// Seconds between two looks for new tasks.
  package var taskFetchInterval: Int
  /// Nil when this machine works on everything.
  package var affinity: String?
  package var metadataDatabase: String
  package var metadataSchema: String
  /// Bound of the memory of one task, in megabytes (2^20 bytes).
  package var workerMemoryMb: Int
  package var leaseSeconds: Int
  package var heartbeatSeconds: Int

  package init(
    maxParallelTasks: Int = 4, taskFetchInterval: Int = 1, affinity: String? = nil,
    metadataDatabase: String = "SNOWCONVERT_AI", metadataSchema: String = "DATA_MIGRATION", workerMemoryMb: Int = 256,
    leaseSeconds: Int = 30, heartbeatSeconds: Int = 5
  ) {
    self.maxParallelTasks = maxParallelTasks
    self.taskFetchInterval = taskFetchInterval
    self.affinity = affinity
    self.metadataDatabase = metadataDatabase
    self.metadataSchema = metadataSchema
    self.workerMemoryMb = workerMemoryMb
    self.leaseSeconds = leaseSeconds
    self.heartbeatSeconds = heartbeatSeconds
  }

  /// - Throws: ``ConfigurationError`` when the heartbeat would let leases run out.
  init(_ settings: ResolvedSettings) throws(ConfigurationError) {
    let standard = ApplicationSettings()
    self.init(
      maxParallelTasks: settings.number(.maxParallelTasks) ?? standard.maxParallelTasks,
      taskFetchInterval: settings.number(.taskFetchInterval) ?? standard.taskFetchInterval,
      affinity: settings.text(.affinity),
      metadataDatabase: settings.text(.metadataDatabase) ?? standard.metadataDatabase,
      metadataSchema: settings.text(.metadataSchema) ?? standard.metadataSchema,
      workerMemoryMb: settings.number(.workerMemoryMb) ?? standard.workerMemoryMb,
      leaseSeconds: settings.number(.leaseSeconds) ?? standard.leaseSeconds,
      heartbeatSeconds: settings.number(.heartbeatSeconds) ?? standard.heartbeatSeconds)
    if let mistake = Self.mistake(lease: leaseSeconds, heartbeat: heartbeatSeconds) {
      throw ConfigurationError(.wrongValue, "in application, \(mistake)")
    }
  }

  /// A lease must outlive a heartbeat that comes late.
  static func mistake(lease: Int, heartbeat: Int) -> String? {
    guard heartbeat * 2 > lease else { return nil }
    return "heartbeat_seconds (\(heartbeat)) must be at most half of lease_seconds (\(lease))"
  }
}
