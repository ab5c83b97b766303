import Catalogs
import Plans

extension SnowflakeTargetSession {
  package func introduce(_ presence: Presence) { self.presence = presence }

  /// Notes this session in the table's schema, and ends those that engines left open which are gone: what they have locked
  /// would keep everybody waiting.
  ///
  /// Asks the account only when this session is new there, or the engines at work are others than before.
  func appear(beside table: ObjectName) throws {
    guard let presence else { return }
    let session = try connection.sessionID()
    let alive = try presence.alive().union([presence.own])
    let place = SnowflakeName.written(SnowflakeName.beside(table, ""))
    let seen = Appearance(session: session, alive: alive)
    guard appearances[place] != seen else { return }
    let sessions = SnowflakeSessions(table)
    // Before anything that could wait for a lock, a definition of a table that is there already among them.
    let noted = try existing { try ask(sessions.read(lineage: presence.lineage)) }
    if noted == nil { try make(sessions.create) }
    if appearances[place]?.session != session {
      try transaction {
        _ = try ask(sessions.note(lineage: presence.lineage, owner: presence.own, session: session))
      }
    }
    let others = (noted?.rows ?? []).compactMap { row -> (String, String)? in
      guard row.count == 2, let owner = row[0], let session = row[1], !alive.contains(owner) else { return nil }
      return (owner, session)
    }
    try end(sessions: others.map(\.1))
    for owner in Set(others.map(\.0)).sorted() {
      try transaction { _ = try ask(sessions.forget(lineage: presence.lineage, owner: owner)) }
    }
    appearances[place] = seen
  }

  /// What this session knew of a schema when it last looked at the sessions there.
  struct Appearance: Hashable {
    var session: String
    var alive: Set<String>
  }
}
