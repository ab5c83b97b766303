import Engine
import Extraction
import Faults
import Foundation
import Loading
import Plans
import Store
import Support
import Synchronization

extension Schedule {
  func newEngine() throws -> PlayedEngine {
    engines += 1
    return try road.engine("engine\(engines)", clock: EngineClock { [unowned self] in now })
  }

  /// Works on a run until it is at its end, with engines that follow those that are gone.
  ///
  /// - Returns: whether all of it is in the target.
  func drive(_ run: Int, writesBetween: Bool = false) async throws -> Bool {
    var engine = try newEngine()
    for _ in 0..<600 {
      let known = try store.run(run)
      if known.isEnded { return try await ended(known) }
      do {
        try await turn(engine, writesBetween: writesBetween)
      } catch is Crash {
        tell("\(engine.id) crashes")
        dead.insert(engine.id)
        engine.die()
        engine = try newEngine()
        if random.chance(35), try !store.run(run).isEnded {
          tell("the run is cancelled")
          _ = try store.rescue(now: now, deadOwners: dead)
          if try !store.run(run).isEnded { _ = try store.cancel(run: run, now: now) }
        }
      }
      if isOver { return false }
    }
    throw Broken(description: "run \(run) does not come to its end")
  }

  private func ended(_ run: Run) async throws -> Bool {
    if run.state == .completed { return true }
    tell("the run ended as \(run.state.rawValue)")
    guard run.state != .cancelled, random.chance(50) else { return false }
    tell("it is retried")
    _ = try store.retry(run: run.id, now: now)
    return try await drive(run.id)
  }

  /// A few tasks of one kind of service, or what is done while there are none.
  private func turn(_ engine: PlayedEngine, writesBetween: Bool) async throws {
    now += 10
    let kinds: [[TaskKind]] = [[.prepare, .finish, .load, .remove], [.extract]]
    let first = random.number(0..<2)
    let limit = random.number(1..<4)
    let tasks = try FaultPoint.$observer.withValue(observer(engine)) {
      _ = try engine.store.finishDoneRuns(now: now)
      for kinds in [kinds[first], kinds[1 - first]] {
        let tasks = try engine.store.claim(
          owner: engine.id, kinds: kinds, affinity: nil, limit: limit, now: now, lease: PlayedEngine.lease)
        if !tasks.isEmpty { return tasks }
      }
      return []
    }
    if tasks.isEmpty {
      now += PlayedEngine.lease + 1
      _ = try store.rescue(now: now, deadOwners: dead)
      try engine.rest()
      return
    }
    for task in tasks.shuffled(using: &random) {
      if writesBetween, random.chance(25) { try write() }
      try await carryOut(task, engine)
    }
  }

  private func carryOut(_ task: ClaimedTask, _ engine: PlayedEngine) async throws {
    let rows = source.rows
    let trouble = Failure()
    await FaultPoint.$observer.withValue({ [unowned self] name in
      do {
        try note(name, task, rows)
        try meet(name, engine)
      } catch {
        // What an engine makes of an error is its own affair; what ends the schedule must not get lost in it.
        if error is Crash || error is Broken {
          trouble.error.withLock { $0 = $0 ?? error }
          engine.die()
        }
        throw error
      }
    }) {
      await engine.carryOut(task)
    }
    if let error = trouble.error.withLock({ $0 }) { throw error }
  }

  /// For what an engine does beside its tasks.
  private func observer(_ engine: PlayedEngine) -> @Sendable (FaultPoint.Name) throws -> Void {
    { [unowned self] name in try meet(name, engine) }
  }

  /// The model's side of what a task has done.
  private func note(_ name: FaultPoint.Name, _ task: ClaimedTask, _ rows: [Row]) throws {
    switch name {
    case .prepareAfterCommit: target.prepare()
    case .extractAfterCount:
      if let generation = try store.snapshots(run: task.run, table: task.table).newest?.generation,
        snapshots[[task.run, generation]] == nil
      {
        snapshots[[task.run, generation]] = rows
      }
    case .extractAfterComplete: seen[[task.run, task.part ?? 0, task.attempt]] = rows
    case .loadAfterCommit: try loaded(task)
    case .finishAfterCommit:
      if let change = changes[task.run] { target.finish(change.addressing) }
    default: break
    }
  }

  private func loaded(_ task: ClaimedTask) throws {
    let id = task.part ?? 0
    guard let change = changes[task.run], let staged = task.staged,
      let part = change.parts.first(where: { $0.part.id == id })
    else { throw Broken(description: "part \(id) of run \(task.run) is loaded, which is in no plan") }
    try expect(loads.insert([task.run, id]).inserted, "part \(id) is loaded twice by run \(task.run)")
    try expect(task.run == changes.keys.max(), "run \(task.run) loads part \(id) after a later run has begun")
    var extracted: [Row] = []
    if let file = staged.files.first {
      let attempt = file.path.split(separator: "/").dropLast().last.flatMap { Int($0) } ?? 0
      let rows = staged.snapshot.flatMap { snapshots[[task.run, $0]] } ?? seen[[task.run, id, attempt]]
      guard let rows else { throw Broken(description: "nobody saw the extraction of \(file.path)") }
      extracted = rows.filter { order.has($0, in: part.part.range) && KeyOrder.has($0["changed"], in: part.window) }
    }
    try expect(
      extracted.count == staged.rows, "part \(id) should have \(extracted.count) rows, its files have \(staged.rows)")
    target.load(part, of: change, extracted, order: order)
  }

  // MARK: What goes wrong

  private func meet(_ name: FaultPoint.Name, _ engine: PlayedEngine) throws {
    for index in incidents.indices where incidents[index].reaches(name) {
      let incident = incidents[index]
      events.incidents[incident.kind, default: 0] += 1
      tell("\(incident.kind) at \(name.rawValue), \(incident.count)")
      switch incident.kind {
      case .crash: throw Crash()
      case .hiccup: throw trouble(name, isTransient: true)
      case .failure: throw trouble(name, isTransient: false)
      case .write: try write()
      case .standstill: try standStill()
      }
    }
  }

  private func trouble(_ name: FaultPoint.Name, isTransient: Bool) -> any Error {
    name == .extractAfterCount
      ? ExtractionError(.busy, at: bed.table, "by the schedule", isTransient: isTransient)
      : LoadingError(.busy, at: bed.table, "by the schedule", isTransient: isTransient)
  }

  /// While the engine of this thread stands still, another one takes its tasks away and does them, or the run is cancelled and
  /// others follow. Then the engine goes on with what it had in hand.
  private func standStill() throws {
    now += PlayedEngine.lease + 1
    let kept = incidents
    incidents = []
    depth += 1
    defer {
      incidents = kept
      depth -= 1
    }
    _ = try store.rescue(now: now, deadOwners: dead)
    guard let run = try store.openRuns().first?.id else { return }
    let follows = random.chance(50)
    try waiting { [self] in
      try await FaultPoint.$observer.withValue(nil) {
        if follows {
          _ = try store.cancel(run: run, now: now)
          tell("the run is cancelled, and another follows")
          try await refresh(isQuiet: true)
        } else {
          tell("another engine goes on")
          _ = try await drive(run)
        }
      }
    }
  }

  /// Waits on this thread, which is an engine's own, for what others do.
  private func waiting(_ body: @escaping @Sendable () async throws -> Void) throws {
    let failure = Failure()
    let done = DispatchSemaphore(value: 0)
    Task.detached {
      do {
        try await body()
      } catch {
        failure.error.withLock { $0 = error }
      }
      done.signal()
    }
    done.wait()
    if let error = failure.error.withLock({ $0 }) { throw error }
  }

  /// What went wrong elsewhere.
  private final class Failure: Sendable {
    let error = Mutex<(any Error)?>(nil)
  }
}
