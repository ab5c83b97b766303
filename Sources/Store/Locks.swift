import SQL

extension Store {
  /// Milliseconds that a lock lives without a heartbeat.
  package static let lockLifetime = 30_000

  /// Takes the lock of a workflow; a lock that ran out, or whose holder is gone, is taken over.
  ///
  /// - Parameters:
  ///   - request: who asks; its moments are filled in.
  ///   - isAlive: whether the holder's process still runs; nil when that cannot be told from here (another host).
  /// - Throws: ``StoreError`` with code `locked` and the whole lock.
  package func acquireLock(
    _ request: LockInfo, now: Milliseconds, lifetime: Int = Store.lockLifetime,
    isAlive: (LockInfo) -> Bool? = { _ in nil }
  ) throws -> LockInfo {
    var wanted = request
    wanted.created = now
    wanted.heartbeat = now
    wanted.expires = now + lifetime
    let lock = wanted
    return try write(.normal) { connection in
      guard let holder = try connection.lock(lock.name) else {
        try connection.insert(
          into: "locks", columns: ["name"] + lock.values.map(\.column),
          rows: [[.text(lock.name)] + lock.values.map(\.value)])
        return lock
      }
      let alive = isAlive(holder)
      guard holder.id == lock.id || holder.expires <= now || alive == false else {
        throw StoreError(held: holder, isAlive: alive, now: now)
      }
      let assignments = lock.values.map { "\($0.column) = ?" }.joined(separator: ", ")
      let changed = try connection.execute(
        "UPDATE locks SET \(assignments) WHERE name = ? AND id = ?",
        lock.values.map(\.value) + [.text(lock.name), .text(holder.id)])
      guard changed == 1 else { throw StoreError(held: holder, isAlive: alive, now: now) }
      return lock
    }
  }

  /// Keeps a lock alive.
  ///
  /// - Throws: ``StoreError`` with code `lockLost` when somebody else holds it, or nobody does.
  package func heartbeatLock(
    name: String, id: String, now: Milliseconds, lifetime: Int = Store.lockLifetime
  ) throws {
    try write(.normal) { connection in
      let changed = try connection.execute(
        "UPDATE locks SET heartbeat = ?, expires = ? WHERE name = ? AND id = ?",
        [SQLValue(now), SQLValue(now + lifetime), .text(name), .text(id)])
      guard changed == 1 else { throw StoreError(lost: name, to: try connection.lock(name)) }
    }
  }

  /// Gives a lock back; a lock that is somebody else's by now is left alone.
  package func releaseLock(name: String, id: String) throws {
    try write(.normal) { try $0.execute("DELETE FROM locks WHERE name = ? AND id = ?", [.text(name), .text(id)]) }
  }

  /// Takes a lock away from its holder, by its id.
  ///
  /// - Throws: ``StoreError`` with code `lockLost` when no lock has this id.
  package func forceUnlock(id: String) throws -> LockInfo {
    try write(.normal) { connection in
      guard let row = try connection.first("SELECT * FROM locks WHERE id = ?", [.text(id)]) else {
        throw StoreError(
          .lockLost, "no lock has the id \(id)", advice: "See which there are: scmplan unlock")
      }
      try connection.execute("DELETE FROM locks WHERE id = ?", [.text(id)])
      return try LockInfo(row)
    }
  }

  /// Every lock, also those that ran out, by workflow.
  package func locks() throws -> [LockInfo] {
    try read { try $0.query("SELECT * FROM locks ORDER BY name").map(LockInfo.init) }
  }
}

extension SQLConnection {
  fileprivate func lock(_ name: String) throws -> LockInfo? {
    try first("SELECT * FROM locks WHERE name = ?", [.text(name)]).map(LockInfo.init)
  }
}

extension StoreError {
  fileprivate init(held lock: LockInfo, isAlive: Bool?, now: Milliseconds) {
    let seconds = max(0, now - lock.heartbeat) / 1000
    let process = isAlive == true ? "the process is running" : "last heard of \(seconds) s ago"
    self.init(
      .locked,
      """
      \(lock.name) is locked by \(lock.who) for \(lock.operation) (process \(lock.pid) on \(lock.host), \(process); \
      lock \(lock.id))
      """,
      advice: "Wait for it (--lock-timeout), or take the lock away: scmplan unlock \(lock.id)", lock: lock)
  }

  fileprivate init(lost name: String, to holder: LockInfo?) {
    let text = holder.map { "\($0.who) has it for \($0.operation) (lock \($0.id))" } ?? "nobody has it"
    self.init(.lockLost, "the lock of \(name) is no longer ours: \(text)", lock: holder)
  }
}
