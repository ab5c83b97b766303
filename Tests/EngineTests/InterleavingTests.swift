import Foundation
import Plans
import Store
import Testing

/// Several engines on one state, every step of each in any order, with pauses longer than a lease, crashes between any two
/// steps and failures of the work itself. The target is a model: a ledger that takes a part once.
@Suite struct InterleavingTests {
  /// Eight lots of seeds, so that they run side by side; `SCMPLAN_TEST_WORLDS` makes each lot larger.
  @Test(arguments: 0..<8)
  func everyPartIsLoadedOnceWhateverHappens(lot: Int) throws {
    let worlds = Int(ProcessInfo.processInfo.environment["SCMPLAN_TEST_WORLDS"] ?? "") ?? 12
    var seen = World.Events()
    for seed in 0..<worlds { seen.add(try play(seed: lot * 1000 + seed)) }
    // A simulation in which nothing goes wrong proves nothing.
    #expect(seen.crashes > worlds / 2)
    #expect(seen.lost > worlds / 2)
    #expect(seen.rescued > worlds / 2)
    #expect(seen.repeatedLoads + seen.restaged > worlds / 10)
    #expect(seen.stops > worlds / 10)
  }

  @Test func aRunThatStopsAtItsTimeLosesNothing() throws {
    var seen = World.Events()
    for seed in 0..<24 { seen.add(try play(seed: 20_000 + seed, limitsTime: true)) }
    #expect(seen.timeouts > 12)
    #expect(seen.crashes > 12)
  }

  private func play(seed: Int, limitsTime: Bool = false) throws -> World.Events {
    var world = try World(seed: UInt64(seed), limitsTime: limitsTime)
    try world.play()
    let run = try world.store.run(world.run)
    let label = Comment(rawValue: "seed \(seed)")
    #expect(run.isEnded, label)
    #expect(run.counts.openTasks == 0, label)
    #expect(world.doubleLoads == 0, label)
    #expect(world.earlyFinishes == 0, label)
    #expect(world.hastyPauses == 0, label)
    #expect(world.loads.count >= run.counts.loadedParts, label)
    #expect(world.lateRemovals == 0, label)
    let windows = run.counts.loadedParts - run.counts.removedRows
    #expect(run.counts.loadedRows == windows * ModelPlan.rowsPerPart, label)
    if run.state == .completed {
      #expect(world.loads.count == run.counts.parts, label)
      #expect(world.finished.count == world.tables.count, label)
      #expect(world.staged.isEmpty || world.events.crashes > 0, label)
    } else {
      #expect(run.counts.discardedTasks > 0 || run.state == .cancelled, label)
    }
    return world.events
  }
}
