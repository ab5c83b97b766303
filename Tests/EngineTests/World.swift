import Engine
import Plans
import Store

/// A state, a model of a target and some engines, played step by step from a seed.
struct World {
  /// What happened, to prove that it did.
  struct Events {
    var crashes = 0
    var lost = 0
    var rescued = 0
    var repeatedLoads = 0
    var restaged = 0
    var stops = 0
    var timeouts = 0

    mutating func add(_ other: Events) {
      crashes += other.crashes
      lost += other.lost
      rescued += other.rescued
      repeatedLoads += other.repeatedLoads
      restaged += other.restaged
      stops += other.stops
      timeouts += other.timeouts
    }
  }

  /// A part of a table.
  struct Place: Hashable {
    var table: Int
    var part: Int
  }

  /// A task in an engine's hands, and its next step.
  private struct Job {
    var task: ClaimedTask
    var steps: AttemptSteps
    var next: AttemptSteps.Action
    var stop: StopReason?
  }

  /// One engine: what it has in hand, and until when it is stopped.
  private struct Machine {
    var id: String
    var keeper = LeaseKeeper(heartbeat: 5000, lease: World.lease, report: 1000)
    var jobs: [Job] = []
    var sleepsUntil = 0
  }

  private static let lease = 30_000
  private static let policy = RetryPolicy()

  let store: Store
  let run: Int
  let tables: [Int]
  private(set) var events = Events()
  /// The ledger: which attempt loaded a part.
  private(set) var loads: [Place: Int] = [:]
  private(set) var doubleLoads = 0
  private(set) var finished: Set<Int> = []
  private(set) var earlyFinishes = 0
  /// Removals that came after a load of their table, by keys that may be older.
  private(set) var lateRemovals = 0
  /// Of each table, how many parts only remove rows.
  let removals: Int
  private(set) var staged: Set<String> = []
  /// Runs that were paused for their time while a task of theirs was in somebody's hands.
  private(set) var hastyPauses = 0
  private let limitsTime: Bool
  private var random: SeededGenerator
  private var now = 1_000_000
  private var machines: [Machine] = []
  private var dead: Set<String> = []
  private var born = 0
  private var isCalm = false

  /// - Parameter limitsTime: The run is given times again and again from which it begins nothing more.
  init(seed: UInt64, limitsTime: Bool = false) throws {
    self.limitsTime = limitsTime
    random = SeededGenerator(seed: seed)
    store = try ModelPlan.store()
    removals = random.chance(50) ? 2 : 0
    tables = (random.chance(50) ? [3] : [2, 1]).map { [removals] in $0 + removals }
    run = try ModelPlan.submit(
      try ModelPlan.plan(tables: tables, removals: removals, store: store), to: store, now: now
    ).id
    machines = (0..<3).map { _ in newMachine() }
  }

  /// Plays at random, then without faults until the run is at its end or cannot get there.
  mutating func play() throws {
    for _ in 0..<Int.random(in: 40...160, using: &random) { try step() }
    isCalm = true
    // Whatever time it was given, it has all there is now.
    let known = try store.run(run)
    if !known.isEnded, known.state != .cancelled { _ = try store.resume(run: run, now: now) }
    for _ in 0..<100 where try !store.run(run).isEnded {
      for _ in 0..<20 { try step() }
    }
    // Late ones come to their end too.
    for index in machines.indices {
      while !machines[index].jobs.isEmpty { try advance(index, 0) }
    }
  }

  private mutating func newMachine() -> Machine {
    born += 1
    return Machine(id: "engine\(born)")
  }

  private mutating func step() throws {
    now += Int.random(in: 0...(isCalm ? 2000 : 400), using: &random)
    if random.chance(2) { now += World.lease }
    switch Int.random(in: 0..<100, using: &random) {
    case 0..<8: try steward()
    case 8..<11 where !isCalm: try control()
    default: try turn(of: machines.indices.randomElement(using: &random)!)
    }
  }

  private mutating func steward() throws {
    events.rescued += try store.rescue(now: now, deadOwners: random.chance(50) ? dead : []).count
    _ = try store.finishDoneRuns(now: now)
    for paused in try store.pauseRunsOutOfTime(now: now) {
      events.timeouts += 1
      if try !store.progress(run: paused.id).running.isEmpty { hastyPauses += 1 }
    }
  }

  private mutating func control() throws {
    let known = try store.run(run)
    guard !known.isEnded, known.state != .cancelled else { return }
    if limitsTime, random.chance(80) {
      _ = try store.resume(run: run, stopAt: now + Int.random(in: 0...400, using: &random), now: now)
    } else if known.state == .paused {
      _ = try store.resume(run: run, now: now)
    } else if random.chance(80) {
      _ = try store.pause(run: run, now: now)
    } else if random.chance(20) {
      _ = try store.cancel(run: run, now: now)
    }
  }

  private mutating func turn(of index: Int) throws {
    guard machines[index].sleepsUntil <= now else { return }
    switch Int.random(in: 0..<100, using: &random) {
    case 0..<3 where !isCalm:
      events.crashes += 1
      dead.insert(machines[index].id)
      machines[index] = newMachine()
    case 3..<6 where !isCalm:
      machines[index].sleepsUntil = now + Int.random(in: 1000...90_000, using: &random)
    case 6..<20: try beat(index)
    case 20..<45 where machines[index].jobs.count < 2: try claim(index)
    default:
      guard let job = machines[index].jobs.indices.randomElement(using: &random) else { return try claim(index) }
      try advance(index, job)
    }
  }

  private mutating func claim(_ index: Int) throws {
    let tasks = try store.claim(
      owner: machines[index].id, kinds: [.prepare, .finish, .load, .remove, .extract], affinity: nil, limit: 1,
      now: now,
      lease: World.lease)
    for task in tasks {
      _ = machines[index].keeper.took(task: task.id, attempt: task.attempt, leaseUntil: task.leaseUntil, now: now)
      let steps = AttemptSteps(task, policy: World.policy)
      machines[index].jobs.append(Job(task: task, steps: steps, next: steps.begin()))
    }
  }

  private mutating func beat(_ index: Int) throws {
    guard case .beat(let tasks) = machines[index].keeper.next(now: now) else { return }
    if !isCalm, random.chance(10) {
      order(machines[index].keeper.unanswered(now: now), to: index)
      return
    }
    let reply = try store.heartbeat(owner: machines[index].id, tasks: tasks, now: now, lease: World.lease)
    order(machines[index].keeper.answered(reply, to: tasks, sent: now), to: index)
  }

  private mutating func order(_ stops: [LeaseKeeper.Stop], to index: Int) {
    for stop in stops {
      guard
        let job = machines[index].jobs.firstIndex(where: { $0.task.id == stop.task && $0.task.attempt == stop.attempt })
      else { continue }
      events.stops += 1
      machines[index].jobs[job].stop = stop.reason
    }
  }

  private mutating func advance(_ index: Int, _ position: Int) throws {
    var job = machines[index].jobs[position]
    let (task, owner) = (job.task, machines[index].id)
    switch job.next {
    case .work:
      job.next = job.steps.worked(work(job), now: now, using: &random)
    case .complete(let result):
      let completion = TaskCompletion(task: task.id, attempt: task.attempt, result: result)
      job.next = job.steps.completed(isHeld: try store.complete(completion, owner: owner, now: now))
    case .fail(let failure, let retryAt):
      job.next = job.steps.settled(
        try store.fail(
          task: task.id, attempt: task.attempt, owner: owner, failure: failure, retryAt: retryAt, now: now))
    case .restage(let failure):
      events.restaged += 1
      job.next = job.steps.settled(
        try store.restage(task: task.id, attempt: task.attempt, owner: owner, failure: failure, now: now))
    case .release:
      job.next = job.steps.settled(
        try store.release(task: task.id, attempt: task.attempt, owner: owner, now: now))
    case .clearPart(let outcome):
      staged = staged.filter { !$0.hasPrefix("\(task.table)/\(task.part ?? 0)/") }
      job.next = .end(outcome)
    case .clearAttempt(let outcome):
      staged.remove(path(task))
      job.next = .end(outcome)
    case .end(let outcome):
      if outcome == .lost { events.lost += 1 }
      machines[index].keeper.gave(task: task.id, attempt: task.attempt)
      machines[index].jobs.remove(at: position)
      return
    }
    machines[index].jobs[position] = job
  }

  private func path(_ task: ClaimedTask) -> String { "\(task.table)/\(task.part ?? 0)/\(task.attempt)" }

  /// What the task does to the model; a target's transaction is one step, as it is in a real one.
  private mutating func work(_ job: Job) -> AttemptSteps.Ending {
    if let stop = job.stop, job.task.kind == .extract { return .interrupted(stop) }
    if !isCalm, random.chance(12) {
      return .failed(TaskFailure(code: "fault", message: "at random", isTransient: !random.chance(4)))
    }
    let task = job.task
    switch task.kind {
    case .prepare: return .done(.prepared)
    case .extract:
      staged.insert(path(task))
      return .done(
        .extracted(
          StagedPart(
            files: [StagedFile(path: path(task), rows: ModelPlan.rowsPerPart, bytes: 100, sha256: "")],
            sourceRows: ModelPlan.rowsPerPart)))
    case .load, .remove: return load(task)
    case .finish:
      let parts = loads.keys.count { $0.table == task.table }
      if parts < tables[task.table] { earlyFinishes += 1 }
      finished.insert(task.table)
      return .done(.finished)
    }
  }

  private mutating func load(_ task: ClaimedTask) -> AttemptSteps.Ending {
    let place = Place(table: task.table, part: task.part ?? 0)
    let result: TaskResult =
      task.kind == .remove ? .removed(rows: 1, from: nil) : .loaded(rows: ModelPlan.rowsPerPart, deleted: 0)
    if loads[place] != nil {
      events.repeatedLoads += 1
      return .done(result)
    }
    let hasLoads = loads.keys.contains { $0.table == task.table && $0.part <= tables[task.table] - removals }
    if task.kind == .remove, hasLoads { lateRemovals += 1 }
    if !isCalm, random.chance(25), let file = task.staged?.files.first { staged.remove(file.path) }
    guard let file = task.staged?.files.first, staged.contains(file.path) else {
      return .filesGone(TaskFailure(code: "file missing", message: "at random", isTransient: false))
    }
    if loads.updateValue(task.attempt, forKey: place) != nil { doubleLoads += 1 }
    return .done(result)
  }
}
