import Engine
import Testing

/// A life that the macros of the tests can ask: they call structs on constants.
private final class Life {
  private var life: EngineLife

  init(_ lifetime: EngineSettings.Lifetime) {
    life = EngineLife(lifetime)
  }

  func look(hasWork: Bool, now: Int) -> EngineLife.Action { life.look(hasWork: hasWork, now: now) }

  func confirm(hasWork: Bool) -> Bool { life.confirm(hasWork: hasWork) }
}

@Suite struct EngineLifeTests {
  @Test func aServiceNeverLeaves() {
    let life = Life(.service)
    #expect(life.look(hasWork: false, now: 0) == .stay)
    #expect(life.look(hasWork: false, now: 1_000_000_000) == .stay)
  }

  @Test func aBackgroundEngineLeavesWhenItWasIdleForLong() {
    let life = Life(.untilIdle(3000))
    #expect(life.look(hasWork: false, now: 1000) == .stay)
    #expect(life.look(hasWork: false, now: 3999) == .stay)
    #expect(life.look(hasWork: true, now: 4000) == .stay)
    #expect(life.look(hasWork: false, now: 5000) == .stay)
    #expect(life.look(hasWork: false, now: 7999) == .stay)
    #expect(life.look(hasWork: false, now: 8000) == .announce)
    #expect(life.confirm(hasWork: false))
  }

  @Test func workThatComesDuringTheAnnouncementKeepsIt() {
    let life = Life(.untilIdle(3000))
    _ = life.look(hasWork: false, now: 0)
    #expect(life.look(hasWork: false, now: 3000) == .announce)
    #expect(!life.confirm(hasWork: true))
    #expect(life.look(hasWork: false, now: 3001) == .stay)
  }

  @Test func aClockThatIsSetBackStartsTheWaitAnew() {
    let life = Life(.untilIdle(3000))
    _ = life.look(hasWork: false, now: 1_000_000)
    #expect(life.look(hasWork: false, now: 0) == .stay)
    #expect(life.look(hasWork: false, now: 3000) == .announce)
  }

  @Test func anIdleEngineLooksLessAndLessOften() {
    var pace = FetchPace(busy: 200, idle: 1000)
    let waits = (0..<5).map { _ in pace.foundNothing(isRunOpen: false) }
    #expect(waits == [200, 400, 800, 1000, 1000])
    let again = [true, false, false].map { pace.foundNothing(isRunOpen: $0) }
    #expect(again == [200, 200, 400])
    pace.found()
    let fresh = pace.foundNothing(isRunOpen: false)
    #expect(fresh == 200)
  }

  @Test func aRingIsNotLostBetweenLookingAndWaiting() async {
    let bell = WakeUp()
    bell.wake()
    await bell.wait()
    await bell.wait(milliseconds: 1)
    async let waiting: Void = bell.wait()
    bell.wake()
    await waiting
  }

  @Test func aWaitEndsWhenItsTaskIsCancelled() async {
    let bell = WakeUp()
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await bell.wait() }
      group.cancelAll()
    }
    // A ring that nobody heard is there for the next one who waits.
    bell.wake()
    await bell.wait()
  }
}
