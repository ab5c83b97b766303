import Plans
import Snowflake

/// Being the only one at work on a table.
extension SnowflakeTargetSession {
  /// Notes that this session works on the whole table, and ends the sessions that noted it before.
  ///
  /// A definition commits by itself, whatever the fence says: an attempt that was given up for lost, and wakes up between two
  /// of its definitions, would drop what its successor gathers, or swap back what that has swapped. So what it wants to
  /// know of the table is read after the claim.
  func claim(
    _ work: SnowflakeLedger.TableWork, _ ledger: SnowflakeLedger, lineage: String, run: Int, plan: String
  ) throws {
    let session = try connection.sessionID()
    try transaction {
      _ = try ask(ledger.put(work, lineage: lineage, run: run, plan: plan, session: session))
    }
    let noted = try ask(ledger.readAttempts(lineage: lineage, run: run, part: work.rawValue)).named
    try end(sessions: noted.compactMap { $0["session_id"] })
  }

  /// Ends the sessions of the run that had the table before: whatever they still wanted to do, they cannot.
  func endWork(of fence: Fence?, _ ledger: SnowflakeLedger) throws {
    guard let fence else { return }
    let done: [SnowflakeLedger.TableWork] = (fence.isPrepared ? [.prepare] : []) + (fence.isFinished ? [.finish] : [])
    let question = ledger.readOpenSessions(lineage: fence.position.lineage, run: fence.position.run, done: done)
    try end(sessions: try ask(question).rows.compactMap { $0.first.flatMap { $0 } })
  }

  /// Ends sessions that may still be at work.
  ///
  /// What the server refuses to end is left alone: it ended by itself, or the role may not. No load relies on it, for none
  /// commits past the fence and the ledger's answer; it only waits for the locks of one that lives on.
  func end(sessions: [String]) throws {
    let mine = try connection.sessionID()
    for session in Set(sessions).sorted() where session != mine && session.allSatisfy(\.isNumber) && !session.isEmpty {
      do {
        _ = try ask("SELECT SYSTEM$ABORT_SESSION(\(session)) AS A")
      } catch let error as SnowflakeError where error.kind == .statement && error.outcome == .failed {
        continue
      }
    }
  }
}
