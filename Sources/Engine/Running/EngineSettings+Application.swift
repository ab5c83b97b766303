package import Store
package import Workflows

extension EngineSettings {
  /// The settings of this machine's configuration.
  package init(kind: EngineInfo.Kind, lifetime: Lifetime, stage: String, application: ApplicationSettings) {
    self.init(
      kind: kind, lifetime: lifetime, affinity: application.affinity, stage: stage,
      parallelTasks: application.maxParallelTasks, memory: application.workerMemoryMb << 20,
      fetchInterval: application.taskFetchInterval * 1000, heartbeat: application.heartbeatSeconds * 1000,
      lease: application.leaseSeconds * 1000)
  }
}
