import Foundation
import Support
import Testing

/// Whole loads into the bench's account with faults at their requests: afterwards the table is exact.
@Suite(.serialized) struct SnowflakeSweepTests {
  typealias Sweep = SnowflakeSweep

  /// A client with patience bears harm at every second request by itself, and asks again under the same id.
  @Test func everySecondRequestIsHarmed() async throws {
    let fired = try await withThrowingTaskGroup(of: Int.self) { group in
      for kind in Sweep.Kind.allCases {
        group.addTask {
          let sweep = try await Sweep(kind)
          let harms = kind == .replace ? Sweep.Harm.allCases : [.lost]
          var fired = 0
          for harm in harms { fired += try await sweep.loadPatiently(harm) }
          #expect(try await sweep.leftovers() == [])
          return fired
        }
      }
      return try await group.reduce(0, +)
    }
    #expect(fired >= 500)
  }

  /// A client without patience fails at the first harm, and a successor takes over: one harm in each phase of a load.
  ///
  /// `SCMPLAN_FAULTS=1000` harms every request in every way; without it, the lost replies of what writes come first.
  @Test func singleRequestsAreHarmed() async throws {
    let most = ProcessInfo.processInfo.environment["SCMPLAN_FAULTS"].flatMap { Int($0) } ?? 6
    let fired = try await withThrowingTaskGroup(of: Int.self) { group in
      for (number, kind) in Sweep.Kind.allCases.enumerated() {
        group.addTask {
          let sweep = try await Sweep(kind)
          var generator = SeededGenerator(seed: UInt64(number))
          var left = try await sweep.record().mapValues { Self.faults($0, &generator) }
          var fired = 0
          for _ in 0..<most where left.contains(where: { !$0.value.isEmpty }) {
            fired += try await sweep.load(left.compactMapValues(\.first))
            left = left.mapValues { Array($0.dropFirst()) }
          }
          #expect(try await sweep.leftovers() == [])
          return fired
        }
      }
      return try await group.reduce(0, +)
    }
    #expect(fired >= 90)
  }

  /// Each request with each harm, in a random order; two of three are lost replies of what writes, as long as there are.
  private static func faults(
    _ requests: [Sweep.Request], _ generator: inout SeededGenerator
  ) -> [(request: Sweep.Request, harm: Sweep.Harm)] {
    let all = requests.flatMap { request in Sweep.Harm.allCases.map { (request: request, harm: $0) } }
      .shuffled(using: &generator)
    var urgent = all.filter { $0.harm == .lost && $0.request.isWriting }[...]
    var others = all.filter { $0.harm != .lost || !$0.request.isWriting }[...]
    var order: [(request: Sweep.Request, harm: Sweep.Harm)] = []
    while order.count < all.count {
      let isUrgent = others.isEmpty || !urgent.isEmpty && order.count % 3 < 2
      if let next = isUrgent ? urgent.popFirst() : others.popFirst() { order.append(next) }
    }
    return order
  }
}
