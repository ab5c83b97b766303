import Foundation
import Support
import Testing

/// `runs …`, `--detach`, Ctrl-C, and the two services as processes of their own.
@Suite struct RunControlTests {
  /// A run that is recorded and that nobody works on: its `apply` was killed right after handing it over.
  private static func abandoned(_ workspace: Workspace) async throws {
    try MainRoadTests.make(workspace)
    let killed = try await workspace.run(
      "apply", "wf.json", "--auto-approve", environment: workspace.fault("store.submit.after-commit=kill"))
    try #require(killed.signal == SIGKILL, "\(killed)")
    try #require(workspace.fired.count == 1)
  }

  private static func check(_ workspace: Workspace) throws {
    expectNone(try Checker(workspace).problems(["items", "events", "notes"]))
  }

  @Test func pausesAndResumes() async throws {
    try await Workspace.with { workspace in
      try await Self.abandoned(workspace)
      let paused = try await workspace.run("runs", "pause", "1")
      #expect(paused.code == 0 && paused.output.contains("runs resume 1"), "\(paused)")
      let listed = try await workspace.run("runs", "list")
      #expect(listed.output.contains("paused"), "\(listed)")
      let busy = try await workspace.run("apply", "wf.json", "--auto-approve")
      #expect(busy.code == 3, "the tables belong to the paused run: \(busy)")
      let resumed = try await workspace.run("runs", "resume", "1")
      #expect(resumed.code == 0 && resumed.output.contains("Run 1 completed"), "\(resumed)")
      try Self.check(workspace)
      let twice = try await workspace.run("runs", "resume", "1")
      #expect(twice.code == 1 && twice.complaint.contains("completed"), "\(twice)")
    }
  }

  @Test func cancelsAndRetries() async throws {
    try await Workspace.with { workspace in
      try await Self.abandoned(workspace)
      let cancelled = try await workspace.run("runs", "cancel", "1")
      #expect(cancelled.code == 0 && cancelled.output.contains("0 parts are loaded"), "\(cancelled)")
      #expect(try await workspace.run("runs", "resume", "1").code == 1)
      let retried = try await workspace.run("runs", "retry", "1")
      #expect(retried.code == 0, "\(retried)")
      try Self.check(workspace)
      let nothing = try await workspace.run("runs", "retry", "1")
      #expect(nothing.code == 1 && nothing.complaint.contains("nothing to do again"), "\(nothing)")
      let unknown = try await workspace.run("runs", "cancel", "7")
      #expect(unknown.code == 1 && unknown.complaint.contains("no run 7"), "\(unknown)")
    }
  }

  @Test func plansAnewAfterACancelledRun() async throws {
    try await Workspace.with { workspace in
      try await Self.abandoned(workspace)
      #expect(try await workspace.run("runs", "cancel", "1").code == 0)
      let applied = try await workspace.run("apply", "wf.json", "--auto-approve")
      #expect(applied.code == 0, "\(applied)")
      try Self.check(workspace)
    }
  }

  @Test func leavesTheRunToTheEngine() async throws {
    try await Workspace.with { workspace in
      try MainRoadTests.make(workspace)
      let detached = try await workspace.run("apply", "wf.json", "--auto-approve", "--detach")
      #expect(detached.code == 0 && detached.output.contains("scmplan show 1"), "\(detached)")
      _ = try await waiting(for: "the run to end") {
        try workspace.openState().texts("SELECT state FROM runs WHERE ended IS NOT NULL").first
      }
      try Self.check(workspace)
      try await workspace.enginesEnd()
    }
  }

  @Test func pausesWhenInterrupted() async throws {
    try await Workspace.with { workspace in
      try MainRoadTests.make(workspace)
      let target = try workspace.openTarget()
      try target.execute("BEGIN EXCLUSIVE")
      let apply = try workspace.start(["apply", "wf.json", "--auto-approve", "--target", "nothing*"])
      #expect(try await apply.end().code != 0, "a glob that fits no table is a mistake")
      try target.execute("COMMIT")
      _ = try await workspace.run("plan", "wf.json", "--out", "p.plan.json")
      try target.execute("BEGIN EXCLUSIVE")
      let held = try workspace.start(["apply", "p.plan.json"])
      _ = try await waiting(for: "a task to wait for the target") {
        try workspace.openState().integer("SELECT 1 FROM tasks WHERE kind = 'prepare' AND state = 'running'")
      }
      #expect(held.send(SIGINT))
      _ = try await waiting(for: "the pause") {
        try workspace.openState().integer("SELECT 1 FROM runs WHERE state = 'paused'")
      }
      try target.execute("COMMIT")
      let ended = try await held.end()
      #expect(ended.code == 130 && ended.output.contains("runs resume 1"), "\(ended)")
      let resumed = try await workspace.run("runs", "resume", "1")
      #expect(resumed.code == 0, "\(resumed)")
      try Self.check(workspace)
    }
  }

  @Test func servicesShareTheWork() async throws {
    try await Workspace.with { workspace in
      try MainRoadTests.make(workspace)
      _ = try await workspace.run("plan", "wf.json")
      let services = try ["orchestrator", "worker"].map { try workspace.start([$0]) }
      _ = try await waiting(for: "both services") {
        try workspace.openState().integer("SELECT count(*) FROM engines HAVING count(*) = 2")
      }
      let applied = try await workspace.run("apply", "state/wf.plan.json")
      #expect(applied.code == 0, "\(applied)")
      #expect(workspace.engines.isEmpty, "no background engine is started where services are")
      let work = try workspace.openState().texts(
        """
        SELECT DISTINCT tasks.kind || ' by ' || engines.kind FROM attempts
        JOIN tasks ON tasks.id = attempts.task JOIN engines ON engines.id = attempts.owner ORDER BY 1
        """)
      #expect(
        work == ["extract by worker", "finish by orchestrator", "load by orchestrator", "prepare by orchestrator"])
      for service in services {
        #expect(service.send(SIGTERM))
        let ended = try await service.end()
        #expect(ended.code == 0, "\(ended)")
      }
      #expect(try workspace.openState().integer("SELECT count(*) FROM engines") == 0)
      try Self.check(workspace)
    }
  }
}
