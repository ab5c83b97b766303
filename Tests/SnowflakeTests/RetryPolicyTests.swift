import Snowflake
import Support
import Testing

struct RetryPolicyTests {
  @Test func waitsStayBetweenTheShortestAndTheLongestAndGrowAtMostThreefold() {
    var random = SeededGenerator(seed: 1)
    for _ in 0..<200 {
      var retries = RetryState(RetryPolicy(budget: 100_000), now: 0)
      var now: Int64 = 0
      var last = 1000
      while let delay = retries.delay(now: now, random: { .random(in: $0, using: &random) }) {
        #expect((1000...16_000).contains(delay))
        #expect(delay <= max(1000, last * 3))
        last = delay
        now += Int64(delay)
      }
      // The last attempt began within the budget.
      #expect(now <= 100_000)
    }
  }

  @Test func successForgets() {
    var retries = RetryState(RetryPolicy(budget: 0, minimumAttempts: 2), now: 0)
    #expect(retries.delay(now: 5000) { $0.upperBound } == 3000)
    retries.succeeded(now: 9000)
    #expect(retries.delay(now: 14_000) { $0.upperBound } == 3000)
    #expect(retries.delay(now: 14_000) { $0.upperBound } == nil)
  }
}
