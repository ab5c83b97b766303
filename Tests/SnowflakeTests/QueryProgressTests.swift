import Snowflake
import Support
import Testing

/// Every order of events on a statement's way, from seeds.
struct QueryProgressTests {
  private static let policy = RetryPolicy(budget: 30_000, minimumAttempts: 4)

  /// What a statement went through, as an onlooker notes it.
  private struct History {
    var mayHaveExecuted = false
    var path: String?
    var events: [QueryProgress.Event] = []
  }

  private static func event(_ random: inout SeededGenerator, polling: Bool) -> QueryProgress.Event {
    switch random.number(0..<14) {
    case 0: .answered(code: nil, success: true, resultPath: nil, took: 5)
    case 1: .answered(code: "002003", success: false, resultPath: nil, took: 5)
    case 2, 3: .answered(code: "333333", success: true, resultPath: "/p\(random.number(0..<3))", took: 5)
    case 4: .answered(code: "333334", success: true, resultPath: polling ? nil : "/p9", took: 45_000)
    case 5: .answered(code: "390112", success: false, resultPath: nil, took: 5)
    case 6: .answered(code: "390111", success: false, resultPath: nil, took: 5)
    case 7: .answered(code: "390505", success: false, resultPath: nil, took: 5)
    case 8, 9: .unanswered(status: 0, mayHaveArrived: true)
    case 10: .unanswered(status: 0, mayHaveArrived: false)
    case 11: .unanswered(status: 503, mayHaveArrived: true)
    case 12: .rejected(mayHaveArrived: false)
    default: .stopped(mayHaveArrived: false)
    }
  }

  @Test func noOrderOfEventsBreaksThePromises() {
    for seed in 0..<20_000 {
      var random = SeededGenerator(seed: UInt64(seed))
      var now: Int64 = 0
      var progress = QueryProgress(isAsync: false, policy: Self.policy, now: now)
      var history = History()
      var step = progress.resume()
      var requests = 0
      walk: while true {
        let event: QueryProgress.Event
        switch step {
        case .submit:
          #expect(history.path == nil, "submitted again after the server named the result's place, seed \(seed)")
          event = Self.event(&random, polling: false)
        case .poll(let path, _):
          #expect(path == history.path, "seed \(seed)")
          event = Self.event(&random, polling: true)
        case .wait(let milliseconds):
          #expect(milliseconds > 0)
          now += Int64(milliseconds)
          step = progress.resume()
          continue
        case .renew: event = random.chance(80) ? .renewed : .sessionLost
        case .finished:
          guard case .answered(nil, true, _, _)? = history.events.last else {
            Issue.record("finished without an answer, seed \(seed)")
            return
          }
          break walk
        case .failed(let outcome):
          if case .answered(let code?, false, _, _)? = history.events.last, ServerCode.action(code) == .fail {
            #expect(outcome == .failed, "seed \(seed)")
          } else {
            #expect(outcome == (history.mayHaveExecuted ? .unknown : .notExecuted), "seed \(seed)")
          }
          break walk
        }
        history.events.append(event)
        switch event {
        case .answered("333333", _, let path, _), .answered("333334", _, let path, _):
          history.path = path ?? history.path
          history.mayHaveExecuted = true
        case .unanswered(_, true): history.mayHaveExecuted = true
        default: break
        }
        requests += 1
        #expect(requests < 500, "no end, seed \(seed)")
        if requests >= 500 { return }
        step = progress.next(after: event, now: now) { ($0.lowerBound + $0.upperBound) / 2 }
      }
    }
  }

  @Test func theServersSilenceIsBorneForTheBudgetAndAtLeastForTheLeastAttempts() {
    var progress = QueryProgress(isAsync: false, policy: Self.policy, now: 0)
    var now: Int64 = 0
    var attempts: [QueryProgress.Attempt] = []
    var step = progress.resume()
    while case .submit(let attempt) = step {
      attempts.append(attempt)
      now += 20_000
      let next = progress.next(after: .unanswered(status: 502, mayHaveArrived: true), now: now) { $0.upperBound }
      guard case .wait(let delay) = next else {
        #expect(next == .failed(.unknown))
        break
      }
      now += Int64(delay)
      step = progress.resume()
    }
    #expect(attempts.map(\.number) == [0, 1, 2, 3])
    #expect(attempts.map(\.reason) == [0, 502, 502, 502])
  }

  @Test func renewingAgainAndAgainComesToAnEnd() {
    var progress = QueryProgress(isAsync: false, policy: Self.policy, now: 0)
    let expired = QueryProgress.Event.answered(code: "390112", success: false, resultPath: nil, took: 1)
    for _ in 0..<3 {
      #expect(progress.next(after: expired, now: 0) { $0.lowerBound } == .renew)
      #expect(progress.next(after: .renewed, now: 0) { $0.lowerBound } == .submit(.init()))
    }
    #expect(progress.next(after: expired, now: 0) { $0.lowerBound } == .failed(.notExecuted))
  }

  @Test func aServerThatHoldsAPollBackIsAskedAtOnceAndAQuickOneLaterAndLater() {
    var progress = QueryProgress(polling: "/r", policy: Self.policy, now: 0)
    var waits: [Int] = []
    for took: Int64 in [45_000, 5, 5, 5, 5, 5, 5, 5, 5, 5, 45_000] {
      let event = QueryProgress.Event.answered(code: "333333", success: true, resultPath: nil, took: took)
      let step = progress.next(after: event, now: 0) { $0.lowerBound }
      if case .wait(let wait) = step { waits.append(wait) } else { waits.append(0) }
    }
    #expect(waits == [0, 0, 500, 500, 1000, 1500, 2000, 4000, 5000, 5000, 0])
  }
}
