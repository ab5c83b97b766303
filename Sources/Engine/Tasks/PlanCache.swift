import Catalogs
import Foundation
import Plans
import Store
import Synchronization

/// The plans of the runs at work, read from the state once each.
///
/// Blocks while a plan is read, so that lanes that want the same one do not all decode it.
final class PlanCache: Sendable {
  private let plans = Mutex<[RunPlan]>([])
  /// Runs that are worked on at the same time are few.
  private let limit = 4

  /// The name of a task's table, when its plan was read before.
  func tableName(of task: ClaimedTask) -> String? {
    plans.withLock { plans in
      guard let plan = plans.first(where: { $0.id == task.plan })?.plan, plan.tables.indices.contains(task.table)
      else { return nil }
      return plan.tables[task.table].source.description
    }
  }

  /// - Throws: ``StoreError`` with code `unknownPlan`, or ``PlanError`` when its text cannot be read.
  func plan(of task: ClaimedTask, from store: Store) throws -> RunPlan {
    try plan(task.plan, ofRun: task.run, from: store)
  }

  /// - Throws: ``StoreError`` with code `unknownPlan`, or ``PlanError`` when its text cannot be read.
  func plan(_ id: String, ofRun run: Int, from store: Store) throws -> RunPlan {
    try plans.withLock { plans in
      if let known = plans.first(where: { $0.id == id }) { return known }
      let content = try store.plan(id)
      let plan = try PlanFile.plan(from: Data(content.utf8), place: "the plan of run \(run)")
      let read = RunPlan(plan: plan, id: id)
      plans = Array(([read] + plans).prefix(limit))
      return read
    }
  }
}
