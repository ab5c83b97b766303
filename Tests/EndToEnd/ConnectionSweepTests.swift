import Foundation
import Support
import Testing

/// Connections to PostgreSQL and Redshift that break at any byte: nothing is lost and nothing is doubled.
///
/// `SCMPLAN_CUTS` sets how many connections of each road must break during runs (30 by default), `SCMPLAN_SEED` plays one seed.
@Suite struct ConnectionSweepTests {
  @Test(.timeLimit(.minutes(60))) func connectionsBreakAnywhere() async throws {
    let environment = ProcessInfo.processInfo.environment
    let faults = environment["SCMPLAN_CUTS"].flatMap(Int.init) ?? 30
    let seed = environment["SCMPLAN_SEED"].flatMap(UInt64.init) ?? UInt64.random(in: 1...999_999_999)
    print("broken connections: SCMPLAN_SEED=\(seed)")
    let tally = ConnectionTally()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (number, road) in ConnectionSweep.Road.allCases.enumerated() {
        group.addTask {
          try await Workspace.with { workspace in
            var sweep = try ConnectionSweep(road, workspace, seed: seed + UInt64(number), tally: tally)
            try await sweep.run(plans: 10, faults: faults)
          }
        }
      }
      try await group.waitForAll()
    }
    print("broken connections: \(await tally.summary)\n\(await tally.messages)")
    #expect(await tally.fired >= 200)
    for doing in ["sign-in", "question", "digest", "rows", "commit", "reset", "close", "pg_terminate_backend"] {
      #expect(await tally.count(doing) > 0, "no fault hit: \(doing)")
    }
  }
}
