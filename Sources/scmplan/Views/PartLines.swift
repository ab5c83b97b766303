import Plans

/// Parts of a table as lines: number, range, rows, reason.
enum PartLines {
  static func lines(_ table: TableChange, _ parts: [PartChange]? = nil, most: Int) -> [String] {
    let parts = parts ?? table.parts
    let rows = parts.prefix(most).map { part in
      [
        "part \(part.part.id)", range(part.part.range, key: table.key, window: part.window),
        part.rows.map { Numbers.plural($0, "row") + (part.method == .remove ? " to remove" : "") } ?? "known at apply",
        note(part),
      ]
    }
    let lines = Columns.table(Array(rows), rightAligned: [2])
    let rest = parts.count - rows.count
    return rest > 0 ? lines + ["and \(Numbers.exact(rest)) more"] : lines
  }

  /// `[CustomerID 300001, 400001)`, `CustomerID is NULL`, `every row`.
  static func range(_ range: PartRange, key: PartitionKey?, window: Window?) -> String {
    let columns = tuple(key?.columns ?? [])
    switch range {
    case .whole:
      guard let window else { return "every row" }
      let after = window.after.map { "\($0)" } ?? "…"
      return "\(window.column) \(window.includesAfter ? "[" : "(")\(after), \(window.through)]"
    case .nullKey: return "\(columns) is NULL"
    case .keys(let from, let to):
      return "[\(columns) \(from.map(bound) ?? "…"), \(to.map(bound) ?? "…"))"
    }
  }

  private static func bound(_ bound: Bound) -> String { tuple(bound.values.map(\.description)) }

  /// One value as it is, several in parentheses.
  private static func tuple(_ values: [String]) -> String {
    values.count == 1 ? values[0] : "(\(values.joined(separator: ", ")))"
  }

  private static func note(_ part: PartChange) -> String {
    guard !part.replaces.isEmpty else { return part.reason.rawValue }
    return "\(part.reason.rawValue): in place of \(part.replaces.map(String.init).joined(separator: ", "))"
  }
}
