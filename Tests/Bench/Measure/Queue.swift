import Catalogs
import Foundation
import Plans
import Store
import Workflows

/// Tasks through the queue of a SQLite state, claimed and completed one by one as the engine does it: docs/state.md tells how
/// durable that is.
enum Queue {
  static func run(tasks: Int) throws -> Int {
    let folder = NSTemporaryDirectory() + "scmplan-queue-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let store = try Store(path: folder + "/scmplan.db")
    let plan = plan(parts: tasks / 2, lineage: try store.lineage())
    _ = try store.submit(Submission(plan: plan, planID: "bench", planContent: "{}"), now: 0)
    var done = 0
    while done < tasks {
      let claimed = try store.claim(
        owner: "bench", kinds: [.prepare, .load, .extract], affinity: nil, limit: 1, now: 1, lease: 30_000)
      guard let task = claimed.first else { break }
      let result: TaskResult =
        switch task.kind {
        case .prepare: .prepared
        case .extract: .extracted(StagedPart(files: [], sourceRows: 0))
        case .load: .loaded(rows: 0, deleted: 0)
        case .remove: .removed(rows: 0, from: nil)
        case .finish: .finished
        }
      _ = try store.complete(
        TaskCompletion(task: task.id, attempt: task.attempt, result: result), owner: "bench", now: 2)
      done += 1
    }
    return done
  }

  private static func plan(parts: Int, lineage: String) -> Plan {
    let name = ObjectName(table: "t")
    let change = TableChange(
      source: name, target: name, action: .create, reason: .notInTarget,
      sourceTable: Table(name: name, columns: []),
      configuration: TableConfiguration(
        source: ObjectReference(tableName: "t"), target: TargetReference(tableName: "t")),
      columns: [], key: nil, addressing: .keyRange,
      parts: (1...parts).map {
        PartChange(part: Part(id: $0, range: .whole), reason: .notInTarget, rows: 1, bytes: 1, method: .replace)
      },
      extraction: "", sourceFingerprint: "s", targetFingerprint: nil, configurationFingerprint: "c")
    return Plan(
      workflow: "bench", affinity: nil, source: Endpoint(connection: "a", platform: "sqlite", server: "a"),
      target: Endpoint(connection: "b", platform: "sqlite", server: "b"), lineage: lineage, serial: 0,
      tables: [change], estimate: Estimate(rows: 0, bytes: 0, unknownParts: 0, seconds: nil, credits: nil))
  }
}
