import Plans

/// The part of a row as an expression: a tree of comparisons over the lower bounds, so that a thousand parts cost ten.
enum PostgreSQLPartLocator {
  /// Gives a part's position among `parts`; NULL for a row that none takes.
  ///
  /// - Parameter parts: sorted by key, the NULL part last.
  static func expression(_ parts: [Part], _ key: [some SQLKeyColumn]) -> String {
    if let whole = parts.firstIndex(where: { $0.range == .whole }) { return "\(whole)" }
    var ranges: [(part: Int, from: Bound?, to: Bound?)] = []
    var null = "NULL::int"
    for (index, part) in parts.enumerated() {
      switch part.range {
      case .whole: break
      case .nullKey: null = "\(index)"
      case .keys(let from, let to): ranges.append((index, from, to))
      }
    }
    guard !ranges.isEmpty else { return "CASE WHEN \(SQLPredicate.isNull(key)) THEN \(null) END" }
    return "CASE WHEN \(SQLPredicate.isNull(key)) THEN \(null) ELSE \(tree(ranges[...], key)) END"
  }

  private static func tree(
    _ ranges: ArraySlice<(part: Int, from: Bound?, to: Bound?)>, _ key: [some SQLKeyColumn]
  ) -> String {
    guard ranges.count > 1 else {
      let range = ranges[ranges.startIndex]
      let ends = SQLPredicate.all([
        SQLPredicate.side(">=", range.from, key), SQLPredicate.side("<", range.to, key),
      ])
      return ends.sql.isEmpty ? "\(range.part)" : "CASE WHEN \(ends.sql) THEN \(range.part) END"
    }
    let middle = ranges.startIndex + ranges.count / 2
    let below = SQLPredicate.side("<", ranges[middle].from, key)
    return "CASE WHEN \(below.sql.isEmpty ? "false" : below.sql) THEN \(tree(ranges[..<middle], key)) "
      + "ELSE \(tree(ranges[middle...], key)) END"
  }
}
