/// Keeps a table's parts near their size as the table changes: which parts must be cut, which neighbours become one.
package enum LayoutRevision {
  /// Parts that outgrew `sizing`, with the rows counted in them. A part of one key value cannot be cut; the caller finds
  /// no boundary in it and leaves it.
  package static func oversized(_ layout: MeasuredLayout, sizing: PartitionSizing) -> [MeasuredPart] {
    layout.parts.filter { part in
      part.part.range != .nullKey && part.rows > sizing.splitAbove
    }
  }

  /// `layout` with runs of small neighbours joined, where at least one of them moves anyway.
  ///
  /// Digests add up, so nothing is read again. Joined parts get ids from `firstID` on. Parts that nobody counted stay as
  /// they are.
  ///
  /// - Parameter moves: Whether a part differs from what the state has of it.
  package static func merging(
    _ layout: MeasuredLayout, sizing: PartitionSizing, firstID: Int, moves: (MeasuredPart) -> Bool
  ) -> MeasuredLayout {
    guard !layout.isUnknown else { return layout }
    var result: [MeasuredPart] = []
    var next = firstID
    var group: [MeasuredPart] = []
    func close() {
      defer { group = [] }
      guard group.count > 1, group.contains(where: moves), let merged = joined(group, id: next) else {
        result += group
        return
      }
      next += 1
      result.append(merged)
    }
    for part in layout.parts {
      let isRange = if case .keys = part.part.range { true } else { false }
      let rows = group.reduce(0) { $0 + $1.rows }
      if !isRange || rows + part.rows >= sizing.mergeBelow { close() }
      guard isRange, part.rows < sizing.mergeBelow else {
        result.append(part)
        continue
      }
      group.append(part)
    }
    close()
    return MeasuredLayout(parts: result, totalRows: layout.totalRows)
  }

  /// `layout` with those pieces of a cut part that hold exactly what the state has of the whole part taken for that part:
  /// what grew lies in the other pieces, which are new, and only they move.
  ///
  /// Only where the target addresses parts by key range: rows that came with the part after it was measured are then
  /// replaced with the range that they are in.
  package static func keeping(_ layout: MeasuredLayout, known: [Int: PartState]) -> MeasuredLayout {
    var result = layout
    for piece in layout.parts {
      guard piece.replaces.count == 1, let before = known[piece.replaces[0]], before.loadedBy != nil, piece.rows > 0,
        before.digest != nil, before.digest == piece.digest
      else { continue }
      for index in result.parts.indices where result.parts[index].replaces == piece.replaces {
        if result.parts[index].part.id == piece.part.id { result.parts[index].part.id = before.part.id }
        result.parts[index].replaces = []
      }
    }
    return result
  }

  private static func joined(_ group: [MeasuredPart], id: Int) -> MeasuredPart? {
    guard case .keys(let from, _)? = group.first?.part.range, case .keys(_, let to)? = group.last?.part.range else {
      return nil
    }
    let digests = group.compactMap(\.digest)
    var replaces: [Int] = []
    for id in group.flatMap({ $0.replaces.isEmpty ? [$0.part.id] : $0.replaces }) where !replaces.contains(id) {
      replaces.append(id)
    }
    return MeasuredPart(
      part: Part(id: id, range: .keys(from: from, to: to)),
      rows: group.reduce(0) { $0 + $1.rows },
      bytes: group.reduce(0) { $0 + $1.bytes },
      digest: digests.count == group.count ? digests.reduce(RowDigest(), +) : nil,
      replaces: replaces, emptied: group.filter { $0.rows == 0 && $0.replaces.isEmpty }.map(\.part.id))
  }
}
