package import Plans
package import Store

/// A run's plan, ready to be asked for tables and parts.
package struct RunPlan: Sendable {
  package let plan: Plan
  /// The plan's identity.
  package let id: String
  /// For each table, where the part with an id is.
  private let places: [[Int: Int]]

  package init(plan: Plan, id: String) {
    self.plan = plan
    self.id = id
    places = plan.tables.map { table in
      Dictionary(table.parts.enumerated().map { ($0.element.part.id, $0.offset) }) { first, _ in first }
    }
  }

  /// - Throws: ``EngineError`` with code `planMismatch`.
  package func table(_ task: ClaimedTask) throws -> TableChange {
    guard plan.tables.indices.contains(task.table) else { throw mismatch(task, "table \(task.table)") }
    return plan.tables[task.table]
  }

  /// - Throws: ``EngineError`` with code `planMismatch`.
  package func part(_ task: ClaimedTask) throws -> PartChange {
    let table = try table(task)
    guard let id = task.part, let place = places[task.table][id] else {
      throw mismatch(task, "part \(task.part ?? 0) of \(table.source)")
    }
    return table.parts[place]
  }

  func mismatch(_ task: ClaimedTask, _ what: String) -> EngineError {
    EngineError(
      .planMismatch, at: "run \(task.run), task \(task.id)",
      "the run's plan does not have \(what); cancel the run and plan again")
  }
}
