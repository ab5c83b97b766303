/// A difference in shape, between the source now and before or between source and target, and what the plan does about it.
package struct Drift: Hashable, Codable, Sendable {
  package enum Kind: String, Codable, Sendable {
    case columnAdded = "column added"
    case columnDropped = "column dropped"
    case columnRenamed = "column renamed"
    case columnReplaced = "column replaced"
    case columnWidened = "column widened"
    case columnNarrowed = "column narrowed"
    case columnRetyped = "column retyped"
    case columnGenerated = "column computed or no longer"
    case collationChanged = "collation changed"
    case nullabilityChanged = "nullability changed"
    case keyChanged = "key changed"
    case targetTableMissing = "target table missing"
    case targetColumnMissing = "target column missing"
    case targetTypeTooNarrow = "target type too narrow"
    case targetColumnRequired = "target column needs a value"
  }

  package var kind: Kind
  /// Source column, or target column for what only the target has; nil when the table as a whole is meant.
  package var column: String?
  package var before: String?
  package var after: String?
  /// What happens: the statement that will run, or what to do where the plan refuses.
  package var resolution: String
  /// The plan cannot be applied until somebody acts.
  package var isBlocking: Bool

  package init(
    kind: Kind, column: String?, before: String?, after: String?, resolution: String, isBlocking: Bool
  ) {
    self.kind = kind
    self.column = column
    self.before = before
    self.after = after
    self.resolution = resolution
    self.isBlocking = isBlocking
  }
}
