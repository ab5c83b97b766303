import Catalogs
import Plans
import Workflows

/// A plan as a person reads it: outcome last, one block a table, a reason beside every action.
struct PlanView {
  var plan: Plan
  var style: Style
  /// What it took to make the plan; nil when a plan file is shown.
  var effort: String?
  /// Parts printed of one table before the rest is counted.
  private let shownParts = 10
  private let width = 80

  init(plan: Plan, style: Style, effort: String? = nil) {
    self.plan = plan
    self.style = style
    self.effort = effort
  }

  var lines: [String] {
    let moving = plan.tables.filter { $0.action != .none }
    var lines = [
      "\(plan.workflow): \(side(plan.source)) -> \(side(plan.target))"
    ]
    lines += origin
    if let effort { lines += Columns.wrapped(effort, width) }
    guard !moving.isEmpty || plan.hasRefusals || !drifted.isEmpty else {
      return lines + warnings + ["", PlanSummary(plan).unchanged]
    }
    if !moving.isEmpty { lines += ["", legend(moving)] }
    lines += drift
    if !moving.isEmpty {
      lines += ["", style.bold("Changes")] + moving.flatMap(block)
    }
    lines += guarantees(moving) + unchanged
    lines += refusals
    return lines + [""] + PlanSummary(plan).lines(width: width).map(style.bold)
  }

  /// Where the target's tables were read, when it was not asked itself.
  private var origin: [String] {
    guard let ddl = plan.targetDDL else { return [] }
    let skipped = ddl.skipped.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
    return Columns.wrapped(
      "The target is read from \(Numbers.plural(ddl.files, "file")) in \(ddl.folder) with "
        + "\(Numbers.plural(ddl.tables, "table")), and was not asked."
        + (skipped.isEmpty ? "" : " Passed over: \(skipped)."), width)
  }

  private func side(_ endpoint: Endpoint) -> String {
    let title =
      SourcePlatform(rawValue: endpoint.platform)?.title ?? TargetPlatform(rawValue: endpoint.platform)?.title
      ?? endpoint.platform
    return "\(title) \(endpoint.server)"
  }

  private func legend(_ moving: [TableChange]) -> String {
    let used = Action.allCases.filter { action in
      action != .none && moving.contains { $0.action == action || action == .remove && !$0.removals.isEmpty }
    }.filter { $0 != .remove || !moving.contains { $0.action == .forget } }
    return "  " + used.map { "\(style.symbol($0)) \($0.legend)" }.joined(separator: "   ")
  }

  private var drifted: [TableChange] { plan.tables.filter { !$0.drift.isEmpty } }

  private var drift: [String] {
    guard !drifted.isEmpty else { return [] }
    var lines = ["", style.bold("Drift since the last apply")]
    for table in drifted {
      for (index, drift) in table.drift.enumerated() {
        let name = index == 0 ? table.source.short : ""
        lines.append(
          "  \(style.yellow(index == 0 ? "~" : " ")) " + Columns.left(name, 22) + " " + DriftText.text(drift))
        lines += Columns.wrapped(drift.resolution, width - 27).map { String(repeating: " ", count: 27) + $0 }
      }
    }
    return lines
  }

  private func block(_ table: TableChange) -> [String] {
    let size = [
      Columns.right(table.isCounted ? Numbers.rows(table.rows) : "known at apply", 12),
      table.bytes > 0 ? Columns.right(Numbers.bytes(table.bytes), 8) : nil,
    ].compactMap { $0 }.joined(separator: " ")
    let name = Columns.left(table.source.short, 22)
    let symbol = String(repeating: " ", count: 3 - table.action.symbol.count) + style.symbol(table.action)
    var lines = [
      "\(symbol) \(name) \(Columns.left(what(table), 25)) \(table.moving.isEmpty ? "" : size)".trimmingTrailingSpaces
    ]
    lines += Columns.wrapped(reason(table), width - 6).map { "      " + $0 }
    lines += removals(table).map { "      " + $0 }
    if table.action == .refresh || table.parts.contains(where: { !$0.replaces.isEmpty }) {
      lines += PartLines.lines(table, most: shownParts).map { "      " + $0 }
    }
    for statement in table.statements where table.targetFingerprint != nil {
      lines.append("      " + statement)
    }
    if table.addressing == .rebuild {
      lines += Columns.wrapped("built beside the old table and swapped in: \(rebuildReason(table))", width - 6).map {
        "      " + $0
      }
    }
    if let iceberg = table.iceberg {
      lines.append("      iceberg: \(iceberg.strategy?.rawValue ?? "managed"), because \(iceberg.reason)")
      if let words = preconditions(iceberg) { lines += Columns.wrapped(words, width - 6).map { "      " + $0 } }
    }
    return lines + table.warnings.flatMap { warning(table, $0, named: false) }
  }

  /// What the account said to what the table needs of it; what it denied is among the refusals.
  private func preconditions(_ iceberg: IcebergChoice) -> String? {
    guard !iceberg.checks.isEmpty else { return nil }
    guard iceberg.checks.contains(where: { $0.verdict != nil }) else { return "preconditions: not checked, no account" }
    let held = iceberg.checks.count { $0.verdict == .holds }
    return "preconditions: \(held) of \(iceberg.checks.count) hold in the account"
  }

  private func rebuildReason(_ table: TableChange) -> String {
    table.action == .reload || table.action == .create
      ? "no row of before may stay" : "source and target order the key differently"
  }

  private func removals(_ table: TableChange) -> [String] {
    guard let first = table.removals.first else { return [] }
    let head = table.action == .remove ? [] : ["\(style.symbol(.remove)) \(table.removal): \(first.reason.rawValue)"]
    guard first.part.range != .whole else { return head }
    return head + PartLines.lines(table, table.removals, most: shownParts)
  }

  private func reason(_ table: TableChange) -> String {
    switch table.action {
    case .append:
      let windows = table.parts.compactMap(\.window)
      let column = table.watermark?.column ?? ""
      let after = windows.first?.after.map { " after \(column) \($0)" } ?? ""
      let through = windows.last.map { " through \($0.through)" } ?? ""
      return table.reason.rawValue + (windows.isEmpty ? "" : ":\(after)\(through)")
    default: return table.reason.rawValue
    }
  }

  private func what(_ table: TableChange) -> String {
    let parts = Numbers.plural(table.moving.count, "part")
    switch table.action {
    case .create: return (table.targetFingerprint == nil ? "create table, load " : "load ") + parts
    case .refresh:
      return "refresh \(table.parts.count) of \(Numbers.plural(table.parts.count + table.kept.count, "part"))"
    case .append: return "append \(parts)"
    case .reload: return "reload \(parts)"
    case .remove: return table.removal
    case .forget: return "forget; the target stays"
    case .none: return ""
    }
  }

  private var warnings: [String] {
    plan.tables.filter { $0.action == .none }.flatMap { table in
      table.warnings.flatMap { warning(table, $0, named: true) }
    }
  }

  private func warning(_ table: TableChange, _ text: String, named: Bool) -> [String] {
    let first = style.yellow("warning") + ": "
    let body = Columns.wrapped((named ? "\(table.source.short): " : "") + text, width - 15)
    return body.enumerated().map { "      " + ($0 == 0 ? first : "         ") + $1 }
  }

  /// What is and what is not promised, each said once, with the tables it holds for.
  private func guarantees(_ moving: [TableChange]) -> [String] {
    let watermarks = moving.filter { $0.watermark != nil }
    let isTold = { (table: TableChange, guarantee: Guarantee) in
      guarantee.class != .exact || (watermarks.contains(table) && guarantee == table.guarantees.last)
    }
    var tables: [(guarantee: Guarantee, names: [String])] = []
    for table in moving {
      for guarantee in table.guarantees where isTold(table, guarantee) {
        if let index = tables.firstIndex(where: { $0.guarantee == guarantee }) {
          tables[index].names.append(table.source.short)
        } else {
          tables.append((guarantee, [table.source.short]))
        }
      }
    }
    guard !tables.isEmpty else { return [] }
    return ["", style.bold("Guarantees")]
      + tables.flatMap { guarantee, names in
        let named = names.count > 4 ? names.prefix(3) + ["\(names.count - 3) more"] : names[...]
        return Columns.wrapped(
          "\(guarantee.class.rawValue) (\(named.joined(separator: ", "))): \(guarantee.text)", width - 4
        ).enumerated().map { ($0 == 0 ? "  " : "    ") + $1 }
      }
  }

  private var unchanged: [String] {
    let still = plan.tables.filter { $0.action == .none }
    let parts = plan.tables.filter { $0.action != .forget }.reduce(0) { $0 + $1.kept.count }
    let count = plan.tables.reduce(0) { $0 + $1.warnings.count }
    let words = [
      still.isEmpty && parts == 0
        ? nil : "Unchanged: \(Numbers.plural(still.count, "table")), \(Numbers.plural(parts, "part")).",
      count == 0 ? nil : "Warnings: \(count) (above).",
    ].compactMap { $0 }
    return words.isEmpty ? [] : ["", words.joined(separator: " ")]
  }

  private var refusals: [String] {
    let refused = plan.tables.filter { !$0.refusals.isEmpty }
    guard !refused.isEmpty else { return [] }
    var lines = ["", style.red("Refused: the plan cannot be applied until this is settled")]
    for table in refused {
      for text in table.refusals {
        let wrapped = Columns.wrapped("\(table.source.short): \(text)", width - 4)
        lines += wrapped.enumerated().map { ($0 == 0 ? "  " : "    ") + $1 }
      }
    }
    return lines
  }
}
