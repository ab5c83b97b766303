/// What is compared to find the rows of a target that left its source: keys, part by part.
package struct RemovalSearch: Hashable, Sendable {
  /// The columns that tell one row from another, by their names on both sides.
  package var columns: [ColumnPlan]
  /// The columns along which ``parts`` are cut; empty where there is one part.
  package var key: [ColumnPlan]
  /// The same columns as the source knows them.
  package var partitionKey: PartitionKey?
  /// Cover the table. A key belongs to one of them for good.
  package var parts: [Part]
  /// What windows have brought so far.
  package var window: Window

  /// All parts, none of them compared.
  package var unseen: RemovalFindings {
    RemovalFindings(
      parts: parts.map { FoundRemoval(part: $0, missing: nil, targetRows: nil, isEmptied: false) }, targetRows: nil)
  }
}

/// A part whose keys differ between source and target, or that nobody compared.
package struct FoundRemoval: Hashable, Sendable {
  package var part: Part
  /// Rows of the target whose key the source does not have, whatever their watermark; nil when nobody looked.
  package var missing: Int?
  /// Rows of the target in the part; nil when nobody looked.
  package var targetRows: Int?
  /// The source has no row in the part.
  package var isEmptied: Bool
  /// Rows that the source has up to the last watermark, or without one, and the target has not: at least so many.
  package var late: Int

  package init(part: Part, missing: Int?, targetRows: Int?, isEmptied: Bool, late: Int = 0) {
    self.part = part
    self.missing = missing
    self.targetRows = targetRows
    self.isEmptied = isEmptied
    self.late = late
  }
}

/// What comparing the keys of both sides found.
package struct RemovalFindings: Hashable, Sendable {
  /// Those that differ; not all of them lack rows.
  package var parts: [FoundRemoval]
  /// Rows of the target as a whole; nil when nobody looked.
  package var targetRows: Int?

  package init(parts: [FoundRemoval], targetRows: Int?) {
    self.parts = parts
    self.targetRows = targetRows
  }
}
