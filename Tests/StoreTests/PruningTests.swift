import Plans
import Store
import Testing

@Suite struct PruningTests {
  @Test func olderRunsLoseTheirTasksAndStayListed() throws {
    let scenario = try Scenario()
    var tasks: [Int] = []
    for index in 0..<4 {
      _ = try scenario.submit { $0.add("t\(index)", parts: [part(1)]) }
      tasks.append(try #require(try scenario.claim().first).id)
      _ = try scenario.store.rescue(now: scenario.now, deadOwners: ["a"])
      if index < 3 { try scenario.work() }
      _ = try scenario.store.finishDoneRuns(now: scenario.now)
    }
    try scenario.store.prune(workflow: "hr", keeping: 1)
    #expect(try scenario.store.progress(run: 1).tables.count == 1)

    try scenario.store.prune(workflow: "sales", keeping: 2)
    #expect(try scenario.store.runs().map(\.id) == [4, 3, 2, 1])
    #expect(try scenario.store.run(1).counts.loadedParts == 1)
    #expect(try (1...4).map { try scenario.store.progress(run: $0).tables.count } == [0, 0, 1, 1])
    #expect(try tasks.map { try scenario.store.attempts(task: $0).isEmpty } == [true, true, false, false])
    let plans = try scenario.store.runs().map(\.plan)
    #expect(try scenario.store.plan(plans[0]) == "{}")
    #expect(code { _ = try scenario.store.plan(plans[3]) } == .unknownPlan)
    #expect(code { _ = try scenario.store.retry(run: 1, now: 0) } == .wrongRunState)
    #expect(try scenario.state("t0").parts.map(\.loadedBy) == [1])
  }

  @Test func unfinishedRunsAreLeftAlone() throws {
    let scenario = try Scenario()
    for index in 0..<3 { _ = try scenario.submit { $0.add("t\(index)", parts: [part(1)]) } }
    try scenario.store.prune(workflow: "sales", keeping: 1)
    try scenario.work()
    #expect(try scenario.store.finishDoneRuns(now: 0).map(\.state) == [.completed, .completed, .completed])
  }
}
