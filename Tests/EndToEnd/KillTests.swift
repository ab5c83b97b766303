import Foundation
import Support
import Testing

/// Processes killed or stopped at random instants, hundreds of times: nothing is lost and nothing is doubled.
///
/// `SCMPLAN_KILLS` sets how many kills must hit (300 by default), `SCMPLAN_SEED` plays one seed's history alone.
@Suite struct KillTests {
  @Test(.timeLimit(.minutes(60))) func randomKillsLoseAndDoubleNothing() async throws {
    let environment = ProcessInfo.processInfo.environment
    let goal = environment["SCMPLAN_KILLS"].flatMap(Int.init) ?? 300
    let wanted = environment["SCMPLAN_SEED"].flatMap(UInt64.init)
    let first = wanted ?? UInt64.random(in: 1...999_999_999)
    let tally = KillTally(goal: wanted == nil ? goal : 1_000_000)
    print("random kills: SCMPLAN_SEED=\(first)")
    // A few histories at a time keep the machine busy; each has its own seed, so that it can be played alone.
    try await withThrowingTaskGroup(of: [String].self) { group in
      for lane in 0..<(wanted == nil ? 3 : 1) {
        group.addTask {
          var seed = first + UInt64(lane)
          repeat {
            let now = seed
            let problems = try await Workspace.with { workspace in
              var history = KillHistory(seed: now, workspace: workspace, tally: tally)
              return try await history.run(rounds: 4)
            }
            if !problems.isEmpty { return problems }
            seed += 3
          } while await !tally.isReached && wanted == nil
          return []
        }
      }
      for try await problems in group { expectNone(problems) }
    }
    print("random kills: \(await tally.summary)")
    guard wanted == nil else { return }
    #expect(await tally.kills >= goal)
    for command in ["apply", "engine", "orchestrator", "worker"] {
      #expect(await tally.count(command) > 0, "no kill hit \(command)")
    }
    for work in ["extract", "load"] {
      #expect(await tally.count("at work on") > goal / 10, "too few kills hit a task at work")
      #expect(await tally.count(work) > 0, "no kill hit a task of \(work)")
    }
  }
}
