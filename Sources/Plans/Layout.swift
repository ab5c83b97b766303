/// The parts of a table, in key order, the NULL part last: together they hold every row once.
package struct Layout: Hashable, Sendable {
  package var parts: [Part]

  package init(parts: [Part]) {
    self.parts = parts
  }

  /// One part with everything.
  package static func whole(id: Int) -> Layout {
    Layout(parts: [Part(id: id, range: .whole)])
  }

  /// The parts between `bounds`, first and last open, and the NULL part when the key may be NULL.
  ///
  /// - Parameter bounds: Strictly increasing in the source's order.
  package init(bounds: [Bound], isNullable: Bool, firstID: Int) {
    let points: [Bound?] = [nil] + bounds + [nil]
    var parts = zip(points, points.dropFirst()).enumerated().map { index, ends in
      Part(id: firstID + index, range: .keys(from: ends.0, to: ends.1))
    }
    if isNullable { parts.append(Part(id: firstID + parts.count, range: .nullKey)) }
    self.init(parts: parts)
  }

  /// Why the parts do not hold every row exactly once; nil when they do.
  ///
  /// Ranges must join end to end from open to open, with a NULL part behind them exactly when the key may be NULL. That the
  /// bounds increase is the source's to know, and is proven by the counts.
  package func gap(isNullable: Bool) -> String? {
    if parts.count == 1, parts[0].range == .whole { return nil }
    guard Set(parts.map(\.id)).count == parts.count else { return "two parts have one number" }
    var expected: Bound?
    var isClosed = false
    var nullParts = 0
    for part in parts {
      switch part.range {
      case .whole: return "part \(part.id) covers the table and is not alone"
      case .nullKey: nullParts += 1
      case .keys(let from, let to):
        guard nullParts == 0 else { return "part \(part.id) follows the part for NULL keys" }
        guard !isClosed else { return "part \(part.id) follows a part without an end" }
        guard from == expected else { return "part \(part.id) does not begin where the part before it ends" }
        expected = to
        isClosed = to == nil
      }
    }
    guard isClosed else { return "the last part has an end" }
    guard nullParts == (isNullable ? 1 : 0) else { return "there are \(nullParts) parts for NULL keys" }
    return nil
  }

  /// The layout with one part cut at `bounds`; the pieces get ids from `firstID` on.
  package func splitting(_ part: Int, at bounds: [Bound], firstID: Int) -> Layout {
    Layout(
      parts: parts.flatMap { candidate -> [Part] in
        guard candidate.id == part, case .keys(let from, let to) = candidate.range else { return [candidate] }
        let points: [Bound?] = [from] + bounds + [to]
        return zip(points, points.dropFirst()).enumerated().map { index, ends in
          Part(id: firstID + index, range: .keys(from: ends.0, to: ends.1))
        }
      })
  }
}
