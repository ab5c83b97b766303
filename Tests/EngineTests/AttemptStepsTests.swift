import Engine
import Plans
import Store
import Testing

@Suite final class AttemptStepsTests {
  private var random = SeededGenerator(seed: 1)
  private let failure = TaskFailure(code: "busy", message: "locked", isTransient: true)

  private func steps(_ kind: TaskKind, failures: Int = 0) -> AttemptSteps {
    AttemptSteps(kind: kind, failures: failures, policy: RetryPolicy(base: 1000, cap: 60_000))
  }

  private func worked(_ steps: AttemptSteps, _ ending: AttemptSteps.Ending, now: Int = 0) -> AttemptSteps.Action {
    steps.worked(ending, now: now, using: &random)
  }

  @Test func aLoadThatIsTakenClearsThePart() {
    let steps = steps(.load)
    #expect(steps.begin() == .work)
    let result = TaskResult.loaded(rows: 1, deleted: 0)
    #expect(worked(steps, .done(result)) == .complete(result))
    #expect(steps.completed(isHeld: true) == .clearPart(then: .completed))
    // Files of a part that somebody else loads are not ours to remove.
    #expect(steps.completed(isHeld: false) == .end(.lost))
  }

  @Test func anExtractionThatDoesNotCountClearsItsFiles() {
    let steps = steps(.extract)
    #expect(steps.completed(isHeld: true) == .end(.completed))
    #expect(steps.completed(isHeld: false) == .clearAttempt(then: .lost))
    #expect(steps.settled(.discarded) == .clearAttempt(then: .discarded))
    #expect(steps.settled(.cancelled) == .clearAttempt(then: .cancelled))
    #expect(worked(steps, .interrupted(.lost)) == .clearAttempt(then: .lost))
  }

  @Test func aLoadThatFailsKeepsItsFiles() {
    let steps = steps(.load)
    for fate in [TaskFate.lost, .discarded, .cancelled, .retry(at: 5)] {
      guard case .end = steps.settled(fate) else {
        Issue.record("a load must not clear the stage: \(fate)")
        continue
      }
    }
    #expect(worked(steps, .filesGone(failure)) == .restage(failure))
  }

  @Test(arguments: [StopReason.paused, .cancelled, .stopping])
  func anInterruptedTaskIsGivenBack(reason: StopReason) {
    #expect(worked(steps(.extract), .interrupted(reason)) == .release)
  }

  @Test func aFailureWaitsLongerEachTimeUpToAMinute() {
    for (failures, ceiling) in [(0, 1000), (1, 2000), (4, 16_000), (5, 32_000), (6, 60_000), (60, 60_000)] {
      var longest = 0
      for _ in 0..<400 {
        guard
          case .fail(failure, let at) = worked(steps(.load, failures: failures), .failed(failure), now: 1_000_000)
        else {
          Issue.record("a failure must be told")
          return
        }
        #expect((1_000_000...1_000_000 + ceiling).contains(at))
        longest = max(longest, at - 1_000_000)
      }
      // Full jitter: the draw covers the range.
      #expect(longest > ceiling * 9 / 10)
    }
  }
}
