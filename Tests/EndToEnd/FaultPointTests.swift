import Faults
import Foundation
import Support
import Testing

/// Every durable step, ended, failed or stopped on purpose: the target is exact afterwards.
@Suite struct FaultPointTests {
  static let points = FaultPoint.Name.allCases.map(\.rawValue)
  /// Points of `plan`; the others are reached by `apply` and its engine.
  static let planning = points.filter { $0.hasPrefix("plan.") }
  static let working = points.filter { !$0.hasPrefix("plan.") }

  @Test(arguments: planning) func killedWhilePlanning(_ point: String) async throws {
    try await Workspace.with { workspace in
      let tables = MixedTables(workspace: workspace)
      try tables.make()
      let killed = try await workspace.run("plan", "wf.json", environment: workspace.fault("\(point)=kill"))
      #expect(killed.signal == SIGKILL, "\(killed)")
      #expect(workspace.fired == ["\(point)@1=kill \(try #require(workspace.fired.first).split(separator: " ")[1])"])
      let plan = workspace.folder + "/state/wf.plan.json"
      #expect(FileManager.default.fileExists(atPath: plan) == (point == "plan.after-save"))
      if point == "plan.before-save" { #expect(try await workspace.run("plan", "wf.json").code == 0) }
      let applied = try await workspace.run("apply", plan)
      #expect(applied.code == 0, "\(applied)")
      expectNone(try tables.problems())
    }
  }

  /// The first time of each point is in a first load, then in a refresh; later ones hit other parts.
  @Test(arguments: working, ["kill", "error"]) func faultAndRecovery(_ point: String, _ action: String) async throws {
    try await Workspace.with { workspace in
      let tables = MixedTables(workspace: workspace)
      try tables.make()
      var random = SeededGenerator(seed: 7)
      for round in 0..<2 {
        let reaching = round == 0 || !Self.isOften(point) ? "" : "@3"
        let before = workspace.fired.count
        let applied = try await workspace.run(
          "apply", "wf.json", "--auto-approve", environment: workspace.fault("\(point)\(reaching)=\(action)"))
        #expect(
          workspace.fired.count > before, "the fault did not fire: \(applied)\n\(workspace.engineLog.suffix(3000))")
        let steps = try await workspace.recover()
        if try round == 1 || workspace.newestRun() == nil {
          let again = try await workspace.run("apply", "wf.json", "--auto-approve")
          #expect(again.code == 0, "after \(steps): \(again)\n\(applied)")
        }
        expectNone(try tables.problems(), "\(point)=\(action), round \(round), \(steps)")
        try await workspace.stopEngines()
        try tables.change(using: &random)
      }
    }
  }

  /// Points that a run of several parts reaches many times.
  private static func isOften(_ point: String) -> Bool {
    point.hasPrefix("extract.") || point.hasPrefix("load.")
  }

  /// Where a stopped engine holds the target's lock, so that nobody else gets on before it is woken.
  private static let holding = [
    "prepare.before-commit", "load.after-delete", "load.after-insert", "load.before-commit", "finish.before-commit",
  ]

  @Test(
    arguments: [
      "task.claim.after", "extract.after-file", "extract.before-complete", "extract.after-complete",
      "load.before-begin",
      "load.after-commit", "load.before-complete", "finish.after-commit", "prepare.after-commit",
    ] + holding)
  func aLateEngineDoesNoHarm(_ point: String) async throws {
    try await Workspace.with { workspace in
      try workspace.configure(application: ["lease_seconds": "2"])
      let tables = MixedTables(workspace: workspace)
      try tables.make()
      var random = SeededGenerator(seed: 11)
      var wasLate = false
      // A process that is stopped while another of its threads uses the state or the target keeps everybody from
      // writing it: then there is no successor, and the next run tries again.
      for _ in 0..<12 where !wasLate {
        wasLate = try await Self.overtake(point, in: workspace)
        expectNone(try tables.problems(), "\(point), after the late engine woke")
        try tables.change(using: &random)
      }
      #expect(wasLate, "no successor ever got on")
    }
  }

  /// Has one engine stopped at `point`, another one take over, and the first one woken.
  ///
  /// - Returns: whether the second got on while the first was stopped.
  private static func overtake(_ point: String, in workspace: Workspace) async throws -> Bool {
    let killed = try await workspace.run(
      "apply", "wf.json", "--auto-approve", environment: ["SCMPLAN_FAULT": "store.submit.after-commit=kill"])
    try #require(killed.signal == SIGKILL, "\(killed)")
    // A worker by itself, where one will do: an engine that is stopped while it extracts often holds a lock by its other
    // thread, which loads.
    let isWorker = point.hasPrefix("extract.")
    let place = ["--state", workspace.state, "--config", workspace.folder + "/configuration.toml"]
    let arguments = [isWorker ? "worker" : "engine"] + place
    var engines = isWorker ? [try workspace.start(["orchestrator"] + place)] : []
    let late = try workspace.start(arguments, environment: workspace.fault("\(point)=stop"))
    engines.append(late)
    let stopped = try await waiting(for: "\(point) to stop the engine") {
      ProcessFacts(late.pid).flatMap { $0.state == "T" ? $0 : nil }
    }
    #expect(workspace.fired.last == "\(point)@1=stop \(late.pid)")
    let isWritable =
      Self.isWritable(workspace.state) && (holding.contains(point) || Self.isWritable(workspace.target))
    if isWritable {
      engines.append(try workspace.start(arguments))
      try await expectSoon("the successor to take over", in: workspace) {
        // Its last task taken over, a run may be over before anybody looks.
        if try workspace.newestRun()?.state == "completed" { return 1 }
        return try workspace.openState().integer(
          "SELECT 1 FROM attempts WHERE outcome = 'rescued' AND task IN "
            + "(SELECT id FROM tasks WHERE run = (SELECT max(id) FROM runs))")
      }
      if !holding.contains(point) {
        try await expectSoon("the successor to end the run", in: workspace) {
          try workspace.newestRun()?.state == "completed" ? true : nil
        }
        expectNone(try MixedTables(workspace: workspace).problems(), "\(point), before the late engine wakes")
      }
    }
    #expect(stopped.send(SIGCONT))
    _ = try await waiting(for: "the end of the run") { try workspace.newestRun()?.state == "completed" ? true : nil }
    for engine in engines {
      engine.send(SIGTERM)
      let ended = try await engine.end()
      #expect(ended.code == 0, "\(ended)")
    }
    return isWritable
  }

  private static func expectSoon<T: Sendable>(
    _ what: String, in workspace: Workspace, _ condition: () async throws -> T?
  ) async throws {
    do {
      _ = try await waiting(for: what, condition)
    } catch let error as TimedOut {
      throw Program.Failure(description: "\(error)\n\(workspace.diagnosis)")
    }
  }

  /// Nobody keeps others from committing to a database, or there is none yet. In a file without a write-ahead log a
  /// reader does too: one may begin to write beside it, and not end.
  private static func isWritable(_ path: String) -> Bool {
    guard FileManager.default.fileExists(atPath: path) else { return true }
    return (try? SQLiteFile(path, busyTimeout: 300).execute("BEGIN EXCLUSIVE; ROLLBACK")) != nil
  }
}
