package import Catalogs

/// How one column travels: from its source column, through the staged file, into its target column.
package struct ColumnPlan: Hashable, Codable, Sendable {
  /// The source column's stored name.
  package var source: String
  /// The target column's stored name.
  package var target: String
  /// The type as the source declares it.
  package var sourceType: String
  /// The type in the staged file, which every value fits without loss.
  package var type: LogicalType
  /// The column's type in the target's own SQL.
  package var targetType: String
  package var isNullable: Bool
  /// What the reader should know: a widened type, a length the target does not keep, a loss.
  package var note: String?
  /// What the source says of the column, kept where the plan creates the column.
  package var comment: String?

  package init(
    source: String, target: String, sourceType: String, type: LogicalType, targetType: String,
    isNullable: Bool, note: String? = nil, comment: String? = nil
  ) {
    self.source = source
    self.target = target
    self.sourceType = sourceType
    self.type = type
    self.targetType = targetType
    self.isNullable = isNullable
    self.note = note
    self.comment = comment
  }
}
