import Catalogs
import Workflows

/// The mapping of a source table's columns to a target's, and what stands in its way.
struct ColumnMapper {
  var configuration: TableConfiguration
  var sourceFolding: IdentifierFolding
  var dialect: any TargetDialect

  /// The columns in source order, their target types taken from `target` where it exists.
  ///
  /// - Parameter declared: The table as its catalog alone describes it, so that types the values widened are told.
  func columns(of source: Table, declared: Table, target: Table?) -> [ColumnPlan] {
    source.columns.map { column in
      let name = targetName(of: column)
      let existing = target.flatMap { find(name, in: $0) }
      let mapped = mapping(of: column)
      let type = mapped.map { dialect.logicalType(of: $0) } ?? column.type
      return ColumnPlan(
        source: column.name, target: existing?.name ?? name, sourceType: column.declaredType, type: type,
        targetType: existing?.declaredType ?? mapped ?? dialect.sqlType(for: column.type),
        isNullable: existing?.isNullable ?? column.isNullable,
        note: note(column, declared: declared.column(column.name)?.type, isMapped: mapped != nil),
        comment: existing == nil ? column.comment : nil)
    }
  }

  /// How the target's own columns differ from what `columns` need.
  func drift(of columns: [ColumnPlan], against target: Table) -> [Drift] {
    var found: [Drift] = []
    for column in columns + missingMetadata(of: target) {
      guard let existing = find(column.target, in: target) else {
        found.append(missing(column, from: target))
        continue
      }
      if !dialect.logicalType(of: existing.declaredType).holds(column.type),
        let drift = narrow(column, existing, of: target)
      {
        found.append(drift)
      }
    }
    let mapped = Set(columns.map { comparable($0.target) })
    for column in target.columns
    where !mapped.contains(comparable(column.name)) && !column.isNullable && column.defaultValue == nil
      && !column.isGenerated && !MetadataColumns.names.contains(column.name)
    {
      found.append(
        Drift(
          kind: .targetColumnRequired, column: column.name, before: nil, after: column.declaredType,
          resolution:
            "no source column fills \(column.name): give it a default, allow NULL, drop it from the target, or "
            + "map a column to it",
          isBlocking: true))
    }
    return found
  }

  /// Statements that bring the target to where `columns` fit, as far as it can be altered in place.
  func statements(for columns: [ColumnPlan], on target: Table) -> [String] {
    (columns + missingMetadata(of: target)).flatMap { column -> [String] in
      guard let existing = find(column.target, in: target) else {
        return dialect.addColumn(column, to: target.name) ?? []
      }
      guard !dialect.logicalType(of: existing.declaredType).holds(column.type) else { return [] }
      return dialect.widenColumn(widened(column), of: target.name, from: existing.declaredType) ?? []
    }
  }

  /// `columns` with the types they have once the statements ran.
  func afterStatements(_ columns: [ColumnPlan], on target: Table) -> [ColumnPlan] {
    columns.map { column in
      guard let existing = find(column.target, in: target),
        !dialect.logicalType(of: existing.declaredType).holds(column.type),
        dialect.widenColumn(widened(column), of: target.name, from: existing.declaredType) != nil
      else { return column }
      return widened(column)
    }
  }

  /// Whether the target lacks a column that is loaded: rows that are there have no value for it.
  func lacksColumn(_ target: Table, for columns: [ColumnPlan]) -> Bool {
    columns.contains { find($0.target, in: target) == nil } || !missingMetadata(of: target).isEmpty
  }

  /// Source columns that one target column would have to take, each with the columns before it.
  func collisions(of columns: [ColumnPlan]) -> [(column: ColumnPlan, others: [String])] {
    Dictionary(grouping: columns) { comparable($0.target) }.values.filter { $0.count > 1 }
      .map { ($0[0], $0.dropFirst().map(\.source)) }.sorted { $0.column.source < $1.column.source }
  }

  /// Columns that may be NULL in the source and not in the target.
  func refusedNulls(of columns: [ColumnPlan], source: Table) -> [String] {
    columns.filter { !$0.isNullable && source.column($0.source)?.isNullable == true }.map(\.source)
  }

  /// Of the metadata columns only that they are there is asked: their types are the target's own affair.
  private func missingMetadata(of target: Table) -> [ColumnPlan] {
    guard configuration.target.metadataColumns else { return [] }
    return MetadataColumns.plans(dialect).filter { find($0.target, in: target) == nil }
  }

  private func missing(_ column: ColumnPlan, from target: Table) -> Drift {
    let statements = dialect.addColumn(column, to: target.name)
    return Drift(
      kind: .targetColumnMissing, column: column.source, before: nil, after: column.targetType,
      resolution: statements?.joined(separator: "; ")
        ?? "add \(column.target) \(column.targetType) to the target table, or leave the column out of the source",
      isBlocking: statements == nil)
  }

  /// Nil where the target limits nothing, so that the column takes every value as it is.
  private func narrow(_ column: ColumnPlan, _ existing: Column, of target: Table) -> Drift? {
    let wide = widened(column)
    let statements = dialect.widenColumn(wide, of: target.name, from: existing.declaredType)
    if statements?.isEmpty == true { return nil }
    return Drift(
      kind: .targetTypeTooNarrow, column: column.source, before: existing.declaredType, after: wide.targetType,
      resolution: statements?.joined(separator: "; ")
        ?? "the column's values need \(wide.targetType): change the target column, map the type with columnTypeMappings, or "
        + "rename or drop the target table, and the next plan makes it anew",
      isBlocking: statements == nil)
  }

  private func widened(_ column: ColumnPlan) -> ColumnPlan {
    var wide = column
    wide.targetType = dialect.sqlType(for: column.type)
    return wide
  }

  func targetName(of column: Column) -> String {
    let asked = configuration.columnNameMappings.first {
      (try? Identifier.stored($0.sourceName, folding: sourceFolding)).map { comparable($0) } == comparable(column.name)
    }
    guard let asked else { return dialect.columnName(column.name) }
    return (try? Identifier.stored(asked.targetName, folding: dialect.platform.folding)) ?? asked.targetName
  }

  private func mapping(of column: Column) -> String? {
    guard let type = TypeName(column.declaredType) else { return nil }
    let asked = configuration.columnTypeMappings
    return
      (asked.first { TypeName($0.sourceType) == type }
      ?? asked.first {
        guard let mapped = TypeName($0.sourceType) else { return false }
        return mapped.name == type.name && mapped.arguments.isEmpty && !mapped.isMax
      })?.targetType
  }

  private func note(_ column: Column, declared: LogicalType?, isMapped: Bool) -> String? {
    if isMapped { return "mapped by columnTypeMappings" }
    guard let declared, declared != column.type, !declared.holds(column.type) else { return nil }
    return
      "declared \(column.declaredType.isEmpty ? "without a type" : column.declaredType), values need \(column.type)"
  }

  func find(_ name: String, in table: Table) -> Column? {
    table.columns.first { $0.name == name } ?? table.columns.first { comparable($0.name) == comparable(name) }
  }

  /// Names are compared without case where no exact one is found; see ``collisions(of:)`` for sources that tell case apart.
  private func comparable(_ name: String) -> String { name.lowercased() }
}
