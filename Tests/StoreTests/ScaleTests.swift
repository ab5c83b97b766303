import Foundation
import Plans
import Store
import Testing

/// What must not grow with the number of parts.
@Suite(.serialized) struct ScaleTests {
  private func seconds(_ body: () throws -> Void) rethrows -> Double {
    let clock = ContinuousClock()
    let time = try clock.measure(body)
    return Double(time.components.seconds) + Double(time.components.attoseconds) * 1e-18
  }

  @Test func aRunOfManyPartsIsInsertedInProportionAndWorkedOnAtTheSamePace() throws {
    var insertion: [Double] = []
    var work: [Double] = []
    for parts in [2_000, 20_000] {
      let scenario = try Scenario()
      insertion.append(
        try seconds { _ = try scenario.submit { $0.add(parts: (1...parts).map { part($0) }) } })
      try scenario.complete(try #require(try scenario.claim().first))
      work.append(
        try seconds {
          for _ in 0..<300 {
            try scenario.complete(try #require(try scenario.claim([.load, .extract]).first))
            _ = try scenario.store.progress(run: 1)
          }
        })
    }
    // Ten times the parts; twice the proportion is allowed for a machine that does other things too.
    #expect(insertion[1] < 20 * insertion[0])
    #expect(work[1] < 3 * work[0])
  }
}
