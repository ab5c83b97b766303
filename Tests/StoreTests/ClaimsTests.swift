import Foundation
import Plans
import SQL
import Store
import Synchronization
import Testing

@Suite struct ClaimsTests {
  @Test func tasksComeInTheOrderOfTheirDependencies() throws {
    let scenario = try Scenario()
    _ = try scenario.submit { $0.add(parts: [part(1), part(2)]) }
    var order: [TaskKind] = []
    while let task = try scenario.claim().first {
      order.append(task.kind)
      #expect(task.attempt == 1)
      #expect((task.part == nil) == (task.kind == .prepare || task.kind == .finish))
      #expect((task.staged != nil) == (task.kind == .load))
      if task.kind == .prepare { #expect(try scenario.claim().isEmpty) }
      try scenario.complete(task)
    }
    #expect(order == [.prepare, .extract, .extract, .load, .load, .finish])
  }

  @Test func aLoadGetsWhatItsExtractStaged() throws {
    let scenario = try Scenario()
    _ = try scenario.submit { $0.add(parts: [part(1), part(2)]) }
    try scenario.complete(try #require(try scenario.claim([.prepare]).first))
    for task in try scenario.claim([.extract], limit: 9) {
      try scenario.complete(task, rows: 100 + task.part!)
    }
    let loads = try scenario.claim([.load], limit: 9)
    #expect(loads.map(\.part) == [1, 2])
    #expect(loads.map(\.staged) == [staged(101), staged(102)])
  }

  @Test func ownersTakeOnlyTheKindsTheyAskFor() throws {
    let scenario = try Scenario()
    _ = try scenario.submit { $0.add(parts: [part(1)]) }
    #expect(try scenario.claim([.extract, .load, .finish]).isEmpty)
    try scenario.complete(try #require(try scenario.claim([.prepare]).first))
    #expect(try scenario.claim([.prepare, .load]).isEmpty)
    #expect(try scenario.claim([.extract]).count == 1)
  }

  @Test(
    arguments: [
      (nil, nil, true), (nil, "blue", true), ("blue", nil, true), ("blue", "blue", true), ("blue", "red", false),
      ("blue", "Blue", false),
    ] as [(String?, String?, Bool)])
  func affinity(run: String?, owner: String?, takes: Bool) throws {
    let scenario = try Scenario()
    _ = try scenario.submit {
      $0.affinity = run
      $0.add(parts: [part(1)])
    }
    #expect(try scenario.claim(affinity: owner).isEmpty != takes)
  }

  @Test func aRetryableTaskWaitsForItsMomentAndLetsFreshOnesPass() throws {
    let scenario = try Scenario()
    _ = try scenario.submit { $0.add(parts: [part(1), part(2)]) }
    try scenario.complete(try #require(try scenario.claim().first))
    let first = try #require(try scenario.claim([.extract]).first)
    #expect(try scenario.fail(first, transient: true) == .retry(at: scenario.now + 1000))
    let second = try #require(try scenario.claim([.extract]).first)
    #expect(second.part == 2)
    #expect(try scenario.claim([.extract]).isEmpty)
    scenario.now += 999
    #expect(try scenario.claim([.extract]).isEmpty)
    scenario.now += 1
    let again = try #require(try scenario.claim([.extract]).first)
    #expect(again.id == first.id)
    #expect(again.attempt == 2)
    #expect(again.failures == 1)
  }

  @Test func theFirstClaimStartsTheRun() throws {
    let scenario = try Scenario()
    let run = try scenario.submit { $0.add(parts: [part(1)]) }
    scenario.now += 5000
    _ = try scenario.claim()
    let after = try scenario.store.run(run.id)
    #expect(after.state == .executing)
    #expect(after.started == scenario.now)
  }

  @Test func heartbeatsExtendLeasesAndShowProgress() throws {
    let scenario = try Scenario()
    let run = try scenario.submit { $0.add(parts: [part(1)]) }
    let task = try #require(try scenario.claim().first)
    scenario.now += 29_000
    let beat = TaskProgress(task: task.id, attempt: 1, rows: 5, bytes: 50)
    let reply = try scenario.store.heartbeat(owner: "a", tasks: [beat], now: scenario.now, lease: scenario.lease)
    #expect(reply == HeartbeatReply())
    scenario.now += 29_000
    #expect(try scenario.store.rescue(now: scenario.now).isEmpty)
    let running = try scenario.store.progress(run: run.id).running
    #expect(running.map(\.rows) == [5])
    #expect(running.map(\.bytes) == [50])
    #expect(running.map(\.owner) == ["a"])
  }

  @Test func heartbeatsTellOfLostPausedAndCancelledTasks() throws {
    let scenario = try Scenario()
    let run = try scenario.submit { $0.add(parts: [part(1)]) }
    let task = try #require(try scenario.claim().first)
    let beat = TaskProgress(task: task.id, attempt: task.attempt)
    let reply = { (owner: String, beat: TaskProgress) in
      try scenario.store.heartbeat(owner: owner, tasks: [beat], now: scenario.now, lease: 1)
    }
    #expect(try reply("b", beat).lost == [task.id])
    #expect(try reply("a", TaskProgress(task: task.id, attempt: 2)).lost == [task.id])
    #expect(try reply("a", TaskProgress(task: 999, attempt: 1)).lost == [999])
    _ = try scenario.store.pause(run: run.id, now: scenario.now)
    #expect(try reply("a", beat) == HeartbeatReply(paused: [task.id]))
    _ = try scenario.store.cancel(run: run.id, now: scenario.now)
    #expect(try reply("a", beat) == HeartbeatReply(cancelled: [task.id]))
  }

  @Test func noTaskIsClaimedTwice() throws {
    let scenario = try Scenario()
    let parts = Scenario.isOnPostgreSQL ? 500 : 5000
    let run = try scenario.submit { $0.add(parts: (1...parts).map { part($0) }) }
    try scenario.complete(try #require(try scenario.claim().first))
    // Four connections to the state, as four processes have, each with a thread of its own.
    let claimed = Mutex<[ClaimedTask]>([])
    let failures = Mutex<[String]>([])
    let group = DispatchGroup()
    for index in 0..<4 {
      let folder = scenario.folder
      let now = scenario.now
      DispatchQueue(label: "claimer \(index)").async(group: group) {
        do {
          let store = try Scenario.open(folder)
          let owner = "owner \(index)"
          while true {
            let tasks = try store.claim(
              owner: owner, kinds: [.load, .extract], affinity: nil, limit: 5 + index * 5, now: now, lease: 30_000)
            if tasks.isEmpty { break }
            claimed.withLock { $0 += tasks }
            let lost = try store.complete(
              tasks.map { task in
                TaskCompletion(
                  task: task.id, attempt: task.attempt,
                  result: task.kind == .load ? .loaded(rows: 1, deleted: 0) : .extracted(staged(1)))
              }, owner: owner, now: now)
            if !lost.isEmpty { failures.withLock { $0.append("\(owner) lost \(lost)") } }
          }
        } catch {
          failures.withLock { $0.append("\(error)") }
        }
      }
    }
    group.wait()
    #expect(failures.withLock { $0 } == [])
    let tasks = claimed.withLock { $0 }
    #expect(tasks.count == 2 * parts)
    #expect(Set(tasks.map(\.id)).count == 2 * parts)
    #expect(tasks.allSatisfy { $0.attempt == 1 })
    try scenario.work()
    #expect(try scenario.finish(run)?.counts.loadedParts == parts)
  }
}
