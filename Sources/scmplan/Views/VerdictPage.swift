import Catalogs
import Engine
import Plans

/// What comparing tables came to, as one HTML page that needs no other file: a line for each table, a map of its parts, its
/// differing rows.
struct VerdictPage {
  var workflow: String
  var level: VerificationLevel
  var verdicts: [TableVerdict]

  var text: String {
    """
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>\(escaped(workflow)): \(escaped(outcome))</title>
    <style>
    \(Self.style)
    </style>
    </head>
    <body>
    <h1>\(escaped(workflow))</h1>
    <p class="outcome \(differing == 0 ? "equal" : "differs")">\(escaped(outcome))</p>
    <table>
    <thead><tr><th>table</th><th>target</th><th>schema</th><th class="number">rows of the source</th>
    <th class="number">rows of the target</th><th class="number">rows that differ</th></tr></thead>
    <tbody>
    \(verdicts.indices.map(line).joined(separator: "\n"))
    </tbody>
    </table>
    \(verdicts.indices.filter { verdicts[$0].content != nil || !verdicts[$0].schema.isEmpty }.map(section).joined())
    <footer>scmplan \(Scmplan.version) verify --level \(level.rawValue)</footer>
    </body>
    </html>

    """
  }

  private var differing: Int { verdicts.count { !$0.isEqual } }

  private var outcome: String {
    let all = Numbers.plural(verdicts.count, "table")
    return differing == 0
      ? "\(all) compared: no difference" : "\(differing) of \(all) \(differing == 1 ? "differs" : "differ")"
  }

  private func line(_ index: Int) -> String {
    let verdict = verdicts[index]
    let schema = verdict.schema.isEmpty ? "equal" : "differs"
    let content = verdict.content.map { Numbers.exact($0.differing) } ?? "not compared"
    return """
      <tr class="\(verdict.isEqual ? "equal" : "differs")"><td><a href="#table\(index)">\(escaped(verdict.source.short))</a></td>\
      <td>\(escaped("\(verdict.target)"))</td><td>\(schema)</td>\
      <td class="number">\(verdict.counts.map { Numbers.exact($0.source) } ?? "")</td>\
      <td class="number">\(verdict.counts.map { Numbers.exact($0.target) } ?? "")</td>\
      <td class="number">\(content)</td></tr>
      """
  }

  private func section(_ index: Int) -> String {
    let verdict = verdicts[index]
    var text = "<section id=\"table\(index)\">\n<h2>\(escaped(verdict.source.short))</h2>\n"
    if !verdict.schema.isEmpty {
      let items = verdict.schema.map { drift in
        let what = drift.column == nil ? drift.kind.rawValue : DriftText.text(drift)
        return "<li>\(escaped(what)): \(escaped(drift.resolution))</li>"
      }
      text += "<ul>\n\(items.joined(separator: "\n"))\n</ul>\n"
    }
    if let pending = verdict.counts?.pending, pending > 0 {
      text += "<p>\(Numbers.plural(pending, "row")) to come with the next refresh.</p>\n"
    }
    if let content = verdict.content { text += self.content(content) }
    return text + "</section>\n"
  }

  private func content(_ content: ContentVerdict) -> String {
    var text = "<p>\(escaped(Self.summary(content)))</p>\n"
    let key = PartitionKey(columns: content.partitionedBy, origin: .asked, isNullable: true)
    let cells = content.map.map { part in
      let range = PartLines.range(part.part.range, key: key, window: nil)
      let found = part.differing == 0 ? "equal" : "\(Numbers.exact(part.differing)) differ"
      let title = "part \(part.part.id) \(range): \(Numbers.plural(part.rows, "row")), \(found)"
      return "<i class=\"\(part.differing == 0 ? "equal" : "differs")\" title=\"\(escaped(title))\"></i>"
    }
    text += "<div class=\"map\" role=\"img\" aria-label=\"parts of the source\">\(cells.joined())</div>\n"
    let differing = content.map.filter { $0.differing > 0 }
    if !differing.isEmpty {
      let rows = differing.map { part in
        """
        <tr><td class="number">\(part.part.id)</td>\
        <td>\(escaped(PartLines.range(part.part.range, key: key, window: nil)))</td>\
        <td class="number">\(Numbers.exact(part.rows))</td><td class="number">\(Numbers.exact(part.differing))</td></tr>
        """
      }
      text += """
        <table><thead><tr><th class="number">part</th><th>range</th><th class="number">rows</th>\
        <th class="number">differ</th></tr></thead><tbody>
        \(rows.joined(separator: "\n"))
        </tbody></table>

        """
    }
    return text + self.rows(content)
  }

  private func rows(_ content: ContentVerdict) -> String {
    guard !content.rows.isEmpty else { return "" }
    let head = (content.key.isEmpty ? ["row"] : content.key).map { "<th>\(escaped($0))</th>" }.joined()
    let rows = content.rows.map { row in
      let key = (content.key.isEmpty ? [""] : row.key.map { $0 ?? "NULL" }).map { "<td>\(escaped($0))</td>" }.joined()
      return "<tr>\(key)<td>\(escaped(row.kind.rawValue))</td><td>\(details(row))</td></tr>"
    }
    let more = content.differing - content.rows.count
    return """
      <table><thead><tr>\(head)<th>finding</th><th>columns</th></tr></thead><tbody>
      \(rows.joined(separator: "\n"))
      </tbody></table>
      \(more > 0 ? "<p>and \(Numbers.exact(more)) more</p>" : "")

      """
  }

  /// Names of columns, with their values where those were asked for.
  private func details(_ row: RowDifference) -> String {
    if let values = row.values { return values.map { "<code>\(escaped($0 ?? "NULL"))</code>" }.joined(separator: ", ") }
    return row.columns.map { column in
      guard column.source != nil || column.target != nil else { return escaped(column.name) }
      return "\(escaped(column.name)): <code>\(escaped(column.source ?? "NULL"))</code> in the source, "
        + "<code>\(escaped(column.target ?? "NULL"))</code> in the target"
    }.joined(separator: "<br>")
  }

  private static func summary(_ content: ContentVerdict) -> String {
    var said = [
      content.differing == 0
        ? "Every row is equal."
        : "\(Numbers.exact(content.onlyInSource)) only in the source, \(Numbers.exact(content.onlyInTarget)) only in the "
          + "target, \(Numbers.exact(content.different)) with other values."
    ]
    if content.unsettled > 0 {
      said.append("\(Numbers.plural(content.unsettled, "row")) changed while they were read.")
    }
    if !content.uncompared.isEmpty { said.append("Not compared: \(content.uncompared.joined(separator: ", ")).") }
    return said.joined(separator: " ")
  }

  private func escaped(_ text: String) -> String {
    var out = ""
    for character in text {
      switch character {
      case "&": out += "&amp;"
      case "<": out += "&lt;"
      case ">": out += "&gt;"
      case "\"": out += "&quot;"
      default: out.append(character)
      }
    }
    return out
  }

  private static let style = """
    :root { color-scheme: light dark; --good: #2e7d4f; --bad: #c0392b; --line: #8884; }
    body { font: 15px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
    h1 { margin-bottom: 0; } h2 { margin: 2.5rem 0 0; }
    .outcome { font-size: 1.2rem; margin-top: .2rem; }
    p.equal { color: var(--good); } p.differs { color: var(--bad); }
    table { border-collapse: collapse; margin: 1rem 0; }
    th, td { text-align: left; padding: .25rem .9rem .25rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
    th.number, td.number { text-align: right; font-variant-numeric: tabular-nums; }
    tr.differs td:last-child, tr.differs a { color: var(--bad); font-weight: 600; }
    .map { display: flex; flex-wrap: wrap; gap: 2px; margin: 1rem 0; }
    .map i { width: 14px; height: 14px; border-radius: 2px; }
    .map .equal { background: var(--good); opacity: .55; } .map .differs { background: var(--bad); }
    code { font-size: .9em; white-space: pre-wrap; }
    footer { margin-top: 3rem; color: #888; }
    """
}
