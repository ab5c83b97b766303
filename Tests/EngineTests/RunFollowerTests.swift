import Engine
import Extraction
import Foundation
import Plans
import Store
import Synchronization
import Testing

@Suite struct RunFollowerTests {
  @Test func followsARunToItsEnd() async throws {
    let migration = try Migration()
    try migration.makeSource(rows: [300])
    let run = try migration.submit(try migration.plan(tables: 1, rowsPerPart: 50))
    let engine = migration.engine()
    async let work: Void = engine.run()
    let follower = RunFollower(store: migration.store, run: run, launcher: nil, stage: migration.stage, interval: 5)
    let seen = Mutex<[Double]>([])
    let summary = try await follower.follow { snapshot in
      seen.withLock { $0.append(snapshot.tables[0].fraction) }
    }
    try await work
    #expect(summary.run.state == .completed)
    #expect(summary.loadedParts == 6)
    #expect(summary.isCountedEqual)
    #expect(seen.withLock { $0 } == seen.withLock { $0.sorted() })
    #expect(seen.withLock { $0.last } == 1)
  }

  @Test func endsWithAPausedRunAndSaysWhenNobodyWorks() async throws {
    let migration = try Migration()
    try migration.makeSource(rows: [100])
    let run = try migration.submit(try migration.plan(tables: 1, rowsPerPart: 50))
    let follower = RunFollower(store: migration.store, run: run, launcher: nil, stage: nil, interval: 5)
    let summary = try await follower.follow { snapshot in
      #expect(snapshot.service == .absent)
      #expect(snapshot.tables[0].phase == .waiting)
      if snapshot.run.state != .paused {
        _ = try await migration.store.perform { try $0.pause(run: run, now: migration.now) }
      }
    }
    #expect(summary.run.state == .paused)
    #expect(summary.loadedParts == 0)
  }

  @Test func givesUpOnEnginesThatEndAgainAndAgain() async throws {
    let migration = try Migration()
    try migration.makeSource(rows: [100])
    let run = try migration.submit(try migration.plan(tables: 1, rowsPerPart: 50))
    // Each registers and is gone a moment later.
    let path = try migration.executable(
      """
      #!/usr/bin/env python3
      import os, sqlite3, socket
      db = sqlite3.connect('\(migration.folder)/state/scmplan.db', timeout=30)
      db.execute("INSERT INTO engines VALUES (?, 'engine', ?, ?, 1, NULL, 0, 0, 0)",
        (str(os.getpid()), socket.gethostname(), os.getpid()))
      db.commit()
      """)
    let launcher = EngineLauncher(
      store: migration.store, executable: path, arguments: [], logs: migration.folder + "/logs")
    let follower = RunFollower(
      store: migration.store, run: run, launcher: launcher, stage: nil, interval: 5, launches: 1)
    await #expect { try await follower.follow { _ in } } throws: { ($0 as? EngineError)?.code == .keepsDying }
  }

  @Test func stopsWhenItsTaskIsCancelled() async throws {
    let migration = try Migration()
    try migration.makeSource(rows: [100])
    let run = try migration.submit(try migration.plan(tables: 1, rowsPerPart: 50))
    let follower = RunFollower(store: migration.store, run: run, launcher: nil, stage: nil, interval: 5)
    await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { _ = try await follower.follow { _ in } }
      group.cancelAll()
      await #expect(throws: CancellationError.self) { try await group.next() }
    }
  }
}
