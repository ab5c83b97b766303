import SQL

/// A service that works on runs, as it registered itself.
package struct EngineInfo: Hashable, Codable, Sendable {
  package enum Kind: String, Codable, Sendable, CaseIterable {
    /// Prepares, loads and finishes.
    case orchestrator
    /// Extracts.
    case worker
    /// Both, in the background of an `apply`.
    case engine
  }

  /// Unique to this start of the service; owner of its tasks.
  package var id: String
  package var kind: Kind
  package var host: String
  package var pid: Int
  /// When the process started, as its host counts.
  package var processStart: Int
  package var affinity: String?
  package var started: Milliseconds
  package var heartbeat: Milliseconds
  /// It was asked to stop, and takes no new task.
  package var isStopping: Bool

  package init(
    id: String, kind: Kind, host: String, pid: Int, processStart: Int, affinity: String?, started: Milliseconds,
    heartbeat: Milliseconds, isStopping: Bool = false
  ) {
    self.id = id
    self.kind = kind
    self.host = host
    self.pid = pid
    self.processStart = processStart
    self.affinity = affinity
    self.started = started
    self.heartbeat = heartbeat
    self.isStopping = isStopping
  }
}

extension Store {
  package func registerEngine(_ engine: EngineInfo) throws {
    try write(.normal) { connection in
      try connection.put(
        into: "engines", key: [("id", .text(engine.id))],
        values: [
          ("kind", .text(engine.kind.rawValue)), ("host", .text(engine.host)), ("pid", SQLValue(engine.pid)),
          ("process_start", SQLValue(engine.processStart)), ("affinity", SQLValue(engine.affinity)),
          ("started", SQLValue(engine.started)), ("heartbeat", SQLValue(engine.heartbeat)),
          ("stopping", SQLValue(engine.isStopping)),
        ])
    }
  }

  /// Tells that an engine lives.
  ///
  /// - Returns: the engine as it is registered, with whether it was asked to stop; nil when it is not registered any
  /// more.
  package func heartbeatEngine(id: String, now: Milliseconds) throws -> EngineInfo? {
    try write(.normal) { connection in
      try connection.execute("UPDATE engines SET heartbeat = ? WHERE id = ?", [SQLValue(now), .text(id)])
      return try connection.first("SELECT * FROM engines WHERE id = ?", [.text(id)]).map(EngineInfo.init)
    }
  }

  /// Asks an engine to stop; it learns so from its next heartbeat.
  ///
  /// - Returns: whether it is registered.
  package func stopEngine(id: String) throws -> Bool {
    try write(.normal) { try $0.execute("UPDATE engines SET stopping = 1 WHERE id = ?", [.text(id)]) == 1 }
  }

  /// Takes an engine that ended, or is known to be gone, off the list; its tasks are for ``rescue(now:deadOwners:)``.
  package func removeEngine(id: String) throws {
    try write(.normal) { try $0.execute("DELETE FROM engines WHERE id = ?", [.text(id)]) }
  }

  /// Every registered engine, also those that have not been heard of for long.
  package func engines() throws -> [EngineInfo] {
    try read { try $0.query("SELECT * FROM engines ORDER BY started, id").map(EngineInfo.init) }
  }
}

extension EngineInfo {
  fileprivate init(_ row: SQLRow) throws {
    let text = try row.text("kind")
    guard let kind = Kind(rawValue: text) else { throw StoreError.damaged("no engine kind is called \(text)") }
    self.init(
      id: try row.text("id"), kind: kind, host: try row.text("host"), pid: try row.int("pid"),
      processStart: try row.int("process_start"), affinity: try row.optionalText("affinity"),
      started: try row.int("started"), heartbeat: try row.int("heartbeat"), isStopping: try row.bool("stopping"))
  }
}
