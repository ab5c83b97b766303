import Engine
import Store
import Testing

@Suite final class LeaseKeeperTests {
  private var keeper = LeaseKeeper(heartbeat: 5000, lease: 30_000, report: 1000)

  // The macros evaluate calls of structs on constants; these stand between.
  private func next(now: Int) -> LeaseKeeper.Action { keeper.next(now: now) }

  private func unanswered(now: Int) -> [LeaseKeeper.Stop] { keeper.unanswered(now: now) }

  private func answered(_ reply: HeartbeatReply, to asked: [TaskProgress], sent: Int) -> [LeaseKeeper.Stop] {
    keeper.answered(reply, to: asked, sent: sent)
  }

  private func took(_ task: Int, attempt: Int = 1, at now: Int) -> LeaseKeeper.Stop? {
    keeper.took(task: task, attempt: attempt, leaseUntil: now + 30_000, now: now)
  }

  @Test func withoutTasksThereIsNothingToSend() {
    #expect(next(now: 0) == .wait(until: nil))
    _ = took(1, at: 0)
    keeper.gave(task: 1, attempt: 1)
    #expect(next(now: 100_000) == .wait(until: nil))
  }

  @Test func beatsEveryFiveSeconds() {
    _ = took(1, at: 0)
    #expect(next(now: 0) == .wait(until: 1000))
    #expect(next(now: 4500) == .wait(until: 5000))
    #expect(next(now: 5000) == .beat([TaskProgress(task: 1, attempt: 1)]))
    #expect(next(now: 9999) == .wait(until: 10_000))
  }

  @Test func progressIsToldWithinASecond() {
    _ = took(1, at: 0)
    _ = took(2, at: 0)
    keeper.progressed(TaskProgress(task: 1, attempt: 1, rows: 7, bytes: 70))
    #expect(
      next(now: 1000)
        == .beat([TaskProgress(task: 1, attempt: 1, rows: 7, bytes: 70), TaskProgress(task: 2, attempt: 1)]))
    // The same reading again is no news.
    keeper.progressed(TaskProgress(task: 1, attempt: 1, rows: 7, bytes: 70))
    #expect(next(now: 2000) == .wait(until: 3000))
  }

  @Test func progressOfAnotherAttemptIsIgnored() {
    _ = took(1, attempt: 2, at: 0)
    keeper.progressed(TaskProgress(task: 1, attempt: 1, rows: 7, bytes: 70))
    #expect(keeper.tasks == [TaskProgress(task: 1, attempt: 2)])
    keeper.gave(task: 1, attempt: 1)
    #expect(!keeper.isEmpty)
  }

  @Test func anAnswerNamesEachTaskThatMustStopOnce() {
    for task in 1...4 { _ = took(task, at: 0) }
    let reply = HeartbeatReply(lost: [1], paused: [2], cancelled: [3])
    let asked = keeper.tasks
    #expect(
      answered(reply, to: asked, sent: 5000) == [
        .init(task: 1, attempt: 1, reason: .lost), .init(task: 2, attempt: 1, reason: .paused),
        .init(task: 3, attempt: 1, reason: .cancelled),
      ])
    #expect(answered(reply, to: asked, sent: 6000).isEmpty)
  }

  @Test func withoutAnswersATaskIsOursUntilItsLeaseRunsOut() {
    _ = took(1, at: 0)
    _ = took(2, at: 0)
    _ = answered(HeartbeatReply(), to: [TaskProgress(task: 2, attempt: 1)], sent: 10_000)
    #expect(unanswered(now: 29_999).isEmpty)
    #expect(unanswered(now: 30_000) == [.init(task: 1, attempt: 1, reason: .lost)])
    #expect(unanswered(now: 39_999).isEmpty)
    #expect(unanswered(now: 40_000) == [.init(task: 2, attempt: 1, reason: .lost)])
  }

  @Test func aTaskClaimedAgainEndsTheAttemptBefore() {
    _ = took(1, attempt: 1, at: 0)
    #expect(took(1, attempt: 2, at: 100) == .init(task: 1, attempt: 1, reason: .lost))
    #expect(took(2, attempt: 1, at: 100) == nil)
    // An answer to the earlier attempt says nothing of the later one.
    let reply = HeartbeatReply(lost: [1])
    #expect(answered(reply, to: [TaskProgress(task: 1, attempt: 1)], sent: 100).isEmpty)
  }
}
