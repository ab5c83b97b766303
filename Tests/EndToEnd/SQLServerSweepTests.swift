import Foundation
import Support
import Testing

/// SQL Server, whose connections break at any byte and whose statements fail anywhere: nothing is lost, doubled or cut short.
///
/// `SCMPLAN_CUTS` sets how many faults of each road must fire during runs (90 by default), `SCMPLAN_SEED` plays one seed.
@Suite struct SQLServerSweepTests {
  @Test(.timeLimit(.minutes(60))) func goesWrongAnywhere() async throws {
    let environment = ProcessInfo.processInfo.environment
    let faults = environment["SCMPLAN_CUTS"].flatMap(Int.init) ?? 90
    let seed = environment["SCMPLAN_SEED"].flatMap(UInt64.init) ?? UInt64.random(in: 1...999_999_999)
    print("faults of SQL Server: SCMPLAN_SEED=\(seed)")
    let tally = ConnectionTally()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (number, road) in SQLServerSweep.Road.allCases.enumerated() {
        group.addTask {
          try await Workspace.with { workspace in
            var sweep = try await SQLServerSweep(road, workspace, seed: seed + UInt64(number), tally: tally)
            try await sweep.run(plans: 15, faults: faults)
          }
        }
      }
      try await group.waitForAll()
    }
    print("faults of SQL Server: \(await tally.summary)\n\(await tally.messages)")
    #expect(await tally.fired >= 200)
    for doing in [
      "sign-in", "question", "digest", "rows", "commit", "begin", "catalog", "reset", "close", "failover",
      "cut row",
    ] {
      #expect(await tally.count(doing) > 0, "no fault hit: \(doing)")
    }
  }
}
