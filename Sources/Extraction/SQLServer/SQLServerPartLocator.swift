import Plans

/// The part of a row as an expression: CASE within CASE over the lower bounds, three deep at the most.
///
/// SQL Server allows ten levels of CASE and no more, so the tree is wide: a thousand parts cost ten comparisons a level.
enum SQLServerPartLocator {
  private static let levels = 3

  /// Gives a part's position among `parts`; NULL for a row that none takes.
  ///
  /// - Parameter parts: sorted by key, the NULL part last.
  static func expression(_ parts: [Part], _ key: [SQLServerKeyColumn]) -> String {
    if let whole = parts.firstIndex(where: { $0.range == .whole }) { return "\(whole)" }
    var ranges: [(part: Int, from: Bound?, to: Bound?)] = []
    var null = "CAST(NULL AS int)"
    for (index, part) in parts.enumerated() {
      switch part.range {
      case .whole: break
      case .nullKey: null = "\(index)"
      case .keys(let from, let to): ranges.append((index, from, to))
      }
    }
    let isNull = SQLPredicate.isNull(key)
    guard !ranges.isEmpty else { return "CASE WHEN \(isNull) THEN \(null) END" }
    let width = max(2, Int(Double(ranges.count).squareRoot().rounded(.up)))
    return
      "CASE WHEN \(isNull) THEN \(null) ELSE \(tree(ranges[...], key, width: ranges.count <= 8 ? ranges.count : width)) END"
  }

  private static func tree(
    _ ranges: ArraySlice<(part: Int, from: Bound?, to: Bound?)>, _ key: [SQLServerKeyColumn], width: Int
  ) -> String {
    guard ranges.count > 1 else {
      let range = ranges[ranges.startIndex]
      let ends = SQLPredicate.all([
        SQLPredicate.side(">=", range.from, key), SQLPredicate.side("<", range.to, key),
      ])
      return ends.sql.isEmpty ? "\(range.part)" : "CASE WHEN \(ends.sql) THEN \(range.part) END"
    }
    // Slices of about the same size; each but the last ends below the first bound of the next.
    let size = (ranges.count + width - 1) / width
    let starts = Array(stride(from: ranges.startIndex, to: ranges.endIndex, by: max(1, size)))
    let whens = zip(starts, starts.dropFirst()).map { start, next in
      let below = SQLPredicate.side("<", ranges[next].from, key)
      return "WHEN \(below.sql) THEN \(tree(ranges[start..<next], key, width: width))"
    }
    return
      "CASE \(whens.joined(separator: " ")) ELSE \(tree(ranges[starts[starts.count - 1]...], key, width: width)) END"
  }
}
