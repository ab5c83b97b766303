import Extraction
import Plans
import Store
import Synchronization

/// The snapshots of sources that this engine keeps open for runs, and the way to a run's newest one.
///
/// A run's first extraction exports a snapshot over a connection that does nothing else, and writes it into the state; all
/// engines extract the run's parts in it. When it is of no use any more (its engine died, its connection broke, a table was
/// emptied), whoever notices first exports the next.
final class SnapshotDesk: Sendable {
  /// A connection whose transaction keeps a snapshot. Nothing is asked of it; letting go of it ends the transaction.
  private final class Holder: @unchecked Sendable {
    let generation: Int
    private let session: any SourceSession

    init(_ session: any SourceSession, generation: Int) {
      self.session = session
      self.generation = generation
    }
  }

  private let store: Store
  private let sessions: any SessionOpener
  private let clock: EngineClock
  private let owner: String
  private let held = Mutex<[Int: Holder]>([:])

  init(store: Store, sessions: any SessionOpener, clock: EngineClock, owner: String) {
    self.store = store
    self.sessions = sessions
    self.clock = clock
    self.owner = owner
  }

  /// Calls `read` with a snapshot of the task's run, and again with the next one when that turns out to be lost.
  ///
  /// - Throws: ``ExtractionError`` `snapshotLost`, for good when parts of the table may be loaded that were read in a
  ///   snapshot that is gone, and no later one may follow.
  func reading(_ task: ClaimedTask, of endpoint: Endpoint, _ read: (String) throws -> StagedPart) throws -> StagedPart {
    var lost: Int?
    for _ in 0..<Self.tries {
      let snapshot = try snapshot(of: task, endpoint, after: lost)
      do {
        var part = try read(snapshot.name)
        part.snapshot = snapshot.generation
        return part
      } catch let error as ExtractionError where error.code == .snapshotLost {
        lost = snapshot.generation
      }
    }
    throw ExtractionError(
      .snapshotLost, at: "run \(task.run)", "the source lost \(Self.tries) snapshots one after the other",
      isTransient: true)
  }

  private static let tries = 3

  private func snapshot(of task: ClaimedTask, _ endpoint: Endpoint, after lost: Int?) throws -> SharedSnapshot {
    if let known = try known(task, after: lost) { return known }
    // One lane exports, the others wait for it.
    return try held.withLock { held in
      if let known = try known(task, after: lost) { return known }
      let session = try sessions.source(endpoint)
      let name = try session.exportSnapshot()
      let agreed = try store.offerSnapshot(name, run: task.run, after: lost, owner: owner, now: clock.now())
      if agreed.name == name, agreed.owner == owner {
        held[task.run] = Holder(session, generation: agreed.generation)
      }
      return agreed
    }
  }

  private func known(_ task: ClaimedTask, after lost: Int?) throws -> SharedSnapshot? {
    let facts = try store.snapshots(run: task.run, table: task.table)
    if let settled = facts.settled, settled == lost || facts.newest.map({ $0.generation != settled }) ?? true {
      throw ExtractionError(
        .snapshotLost, at: "run \(task.run)",
        "the snapshot in which the table's other parts were read is gone; load the table again with --replace")
    }
    return facts.newest.flatMap { $0.generation == lost ? nil : $0 }
  }

  /// Ends the snapshots of runs in which nothing is left to extract, and those that were followed by others.
  func releaseUnused() throws {
    let runs = held.withLock { Array($0.keys) }
    guard !runs.isEmpty else { return }
    let wanted = try store.wantedSnapshots(runs: runs)
    held.withLock { held in
      for run in runs where held[run]?.generation != wanted[run] { held[run] = nil }
    }
  }
}
