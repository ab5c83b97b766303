import Plans

/// The last lines of a plan: what it comes to.
struct PlanSummary {
  var plan: Plan

  init(_ plan: Plan) {
    self.plan = plan
  }

  var unchanged: String {
    let parts = plan.tables.reduce(0) { $0 + $1.kept.count }
    return
      "No changes. \(Numbers.plural(plan.tables.count, "table")), \(Numbers.plural(parts, "part")) match the source."
  }

  func lines(width: Int) -> [String] {
    let create = plan.tables.count { $0.action == .create && $0.targetFingerprint == nil }
    let load = plan.tables.filter { $0.action == .create }.reduce(0) { $0 + $1.parts.count }
    let refresh = plan.tables.filter { $0.action == .refresh }.reduce(0) { $0 + $1.parts.count }
    let append = plan.tables.filter { $0.action == .append }.reduce(0) { $0 + $1.moving.count }
    let reload = plan.tables.filter { $0.action == .reload }
    let removals = plan.tables.filter { !$0.removals.isEmpty }
    let removed = removals.reduce(0) { $0 + ($1.removedRows ?? 0) }
    let unseen = removals.filter { $0.removedRows == nil }.reduce(0) { $0 + $1.removals.count }
    let forget = plan.tables.count { $0.action == .forget }
    let items = [
      create > 0 ? "\(Numbers.plural(create, "table")) to create" : nil,
      load > 0 ? "\(Numbers.plural(load, "part")) to load" : nil,
      refresh > 0 ? "\(Numbers.plural(refresh, "part")) to refresh" : nil,
      append > 0 ? "\(Numbers.plural(append, "part")) to append" : nil,
      reload.isEmpty ? nil : "\(Numbers.plural(reload.count, "table")) to reload",
      removed > 0 ? "\(Numbers.plural(removed, "row")) to remove" : nil,
      unseen > 0 ? "rows of \(Numbers.plural(unseen, "part")) to remove, known at apply" : nil,
      forget > 0 ? "\(forget) to forget" : nil,
    ].compactMap { $0 }
    let estimate = plan.estimate
    let costs = [
      Numbers.rows(estimate.rows), estimate.bytes > 0 ? Numbers.bytes(estimate.bytes) : nil,
      estimate.unknownParts > 0 ? "and \(Numbers.plural(estimate.unknownParts, "part")) known at apply" : nil,
      estimate.seconds.map { "about \(Numbers.duration(Double($0)))" },
      estimate.credits.map { "about \(($0 * 100).rounded() / 100) credits" },
    ].compactMap { $0 }
    guard !items.isEmpty else { return ["Plan: nothing to move."] }
    guard plan.tables.contains(where: { !$0.moving.isEmpty || $0.removals.isEmpty && $0.action != .none }) else {
      return Columns.wrapped("Plan: \(items.joined(separator: ", ")).", width)
    }
    return Columns.wrapped("Plan: \(items.joined(separator: ", ")) (\(costs.joined(separator: ", "))).", width)
  }
}

extension Plan {
  var hasRefusals: Bool { tables.contains { !$0.refusals.isEmpty } }
  /// Something would move, or be forgotten.
  var hasChanges: Bool { tables.contains { $0.action != .none } }
  var partCount: Int { tables.reduce(0) { $0 + $1.parts.count } }
}

extension TableChange {
  /// Parts whose rows come into the target.
  var moving: [PartChange] { parts.filter { $0.method != .remove } }
  /// Parts whose rows may leave it.
  var removals: [PartChange] { parts.filter { $0.method == .remove } }
  var rows: Int { moving.reduce(0) { $0 + ($1.rows ?? 0) } }
  var bytes: Int { moving.reduce(0) { $0 + ($1.bytes ?? 0) } }
  var isCounted: Bool { moving.allSatisfy { $0.rows != nil } }
  /// Nil when only the run will know.
  var removedRows: Int? {
    removals.reduce(0) { sum, part in sum.flatMap { sum in part.rows.map { sum + $0 } } }
  }
  /// `remove 1,204 rows by key`.
  var removal: String {
    removedRows.map { "remove \(Numbers.plural($0, "row")) by key" } ?? "remove rows by key, known at apply"
  }
}
