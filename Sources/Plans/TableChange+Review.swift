extension TableChange {
  /// Whether somebody should look at the change before it is made: what brings a table, its shape, or all of its rows anew is
  /// for a person to decide, and what a strategy brings over day by day is not.
  package var needsReview: Bool {
    if !refusals.isEmpty || !drift.isEmpty { return true }
    switch reason {
    // Beginning with a table, also where its rows join others.
    case .notInTarget, .neverLoaded, .targetHoldsOtherRows: return true
    // The state and the target no longer know the same.
    case .targetGone, .otherState, .stateBehind, .targetBehind, .watermarkMissing: return true
    case .configurationChanged, .schemaChanged, .notInWorkflow: return true
    case .requested, .strategyNone, .checksumDiffers, .checksumMissing, .notScanned, .newRows, .tiesAdded, .notLoaded,
      .keysDiffer, .keysNotCompared, .grewAndSplits, .shrankAndMerges, .newPart, .keyOrderDiffers, .unchanged:
      return !statements.isEmpty
    }
  }
}
