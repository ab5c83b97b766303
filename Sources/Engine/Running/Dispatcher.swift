import Logging
import Store
import Synchronization

/// Claims tasks of some kinds and hands each to a free lane, for as long as the engine does not stop.
struct Dispatcher: Sendable {
  let context: EngineContext
  /// In the order of preference.
  let kinds: [TaskKind]
  /// Rung when there may be tasks of these kinds, or a lane is free again.
  let wakeUp: WakeUp
  let lanes: [any Lane]

  /// - Throws: ``StoreError`` when the state cannot be used any more. Tasks in hand are brought to their end first.
  func run() async throws {
    let free = LanePool(lanes)
    let wakeUp = wakeUp
    var pace = FetchPace(busy: context.settings.busyFetchInterval, idle: context.settings.fetchInterval)
    try await withThrowingDiscardingTaskGroup { group in
      while !context.isStopping {
        let limit = free.count
        guard limit > 0 else {
          await wakeUp.wait()
          continue
        }
        let found: (tasks: [ClaimedTask], isRunOpen: Bool)
        do {
          found = try await look(limit: limit)
        } catch let error as StoreError where error.isTransient {
          context.logger.warning("\(error.message)")
          found = ([], true)
        }
        for task in found.tasks {
          guard let lane = free.take() else { break }
          group.addTask {
            await lane.carryOut(task)
            free.giveBack(lane)
            wakeUp.wake()
          }
        }
        if found.tasks.isEmpty {
          await wakeUp.wait(milliseconds: pace.foundNothing(isRunOpen: found.isRunOpen))
        } else {
          pace.found()
        }
      }
    }
  }

  private func look(limit: Int) async throws -> (tasks: [ClaimedTask], isRunOpen: Bool) {
    let context = context
    let kinds = kinds
    return try await context.store.perform { store in
      let tasks = try store.claim(
        owner: context.id, kinds: kinds, affinity: context.settings.affinity, limit: limit, now: context.clock.now(),
        lease: context.settings.lease)
      guard tasks.isEmpty else { return (tasks, true) }
      return ([], try context.hasOpenRun())
    }
  }
}

/// The lanes that have nothing to do.
private final class LanePool: Sendable {
  private let lanes: Mutex<[any Lane]>

  init(_ lanes: [any Lane]) {
    self.lanes = Mutex(lanes)
  }

  var count: Int { lanes.withLock { $0.count } }

  func take() -> (any Lane)? {
    lanes.withLock { $0.popLast() }
  }

  func giveBack(_ lane: any Lane) {
    lanes.withLock { $0.append(lane) }
  }
}

extension EngineContext {
  /// A run is open that this engine may work on, and is not paused. Blocks.
  func hasOpenRun() throws -> Bool {
    try store.openRuns().contains { run in
      run.state != .paused && (run.affinity == nil || settings.affinity == nil || run.affinity == settings.affinity)
    }
  }
}
