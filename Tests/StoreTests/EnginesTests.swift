import Store
import Testing

@Suite struct EnginesTests {
  private func engine(_ id: String) -> EngineInfo {
    EngineInfo(
      id: id, kind: .worker, host: "box", pid: 1, processStart: 2, affinity: "blue", started: 10, heartbeat: 10)
  }

  @Test func enginesRegisterLiveAndLeave() throws {
    let store = try Scenario().store
    try store.registerEngine(engine("a"))
    try store.registerEngine(engine("b"))
    #expect(try store.engines() == [engine("a"), engine("b")])
    #expect(try store.heartbeatEngine(id: "a", now: 20)?.heartbeat == 20)
    try store.removeEngine(id: "a")
    #expect(try store.engines().map(\.id) == ["b"])
    #expect(try store.heartbeatEngine(id: "a", now: 30) == nil)
  }

  @Test func registeringAgainReplaces() throws {
    let store = try Scenario().store
    try store.registerEngine(engine("a"))
    var changed = engine("a")
    changed.affinity = nil
    try store.registerEngine(changed)
    #expect(try store.engines() == [changed])
  }

  @Test func anEngineLearnsThatItIsToStop() throws {
    let store = try Scenario().store
    try store.registerEngine(engine("a"))
    #expect(try store.heartbeatEngine(id: "a", now: 1)?.isStopping == false)
    #expect(try store.stopEngine(id: "a"))
    #expect(try store.heartbeatEngine(id: "a", now: 2)?.isStopping == true)
    #expect(try store.stopEngine(id: "b") == false)
  }
}
