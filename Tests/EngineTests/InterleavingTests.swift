import Plans
import Store
import Testing


/// Several engines on one state, every step of each in any order, with pauses longer than a lease, crashes between any two
/// steps and failures of the work itself. The target is a model: a ledger that takes a part once.
@Suite struct InterleavingTests {
  /// Eight lots of seeds, so that they run side by side.
  @Test(arguments: 0..<8)
  func everyPartIsLoadedOnceWhateverHappens(lot: Int) throws {
    var seen = World.Events()
    for seed in 0..<20 {
      var world = try World(seed: UInt64(lot * 1000 + seed))
      try world.play()
      let run = try world.store.run(world.run)
      let label = Comment(rawValue: "seed \(lot * 1000 + seed)")
      #expect(run.isEnded, label)
      #expect(run.counts.openTasks == 0, label)
      #expect(world.doubleLoads == 0, label)
      #expect(world.earlyFinishes == 0, label)
      #expect(world.loads.count >= run.counts.loadedParts, label)
      #expect(run.counts.loadedRows == run.counts.loadedParts * ModelPlan.rowsPerPart, label)
      if run.state == .completed {
        #expect(world.loads.count == run.counts.parts, label)
        #expect(world.finished.count == world.tables.count, label)
        #expect(world.staged.isEmpty || world.events.crashes > 0 || world.events.lost > 0, label)
      } else {
        #expect(run.counts.discardedTasks > 0 || run.state == .cancelled, label)
      }
      seen.add(world.events)
    }
    // A simulation in which nothing goes wrong proves nothing.
    #expect(seen.crashes > 100)
    #expect(seen.lost > 50)
    #expect(seen.rescued > 100)
    #expect(seen.repeatedLoads > 10)
    #expect(seen.restaged > 5)
    #expect(seen.stops > 10)
  }
}
