import Crypto
import Engine
import Faults
import Foundation
import Plans
import SQL
import Store
import Synchronization
import Workflows

/// A folder for a test: in memory where there is a file system of it, as thousands of runs would mostly wait for a disk.
final class ScratchFolder {
  let path: String

  init() throws {
    let base = FileManager.default.isWritableFile(atPath: "/dev/shm") ? "/dev/shm/" : NSTemporaryDirectory()
    path = base + "scmplan-schedule-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// Plans and runs of one workflow from a bed's source to its target, nothing going wrong on the way.
final class Road: @unchecked Sendable {
  let bed: any Bed
  let store: Store
  let folder: String
  var workflow: Workflow
  private var now = 1_000_000
  private var engines = 0

  init(_ bed: any Bed, folder: String, workflow: Workflow) throws {
    self.bed = bed
    self.folder = folder
    self.workflow = workflow
    store = try Store(path: folder + "/state.db", durability: .normal)
  }

  deinit { try? store.close() }

  func plan(_ setting: Setting) throws -> Plan {
    workflow = setting.workflow(table: bed.table)
    return try plan()
  }

  func plan() throws -> Plan {
    let lineage = try store.lineage()
    let maker = PlanMaker(
      source: try bed.openSource(), target: try bed.openTarget(),
      planner: Planner(
        sourcePlatform: bed.platform, dialect: bed.dialect, lineage: lineage, fingerprint: Hashing.fingerprint),
      stage: folder + "/stage")
    return try maker.make(
      PlanMaker.Assignment(
        name: "schedule", workflow: workflow, source: bed.source, target: bed.target, selection: TableSelection(),
        lineage: lineage, serial: try store.serial(of: "schedule"), states: try store.tableStates(workflow: "schedule"),
        unfinishedRuns: try store.unfinishedRuns(workflow: "schedule"),
        rate: nil)
    ).plan
  }

  /// - Returns: the run.
  func submit(_ plan: Plan, now: Milliseconds) throws -> Int {
    let text = try PlanFile.text(plan)
    return try store.submit(
      Submission(plan: plan, planID: Hashing.fingerprint(text), planContent: text, maxAttempts: 3), now: now
    ).id
  }

  func engine(_ id: String, clock: EngineClock) throws -> PlayedEngine {
    try PlayedEngine(
      id, state: folder + "/state.db", stage: folder + "/stage", sessions: BedOpener(bed: bed), clock: clock)
  }

  /// What was in the way of a plan, or of its run.
  struct Blocked: Error, CustomStringConvertible {
    var description: String
  }

  /// Makes a plan and applies it.
  ///
  /// - Throws: ``Blocked`` when it is refused, or its run does not complete.
  @discardableResult
  func refresh() async throws -> TableChange {
    let plan = try plan()
    try await apply(plan)
    return plan.tables[0]
  }

  /// - Parameter point: where the engine ends; the run is given up then.
  func apply(_ plan: Plan, endingAt point: FaultPoint.Name? = nil) async throws {
    let change = plan.tables[0]
    guard change.refusals.isEmpty else { throw Blocked(description: change.refusals.joined(separator: "; ")) }
    guard change.action != .none else { return }
    let run = try submit(plan, now: now)
    engines += 1
    let now = now
    let engine = try engine("engine\(engines)", clock: EngineClock { now })
    let isGone = Mutex(false)
    while true {
      _ = try store.finishDoneRuns(now: now)
      let known = try store.run(run)
      guard !known.isEnded else {
        guard known.state == .completed else { throw Blocked(description: "the run ended as \(known.state.rawValue)") }
        return
      }
      let tasks = try engine.store.claim(
        owner: engine.id, kinds: [.prepare, .extract, .load, .finish], affinity: nil, limit: 1, now: now,
        lease: PlayedEngine.lease)
      guard let task = tasks.first else { throw Blocked(description: "nothing is left to do, and the run is not done") }
      await FaultPoint.$observer.withValue({ name in
        guard name == point else { return }
        isGone.withLock { $0 = true }
        engine.die()
        throw Crash()
      }) {
        await engine.carryOut(task)
      }
      guard isGone.withLock({ $0 }) else { continue }
      _ = try store.rescue(now: now, deadOwners: [engine.id])
      _ = try store.cancel(run: run, now: now)
      return
    }
  }
}
