import Dispatch
import SQL
import Store
import Synchronization
import Testing

@Suite struct LocksTests {
  private func request(_ id: String, name: String = "sales") -> LockInfo {
    LockInfo(
      name: name, id: id, who: "ann@box", host: "box", pid: 42, processStart: 7, operation: "apply")
  }

  @Test func aLockIsHeldUntilItIsReleased() throws {
    let store = try Scenario().store
    let lock = try store.acquireLock(request("a"), now: 1000)
    #expect(lock.created == 1000)
    #expect(lock.expires == 31_000)
    #expect(try store.locks() == [lock])
    #expect(code { _ = try store.acquireLock(request("b"), now: 1000) } == .locked)
    try store.releaseLock(name: "sales", id: "a")
    #expect(try store.locks().isEmpty)
    #expect(try store.acquireLock(request("b"), now: 1000).id == "b")
  }

  @Test func theConflictSaysWhoHoldsTheLock() throws {
    let store = try Scenario().store
    let lock = try store.acquireLock(request("a"), now: 1000)
    let error = #expect(throws: StoreError.self) {
      try store.acquireLock(request("b"), now: 6000, isAlive: { _ in true })
    }
    #expect(error?.lock == lock)
    #expect(
      error?.message
        == "sales is locked by ann@box for apply (process 42 on box, the process is running; lock a)")
    let remote = #expect(throws: StoreError.self) { try store.acquireLock(request("b"), now: 6000) }
    #expect(remote?.message.contains("last heard of 5 s ago") == true)
  }

  @Test func workflowsLockApart() throws {
    let store = try Scenario().store
    _ = try store.acquireLock(request("a"), now: 0)
    _ = try store.acquireLock(request("b", name: "hr"), now: 0)
    #expect(try store.locks().map(\.name) == ["hr", "sales"])
  }

  @Test func heartbeatsKeepALockAlive() throws {
    let store = try Scenario().store
    _ = try store.acquireLock(request("a"), now: 0)
    try store.heartbeatLock(name: "sales", id: "a", now: 29_000)
    #expect(code { _ = try store.acquireLock(request("b"), now: 58_999) } == .locked)
    #expect(try store.acquireLock(request("b"), now: 59_000).id == "b")
  }

  @Test func aLockThatRanOutIsTakenOverAndItsHolderLearnsIt() throws {
    let store = try Scenario().store
    _ = try store.acquireLock(request("a"), now: 0)
    _ = try store.acquireLock(request("b"), now: 30_000)
    let error = #expect(throws: StoreError.self) {
      try store.heartbeatLock(name: "sales", id: "a", now: 30_001)
    }
    #expect(error?.code == .lockLost)
    #expect(error?.lock?.id == "b")
    try store.releaseLock(name: "sales", id: "a")
    #expect(try store.locks().map(\.id) == ["b"])
  }

  @Test func aDeadHolderIsReplacedAtOnceAndALivingOneIsNot() throws {
    let store = try Scenario().store
    _ = try store.acquireLock(request("a"), now: 0)
    #expect(code { _ = try store.acquireLock(request("b"), now: 1, isAlive: { _ in true }) } == .locked)
    #expect(code { _ = try store.acquireLock(request("b"), now: 1, isAlive: { _ in nil }) } == .locked)
    #expect(try store.acquireLock(request("b"), now: 1, isAlive: { $0.pid != 42 }).id == "b")
  }

  @Test func theHolderMayAskAgain() throws {
    let store = try Scenario().store
    _ = try store.acquireLock(request("a"), now: 0)
    #expect(try store.acquireLock(request("a"), now: 500).expires == 30_500)
  }

  @Test func unlockingNeedsTheLocksOwnId() throws {
    let store = try Scenario().store
    _ = try store.acquireLock(request("a"), now: 0)
    #expect(code { _ = try store.forceUnlock(id: "b") } == .lockLost)
    #expect(try store.forceUnlock(id: "a").who == "ann@box")
    #expect(code { _ = try store.forceUnlock(id: "a") } == .lockLost)
    #expect(code { try store.heartbeatLock(name: "sales", id: "a", now: 1) } == .lockLost)
  }

  @Test func ofManyWhoAskOneGetsTheLock() throws {
    let scenario = try Scenario()
    let path = scenario.folder.state
    let holders = Mutex<[String]>([])
    let others = Mutex<[StoreError.Code?]>([])
    DispatchQueue.concurrentPerform(iterations: 8) { index in
      let refused = code {
        let store = try Store(path: path, durability: .normal)
        let lock = try store.acquireLock(request("\(index)"), now: 0)
        holders.withLock { $0.append(lock.id) }
      }
      if let refused { others.withLock { $0.append(refused) } }
    }
    #expect(holders.withLock { $0.count } == 1)
    #expect(others.withLock { $0 } == Array(repeating: .locked, count: 7))
  }
}
