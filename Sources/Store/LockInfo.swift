import SQL

/// Who works on a workflow, as everybody can read it.
package struct LockInfo: Hashable, Codable, Sendable {
  /// The workflow's name.
  package var name: String
  /// Random, made for this one lock: who unlocks by it cannot hit a newer lock.
  package var id: String
  /// `user@host`.
  package var who: String
  package var host: String
  package var pid: Int
  /// When the process started, as its host counts; tells a process from a later one with the same number.
  package var processStart: Int
  /// What the lock is for: `apply`, `plan`.
  package var operation: String
  package var created: Milliseconds
  package var heartbeat: Milliseconds
  package var expires: Milliseconds

  package init(
    name: String, id: String, who: String, host: String, pid: Int, processStart: Int, operation: String,
    created: Milliseconds = 0, heartbeat: Milliseconds = 0, expires: Milliseconds = 0
  ) {
    self.name = name
    self.id = id
    self.who = who
    self.host = host
    self.pid = pid
    self.processStart = processStart
    self.operation = operation
    self.created = created
    self.heartbeat = heartbeat
    self.expires = expires
  }

  init(_ row: SQLRow) throws {
    self.init(
      name: try row.text("name"), id: try row.text("id"), who: try row.text("who"), host: try row.text("host"),
      pid: try row.int("pid"), processStart: try row.int("process_start"), operation: try row.text("operation"),
      created: try row.int("created"), heartbeat: try row.int("heartbeat"), expires: try row.int("expires"))
  }

  var values: [(column: String, value: SQLValue)] {
    [
      ("id", .text(id)), ("who", .text(who)), ("host", .text(host)), ("pid", SQLValue(pid)),
      ("process_start", SQLValue(processStart)), ("operation", .text(operation)), ("created", SQLValue(created)),
      ("heartbeat", SQLValue(heartbeat)), ("expires", SQLValue(expires)),
    ]
  }
}
