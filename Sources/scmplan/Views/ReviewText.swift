import Catalogs
import Plans

/// Why a refresh leaves a plan to a person, and what that person can do.
struct ReviewText {
  var plan: Plan
  /// Where the plan was saved.
  var path: String
  /// The workflow's file.
  var workflow: String
  /// Tables that are named before the rest is counted.
  private let most = 10

  init(plan: Plan, path: String, workflow: String) {
    self.plan = plan
    self.path = path
    self.workflow = workflow
  }

  var lines: [String] {
    let tables = plan.tables.filter(\.needsReview)
    var lines = [
      "\(plan.workflow) needs a look before it is refreshed, \(tables.count) of "
        + "\(Numbers.plural(plan.tables.count, "table")):"
    ]
    let width = min(24, tables.prefix(most).map { $0.source.short.count }.max() ?? 0)
    for table in tables.prefix(most) {
      let name = "  " + Columns.left(table.source.short, width) + "  "
      let wrapped = Columns.wrapped(why(table), max(30, 72 - name.count))
      lines += wrapped.enumerated().map { ($0 == 0 ? name : String(repeating: " ", count: name.count)) + $1 }
    }
    if tables.count > most { lines.append("  and \(tables.count - most) more") }
    lines.append("Nothing was changed. The plan is saved; see it with: scmplan show \(path)")
    if plan.hasRefusals {
      lines.append("Settle what it refuses, then: scmplan plan \(workflow)")
    } else {
      lines.append("If it is right: scmplan apply \(path)")
    }
    return lines
  }

  private func why(_ table: TableChange) -> String {
    let drift = table.drift.map(DriftText.text)
    return (table.refusals.isEmpty ? (drift.isEmpty ? [table.reason.rawValue] : drift) : table.refusals)
      .joined(separator: "; ")
  }
}
