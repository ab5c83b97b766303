import Catalogs
import Plans

/// A plan as Markdown that fits a comment on a pull request: a table of tables, details folded.
struct PlanMarkdown {
  var plan: Plan

  var lines: [String] {
    let moving = plan.tables.filter { $0.action != .none }
    let summary = PlanSummary(plan)
    guard !moving.isEmpty || plan.hasRefusals else { return ["**\(plan.workflow)**: \(summary.unchanged)"] }
    var lines = [
      "**\(plan.workflow)**: \(summary.lines(width: .max).joined())", "",
      "| | table | action | parts | rows | size | reason |", "|---|---|---|--:|--:|--:|---|",
    ]
    lines += moving.map { table in
      let moved = table.moving.isEmpty ? nil : table.isCounted ? Numbers.count(table.rows) : "at apply"
      let removed = table.removals.isEmpty ? nil : table.removedRows.map { "-" + Numbers.count($0) } ?? "- at apply"
      let rows = [moved, removed].compactMap { $0 }.joined(separator: ", ")
      let size = table.bytes > 0 ? Numbers.bytes(table.bytes) : ""
      return "| `\(table.action.symbol)` | \(cell(table.source.short)) | \(table.action.legend) | \(table.parts.count) "
        + "| \(rows) | \(size) | \(table.reason.rawValue) |"
    }
    if let ddl = plan.targetDDL {
      lines += [
        "", "The target is read from \(Numbers.plural(ddl.files, "file")) in `\(ddl.folder)`, and was not asked.",
      ]
    }
    for table in plan.tables {
      for text in table.refusals { lines += ["", "> **Refused** \(cell(table.source.short)): \(text)"] }
      for drift in table.drift {
        lines += ["", "> **Drift** \(cell(table.source.short)): \(DriftText.text(drift)); \(drift.resolution)"]
      }
      for text in table.warnings { lines += ["", "> Warning, \(cell(table.source.short)): \(text)"] }
    }
    return lines + moving.filter { !$0.parts.isEmpty }.flatMap(details)
  }

  private func details(_ table: TableChange) -> [String] {
    [
      "", "<details><summary>\(cell(table.source.short)): \(Numbers.plural(table.parts.count, "part"))</summary>", "",
      "```",
    ]
      + table.statements + PartLines.lines(table, most: 50) + ["```", "</details>"]
  }

  /// A name inside a cell: a bar would end it.
  private func cell(_ text: String) -> String { text.replacing("|", with: "\\|") }
}
