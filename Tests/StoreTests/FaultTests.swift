import Faults
import Foundation
import Plans
import SQL
import Store
import Testing

/// The process is killed at each durable step of the store; the next one finds all of it, or nothing.
@Suite struct FaultTests {
  /// What a killed process did: submits a run without parts, works on it, ends it.
  private static func live(_ folder: String, fault: FaultPoint.Name) throws {
    setenv("SCMPLAN_FAULT", "\(fault.rawValue)=kill", 1)
    setenv("SCMPLAN_FAULT_LOG", folder + "/faults", 1)
    let store = try Store(path: folder + "/scmplan.db")
    var builder = try PlanBuilder(store)
    builder.add(parts: [part(1, .whole)])
    let run = try store.submit(builder.submission, now: 0)
    while let task = try store.claim(
      owner: "dead", kinds: TaskKind.allCases, affinity: nil, limit: 1, now: 0, lease: 30_000
    ).first {
      let result: TaskResult =
        switch task.kind {
        case .prepare: .prepared
        case .extract: .extracted(staged(1))
        case .load: .loaded(rows: 1, deleted: 0)
        case .remove: .removed(rows: 0, from: nil)
        case .finish: .finished
        }
      _ = try store.complete(
        TaskCompletion(task: task.id, attempt: task.attempt, result: result), owner: "dead", now: 0)
    }
    _ = try store.finishRunIfDone(run.id, now: 0)
  }

  /// Opens the state that a killed process left, after making sure that the fault fired.
  private func survivor(_ folder: Folder, _ fault: FaultPoint.Name) throws -> Store {
    let log = try String(contentsOfFile: folder.path + "/faults", encoding: .utf8)
    #expect(log.hasPrefix("\(fault.rawValue)@1=kill "))
    return try Store(path: folder.path + "/scmplan.db")
  }

  @Test func killedBeforeTheSubmissionIsCommitted() async throws {
    let folder = try Folder()
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = folder.path as String] in
      try FaultTests.live(path, fault: .submitBeforeCommit)
    }
    let store = try survivor(folder, .submitBeforeCommit)
    #expect(try store.runs().isEmpty)
    #expect(try store.serial(of: "sales") == 0)
    #expect(try store.tableState(key()) == nil)
  }

  @Test func killedAfterTheSubmissionIsCommitted() async throws {
    let folder = try Folder()
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = folder.path as String] in
      try FaultTests.live(path, fault: .submitAfterCommit)
    }
    let store = try survivor(folder, .submitAfterCommit)
    #expect(try store.openRuns().map(\.state) == [.pending])
    #expect(try store.tableState(key())?.parts.map(\.loadedBy) == [nil])
  }

  @Test func killedWithATaskInItsHands() async throws {
    let folder = try Folder()
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = folder.path as String] in
      try FaultTests.live(path, fault: .claimAfter)
    }
    let store = try survivor(folder, .claimAfter)
    #expect(try store.progress(run: 1).running.map(\.owner) == ["dead"])
    #expect(try store.rescue(now: 29_999).isEmpty)
    #expect(try store.rescue(now: 30_000).map(\.kind) == [.prepare])
  }

  @Test func killedBeforeTheRunIsEnded() async throws {
    let folder = try Folder()
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = folder.path as String] in
      try FaultTests.live(path, fault: .runBeforeEnd)
    }
    let store = try survivor(folder, .runBeforeEnd)
    #expect(try store.openRuns().map(\.counts.openTasks) == [0])
    #expect(try store.finishDoneRuns(now: 1).map(\.state) == [.completed])
  }

  @Test func killedAfterTheRunIsEnded() async throws {
    let folder = try Folder()
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = folder.path as String] in
      try FaultTests.live(path, fault: .runAfterEnd)
    }
    let store = try survivor(folder, .runAfterEnd)
    #expect(try store.runs().map(\.state) == [.completed])
    #expect(try store.finishDoneRuns(now: 1).isEmpty)
  }
}
