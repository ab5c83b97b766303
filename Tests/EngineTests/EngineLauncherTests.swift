import Engine
import Foundation
import Store
import Testing

/// Engines in processes of their own; scripts stand in for the program, the state and the processes are real.
@Suite struct EngineLauncherTests {
  /// A script that registers itself as an engine does, and then runs `after`.
  private func script(_ migration: Migration, after: String, registers: Bool = true) throws -> String {
    let register = """
      import os, sqlite3, socket
      start = int(open('/proc/self/stat').read().rsplit(')', 1)[1].split()[19])
      db = sqlite3.connect('\(migration.folder)/state/scmplan.db', timeout=30)
      db.execute("INSERT INTO engines VALUES ('child', 'engine', ?, ?, ?, NULL, \(migration.now), \(migration.now + 600_000), 0)",
        (socket.gethostname(), os.getpid(), start))
      db.commit()
      """
    return try migration.executable(
      "#!/usr/bin/env python3\nimport sys, time\n" + (registers ? register + "\n" : "") + after + "\n")
  }

  private func launcher(_ migration: Migration, _ executable: String) -> EngineLauncher {
    EngineLauncher(
      store: migration.store, executable: executable, arguments: ["engine"], logs: migration.folder + "/logs")
  }

  @Test func startsAnEngineAndFindsItAgain() async throws {
    let migration = try Migration()
    let launcher = launcher(migration, try script(migration, after: "print('at work', flush=True)\ntime.sleep(60)"))
    guard case .started(let engine, let log) = try await launcher.ensureEngine() else {
      Issue.record("an engine must be started")
      return
    }
    defer { kill(pid_t(engine.pid), SIGKILL) }
    #expect(engine.process.isAlive == true)
    #expect(try await launcher.ensureEngine() == .found(engine))
    // It leads a session of its own, so that no terminal takes it along.
    #expect(getsid(pid_t(engine.pid)) == pid_t(engine.pid))
    try await migration.until { (try? String(contentsOfFile: log, encoding: .utf8))?.contains("at work") == true }

    kill(pid_t(engine.pid), SIGKILL)
    try await migration.until { engine.isDead }
    #expect(try await launcher.enginesAtWork().isEmpty)
  }

  @Test func anEngineThatEndsAtOnceShowsTheEndOfItsLog() async throws {
    let migration = try Migration()
    let path = try script(migration, after: "print('no configuration', file=sys.stderr)\nsys.exit(3)", registers: false)
    await #expect { try await launcher(migration, path).ensureEngine() } throws: { error in
      let error = error as? EngineError
      return error?.code == .cannotStart && error?.message.contains("no configuration") == true
        && error?.message.contains("status 3") == true
    }
  }

  @Test func aProgramThatCannotRunIsNamed() async throws {
    let migration = try Migration()
    await #expect { try await launcher(migration, "/nowhere/scmplan").ensureEngine() } throws: { error in
      (error as? EngineError)?.code == .cannotStart
    }
  }

  @Test func enginesThatLeaveOrAreSilentDoNotCount() async throws {
    let migration = try Migration()
    var launcher = launcher(migration, "/nowhere/scmplan")
    let me = ProcessIdentity.current
    func engine(_ id: String, heartbeat: Int, start: Int? = nil, host: String? = nil, stopping: Bool = false)
      -> EngineInfo
    {
      EngineInfo(
        id: id, kind: .engine, host: host ?? me.host, pid: me.pid, processStart: start ?? me.start, affinity: nil,
        started: 0, heartbeat: heartbeat, isStopping: stopping)
    }
    let now = migration.now
    launcher.clock = EngineClock { now }
    try migration.store.registerEngine(engine("silent", heartbeat: now - 31_000))
    try migration.store.registerEngine(engine("leaving", heartbeat: now, stopping: true))
    try migration.store.registerEngine(engine("gone", heartbeat: now, start: me.start + 1))
    #expect(try await launcher.enginesAtWork().isEmpty)
    try migration.store.registerEngine(engine("elsewhere", heartbeat: now - 20_000, host: "another"))
    #expect(try await launcher.enginesAtWork().map(\.id) == ["elsewhere"])
  }

  @Test func anOrchestratorAndAWorkerAreAnEngineTogether() async throws {
    let migration = try Migration()
    let launcher = launcher(migration, "/nowhere/scmplan")
    let me = ProcessIdentity.current
    for kind in [EngineInfo.Kind.orchestrator, .worker] {
      await #expect(throws: EngineError.self) { try await launcher.ensureEngine() }
      try migration.store.registerEngine(
        EngineInfo(
          id: kind.rawValue, kind: kind, host: me.host, pid: me.pid, processStart: me.start, affinity: nil, started: 0,
          heartbeat: migration.now))
    }
    guard case .found(let found) = try await launcher.ensureEngine() else {
      Issue.record("the services are there")
      return
    }
    #expect(found.kind == .orchestrator)
  }

  @Test func onlySecretFreeArgumentsArePassed() {
    let arguments = EngineLauncher.arguments(state: "/a/b/../state.db", configuration: "/a/c.toml")
    #expect(arguments == ["engine", "--state", "/a/state.db", "--config", "/a/c.toml"])
  }
}
