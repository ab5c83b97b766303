package import Store

extension EngineInfo {
  /// A registration of this process.
  init(id: String, kind: Kind, affinity: String?, process: ProcessIdentity, now: Milliseconds) {
    self.init(
      id: id, kind: kind, host: process.host, pid: process.pid, processStart: process.start, affinity: affinity,
      started: now, heartbeat: now)
  }

  package var process: ProcessIdentity { ProcessIdentity(host: host, pid: pid, start: processStart) }

  /// The process is known to be gone: its tasks may be taken back at once.
  package var isDead: Bool { process.isAlive == false }

  /// It may still be at work on something: its process runs as far as can be told, and was heard of within a lease.
  func lives(now: Milliseconds, lease: Int) -> Bool { !isDead && now - heartbeat < lease }

  /// It may be trusted to take on work: it is not about to leave, its process runs as far as can be told, and it was
  /// heard of within a lease.
  package func isAtWork(now: Milliseconds, lease: Int) -> Bool {
    !isStopping && lives(now: now, lease: lease)
  }
}
