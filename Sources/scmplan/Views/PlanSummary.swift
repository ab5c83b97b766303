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
    let append = plan.tables.filter { $0.action == .append }.reduce(0) { $0 + $1.parts.count }
    let reload = plan.tables.filter { $0.action == .reload }
    let forget = plan.tables.count { $0.action == .forget }
    let items = [
      create > 0 ? "\(Numbers.plural(create, "table")) to create" : nil,
      load > 0 ? "\(Numbers.plural(load, "part")) to load" : nil,
      refresh > 0 ? "\(Numbers.plural(refresh, "part")) to refresh" : nil,
      append > 0 ? "\(Numbers.plural(append, "part")) to append" : nil,
      reload.isEmpty ? nil : "\(Numbers.plural(reload.count, "table")) to reload",
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
  var rows: Int { parts.reduce(0) { $0 + ($1.rows ?? 0) } }
  var bytes: Int { parts.reduce(0) { $0 + ($1.bytes ?? 0) } }
  var isCounted: Bool { parts.allSatisfy { $0.rows != nil } }
}
