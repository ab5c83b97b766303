package import Plans

/// What the rows that a load wrote must come to: their digest, made by the account, is that of the staged files.
package struct SnowflakeLoadCheck: Hashable, Sendable {
  /// The columns that are compared, each of a type that has a form in ``SnowflakeCanonical``.
  package var columns: [ColumnPlan]
  package var expected: RowDigest

  package init(columns: [ColumnPlan], expected: RowDigest) {
    self.columns = columns
    self.expected = expected
  }

  /// Those of the columns that have a form.
  package static func columns(of request: LoadRequest) -> [ColumnPlan] {
    request.columns.filter(SnowflakeCanonical.isKnown)
  }

  /// Whether the rows that a load wrote can be told from those that were there.
  package static func tellsRows(of request: LoadRequest) -> Bool {
    request.staged.external == nil && (request.method != .append || request.metadataColumns)
  }

  /// Nil where nothing tells the rows of the load, or no column can be compared.
  func step(of load: SnowflakeLoad) throws -> SnowflakeStep? {
    guard Self.tellsRows(of: load.request), let canonical = SnowflakeCanonical(columns) else { return nil }
    let table = SnowflakeName.written(load.table)
    return SnowflakeStep(.digest(expected), canonical.digest(of: "\(table) AS t", where: try condition(of: load)))
  }

  /// The rows of this load; nil for all.
  private func condition(of load: SnowflakeLoad) throws -> String? {
    let request = load.request
    if request.metadataColumns {
      let run = SnowflakeName.written(MetadataColumns.run)
      return "\(run) = \(request.run) AND \(SnowflakePredicate.parts([request.part.id]))"
    }
    switch (request.method, request.addressing) {
    // Whatever had one of the staged keys before is gone, and each is staged once.
    case (.merge, _):
      return "EXISTS (SELECT 1 AS K FROM \(SnowflakeName.written(load.landing)) AS s WHERE \(try load.mergeMatch()))"
    case (.replace, .rebuild):
      return "\(SnowflakeRebuild(request.target, run: request.run).mark) = \(request.part.id)"
    case (.replace, _): return try load.range()
    case (.append, _), (.remove, _): return nil
    }
  }
}

extension LoadingError {
  /// Rows that are not those that were staged, told by digests alone.
  static func otherContent(_ wanted: RowDigest, _ found: RowDigest?, at place: String) -> LoadingError {
    LoadingError(
      .contentMismatch, at: place,
      "the rows in the table are not the staged ones: their digest is \(found.map(String.init) ?? "unknown") and should be "
        + "\(wanted). Nothing was changed. Look for what changes values on their way in or out, such as a trigger, a masking "
        + "policy or somebody else's statement; loading.verify never loads without this comparison")
  }
}
