import Catalogs
import Engine
import Plans

/// What comparing tables came to, as lines of text.
struct VerdictView {
  var style: Style
  /// Differing rows of a table that were asked for.
  var limit: Int

  /// One line for the table, and one for each of its differing columns and rows.
  func lines(_ verdict: TableVerdict) -> [String] {
    var facts = [verdict.schema.isEmpty ? "schema equal" : style.red("schema differs")]
    if let counts = verdict.counts {
      let sign = counts.source == counts.target ? "=" : "!="
      let rows = "\(Numbers.exact(counts.target)) \(counts.target == 1 ? "row" : "rows")"
      let text = "\(Numbers.exact(counts.source)) \(sign) \(rows)"
      facts.append(counts.isEqual ? text : style.red(text))
      if counts.pending > 0 { facts.append("\(Numbers.plural(counts.pending, "row")) to come with the next refresh") }
    }
    if let content = verdict.content { facts.append(summary(content)) }
    let head = "\(verdict.source.short)   " + facts.joined(separator: "   ")
    return [head] + verdict.schema.flatMap(drift) + (verdict.content.map(rows) ?? [])
  }

  /// How many tables differ, and what to do about it.
  func summary(_ verdicts: [TableVerdict], workflow: String) -> [String] {
    let differing = verdicts.filter { !$0.isEqual }
    let all = Numbers.plural(verdicts.count, "table")
    guard let first = differing.first else { return ["\(all) compared: no difference."] }
    let verb = differing.count == 1 ? "differs" : "differ"
    let head = "\(style.bold("\(differing.count) of \(all) \(verb).")) "
    guard differing.contains(where: { $0.schema.isEmpty }) else {
      return [head + "See what a plan says: scmplan plan \(workflow)"]
    }
    return [
      head + "Bring over what changed: scmplan refresh \(workflow)",
      "Load a table again, whatever changed: scmplan apply \(workflow) --replace \(first.source.short)",
    ]
  }

  private func summary(_ content: ContentVerdict) -> String {
    var notes: [String] = []
    if content.unsettled > 0 {
      notes.append("\(Numbers.plural(content.unsettled, "row")) changed while they were read")
    }
    if !content.uncompared.isEmpty { notes.append("without \(content.uncompared.joined(separator: ", "))") }
    let note = notes.isEmpty ? "" : " (\(notes.joined(separator: ", ")))"
    guard content.differing > 0 else { return "content equal" + note }
    let verb = content.differing == 1 ? "differs" : "differ"
    let parts =
      content.differingParts > 0 && content.parts > 1
      ? " in \(content.differingParts) of \(Numbers.plural(content.parts, "part"))" : ""
    return style.red("content: \(Numbers.plural(content.differing, "row")) \(verb)\(parts)") + note
  }

  private func drift(_ drift: Drift) -> [String] {
    let what = drift.column == nil ? drift.kind.rawValue : DriftText.text(drift)
    return Columns.wrapped("\(what): \(drift.resolution)", 76).map { "  " + $0 }
  }

  private func rows(_ content: ContentVerdict) -> [String] {
    let lines = Columns.table(content.rows.map { ["  " + name($0, content), said($0)] }, rightAligned: [])
    let more = content.differing - content.rows.count
    return zip(lines, content.rows).flatMap { [$0] + values($1) }
      + (more > 0 ? ["  and \(Numbers.exact(more)) more\(limit == 0 ? "" : " (--limit lists them)")"] : [])
  }

  private func name(_ row: RowDifference, _ content: ContentVerdict) -> String {
    guard !content.key.isEmpty else { return "a row" }
    return zip(content.key, row.key).map { "\($0) \($1 ?? "NULL")" }.joined(separator: ", ")
  }

  private func said(_ row: RowDifference) -> String {
    guard row.kind == .different else { return row.kind.rawValue }
    // The key is there twice, once with equal values: only its number differs.
    guard !row.columns.isEmpty else { return "not as often on both sides" }
    return "differs in: " + row.columns.map(\.name).joined(separator: ", ")
  }

  private func values(_ row: RowDifference) -> [String] {
    let columns = row.columns.filter { $0.source != nil || $0.target != nil }
    return columns.map { "    \($0.name): \(quoted($0.source)) in the source, \(quoted($0.target)) in the target" }
      + (row.values.map { ["    " + $0.map(quoted).joined(separator: ", ")] } ?? [])
  }

  private func quoted(_ text: String?) -> String { text.map { "'\($0)'" } ?? "NULL" }
}
