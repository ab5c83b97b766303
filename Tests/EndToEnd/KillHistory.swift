import Foundation
import Support

/// One database's life under random kills: load, change, refresh, again and again, with processes ended at any instant.
///
/// What happens follows from the seed; when it happens, to the millisecond, is the machine's choice.
struct KillHistory {
  /// A process that was stopped, and when it is to go on.
  private struct Stopped {
    var process: ProcessFacts
    var until: ContinuousClock.Instant
  }

  var seed: UInt64
  var workspace: Workspace
  var tally: KillTally
  private var random: SeededGenerator
  private var stopped: [Stopped] = []
  private var started: [pid_t: Program] = [:]

  init(seed: UInt64, workspace: Workspace, tally: KillTally) {
    self.seed = seed
    self.workspace = workspace
    self.tally = tally
    random = SeededGenerator(seed: seed)
  }

  /// Runs `rounds` loads of the tables.
  ///
  /// - Returns: what was wrong; empty when nothing was.
  mutating func run(rounds: Int) async throws -> [String] {
    try workspace.configure(application: ["lease_seconds": "2"])
    let tables = MixedTables(workspace: workspace)
    try tables.make()
    for round in 0..<rounds {
      if round > 0 { try tables.change(using: &random) }
      try await disturb(kills: random.number(6..<14))
      for pause in stopped { pause.process.send(SIGCONT) }
      stopped = []
      let steps = try await settle()
      try await endServices()
      await tally.round()
      let problems = try tables.problems()
      if !problems.isEmpty {
        return ["seed \(seed), round \(round), after \(steps):"] + problems + [String(workspace.engineLog.suffix(6000))]
      }
      if await tally.isReached { break }
    }
    return []
  }

  /// Brings the newest run to its end, and has everything that changed in the target.
  private func settle() async throws -> [String] {
    // An `apply` of before may still be about to record a run of its own.
    for program in started.values where program.isRunning && program.command.contains("scmplan apply") {
      _ = try await program.end()
    }
    let steps = try await workspace.recover()
    let applied = try await workspace.run("apply", "wf.json", "--auto-approve")
    guard applied.code == 0 else { throw Program.Failure(description: "seed \(seed), after \(steps): \(applied)") }
    return steps
  }

  /// Starts whatever can work on a run, and ends it, until so many kills have hit or the run is done.
  private mutating func disturb(kills: Int) async throws {
    try begin(["apply", "wf.json", "--auto-approve"] + (random.chance(30) ? ["--detach"] : []))
    if random.chance(70) {
      // Past planning, where most of the kills would hit otherwise.
      let known = try workspace.newestRun()?.id
      _ = try await waiting(for: "a new run") {
        try ProcessFacts.working(in: workspace.folder).isEmpty || workspace.newestRun()?.id != known ? true : nil
      }
    }
    var left = kills
    for _ in 0..<kills * 6 where left > 0 {
      if random.chance(70) { await someoneIsAtWork() }
      // The instant is what is drawn here; nothing is waited for.
      try await Task.sleep(for: .milliseconds(random.chance(60) ? random.number(0..<30) : random.number(0..<400)))
      let now = ContinuousClock.now
      for pause in stopped where pause.until <= now { pause.process.send(SIGCONT) }
      stopped.removeAll { $0.until <= now }
      let living = ProcessFacts.working(in: workspace.folder)
        .filter { process in !stopped.contains { $0.process.pid == process.pid } }.sorted { $0.pid < $1.pid }
      guard !living.isEmpty else {
        guard try startSomething() else { return }
        continue
      }
      if living.count < 3, random.chance(35) { _ = try startSomething() }
      let busy = living.filter { (try? tasks(of: $0).isEmpty) == false }
      let candidates = busy.isEmpty || random.chance(25) ? living : busy
      let victim = candidates[random.number(0..<candidates.count)]
      if random.chance(6) {
        if victim.send(SIGSTOP) {
          stopped.append(Stopped(process: victim, until: now + .milliseconds(2500)))
          await tally.paused()
        }
      } else if try await end(victim) {
        left -= 1
      }
    }
  }

  /// - Returns: false when there is nothing to work on.
  private mutating func startSomething() throws -> Bool {
    let run = FileManager.default.fileExists(atPath: workspace.state) ? try workspace.newestRun() : nil
    let places = ["--state", workspace.state, "--config", workspace.folder + "/configuration.toml"]
    switch run?.state {
    case "pending"?, "executing"?:
      switch random.number(0..<8) {
      case 0: try begin(["runs", "resume", "\(run!.id)"])
      case 1: try begin(["runs", random.chance(20) ? "cancel" : "resume", "\(run!.id)"])
      case 2: try begin(["orchestrator"] + places)
      case 3: try begin(["worker"] + places)
      default: try begin(["engine"] + places)
      }
    case "paused"?: try begin(["runs", "resume", "\(run!.id)"])
    case "completed"?:
      // The newest run may be one of an earlier round: only a new plan tells.
      guard random.chance(60) else { return false }
      try begin(["apply", "wf.json", "--auto-approve"])
    case nil: try begin(["apply", "wf.json", "--auto-approve"])
    default: try begin(random.chance(50) ? ["runs", "retry", "\(run!.id)"] : ["apply", "wf.json", "--auto-approve"])
    }
    return true
  }

  private mutating func begin(_ arguments: [String]) throws {
    // Every process is found by the folder among its arguments.
    let places = ["--state", workspace.state, "--config", workspace.folder + "/configuration.toml"]
    let full = arguments.contains("--state") ? arguments : arguments + places
    let program = try workspace.start(full)
    started[program.pid] = program
  }

  /// Kills a process and proves that the signal, and nothing else, ended it.
  private func end(_ victim: ProcessFacts) async throws -> Bool {
    let doing = (try? doing(victim)) ?? "unknown"
    let name = victim.arguments.dropFirst().first ?? ""
    let isHit: Bool
    if let program = started[victim.pid], program.isRunning {
      // A child of ours: its wait status tells.
      program.send(SIGKILL)
      isHit = await program.ended(within: 10)?.signal == SIGKILL
    } else {
      // A child of somebody else: once it is stopped, it can end by no other way than ours.
      guard victim.send(SIGSTOP) else { return await miss() }
      let state = try? await waiting(for: "the stop", seconds: 5, every: 1) {
        ProcessFacts(victim.pid).map(\.state).flatMap { "TtZX".contains($0) ? $0 : nil } ?? "X"
      }
      isHit = state == "T" && victim.send(SIGKILL)
    }
    guard isHit else {
      victim.send(SIGCONT)
      return await miss()
    }
    await tally.hit(name == "runs" ? "runs resume" : name, doing)
    return true
  }

  private func miss() async -> Bool {
    await tally.miss()
    return false
  }

  /// The tasks that the process had in hand, as the state knows.
  private func doing(_ process: ProcessFacts) throws -> String {
    let kinds = try tasks(of: process)
    guard kinds.isEmpty else { return "at work on " + kinds.joined(separator: " and ") }
    guard FileManager.default.fileExists(atPath: workspace.state) else { return "before there is a state" }
    let state = try SQLiteFile(workspace.state, busyTimeout: 200)
    let isRegistered = try state.integer("SELECT 1 FROM engines WHERE pid = \(process.pid)") != nil
    return isRegistered ? "between tasks" : "starting, planning or following"
  }

  private func tasks(of process: ProcessFacts) throws -> [String] {
    guard FileManager.default.fileExists(atPath: workspace.state) else { return [] }
    return try SQLiteFile(workspace.state, busyTimeout: 200).texts(
      """
      SELECT DISTINCT kind FROM tasks WHERE state = 'running'
        AND owner IN (SELECT id FROM engines WHERE pid = \(process.pid)) ORDER BY kind
      """)
  }

  /// Returns when a task runs, and soon anyway.
  private func someoneIsAtWork() async {
    _ = try? await waiting(for: "a task at work", seconds: 1.5, every: 20) {
      let living = ProcessFacts.working(in: workspace.folder)
      return living.isEmpty || living.contains { (try? tasks(of: $0).isEmpty) == false } ? true : nil
    }
  }

  private func endServices() async throws {
    for process in ProcessFacts.working(in: workspace.folder)
    where ["orchestrator", "worker"].contains(process.arguments[1]) {
      process.send(SIGTERM)
    }
    _ = try await waiting(for: "the services to end") {
      ProcessFacts.working(in: workspace.folder).contains { ["orchestrator", "worker"].contains($0.arguments[1]) }
        ? nil : true
    }
  }
}
