package import Plans

/// Which parts of a table are scanned, and how the target finds the part of a row.
package struct PartedScan: Sendable {
  /// Columns of the key along which the parts are cut; the target sorts them as the source does. Empty where one part is
  /// everything.
  package var key: [ColumnPlan]
  /// Cover the table, in key order, the NULL part last.
  package var parts: [Part]
  /// Positions of the parts whose rows are wanted; nil for all.
  package var wanted: Set<Int>?

  package init(key: [ColumnPlan], parts: [Part], wanted: Set<Int>? = nil) {
    self.key = key
    self.parts = parts
    self.wanted = wanted
  }

  /// The SQL that gives a row the position of its part: a tree of comparisons, so that a thousand parts cost ten each.
  ///
  /// - Parameters:
  ///   - isNull: the condition that a key column has NULL.
  ///   - isBelow: the condition that the key is below a bound.
  package func locator<Failure: Error>(
    isNull: String, isBelow: (Bound) throws(Failure) -> String
  ) throws(Failure) -> String {
    var bounds: [Bound] = []
    var nullPart: Int?
    for (index, part) in parts.enumerated() {
      switch part.range {
      case .whole: return "\(index)"
      case .nullKey: nullPart = index
      case .keys(let from, _): if let from { bounds.append(from) }
      }
    }
    let tree = try Self.tree(bounds[...], isBelow)
    return nullPart.map { "CASE WHEN \(isNull) THEN \($0) ELSE \(tree) END" } ?? tree
  }

  /// The part at a position begins at the bound before it.
  private static func tree<Failure: Error>(
    _ bounds: ArraySlice<Bound>, _ isBelow: (Bound) throws(Failure) -> String
  ) throws(Failure) -> String {
    guard !bounds.isEmpty else { return "\(bounds.startIndex)" }
    let middle = bounds.startIndex + bounds.count / 2
    let condition = try isBelow(bounds[middle])
    let lower = try tree(bounds[bounds.startIndex..<middle], isBelow)
    let upper = try tree(bounds[(middle + 1)...], isBelow)
    return "CASE WHEN \(condition) THEN \(lower) ELSE \(upper) END"
  }
}
