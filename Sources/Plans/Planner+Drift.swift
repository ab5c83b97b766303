import Catalogs
import Workflows

/// What a source that changed its shape asks of a target, besides rows.
struct ShapeChange {
  var drift: [Drift] = []
  /// The rows that are in the target are still the source's: nothing is to be reloaded for the change of shape.
  var keepsRows = true
  /// Statements that let the target follow the source, in order.
  var statements: [String] = []
  /// The target as it is once they ran.
  var target: Table?
}

extension Planner {
  /// How the source's shape changed since the state saw it, and how the target follows.
  ///
  /// Where the state is not to be believed, nothing is concluded from it.
  func shapeChange(_ facts: TableFacts) -> ShapeChange {
    var change = ShapeChange(target: facts.target)
    guard let state = facts.state, let source = facts.source else { return change }
    let before = state.sourceTable
    var renames: [SourceDrift.Rename: [String]] = [:]
    if ledgerReason(facts, state) == nil, let target = change.target {
      let mapper = mapper(facts)
      for rename in SourceDrift.renames(from: before, to: source) {
        guard let old = before.column(rename.old), let new = source.column(rename.new) else { continue }
        renames[rename] = follow(from: mapper.targetName(of: old), to: mapper.targetName(of: new), &change, mapper)
      }
      loosen(&change, from: before, to: source, target, mapper)
    }
    let split = Set(state.partitionKey?.columns ?? [])
    let keys = split.union(before.primaryKey).union(namedKeys(facts, before))
    let found = SourceDrift(from: before, to: source, following: renames, keys: keys, split: split)
    change.drift = found.found.map { told($0, source, change.target, facts) }
    let isSame = state.sourceFingerprint == fingerprint(source.shape)
    // Shapes that differ in what no difference tells of are different.
    change.keepsRows = found.keepsRows && (isSame || !found.found.isEmpty)
    return change
  }

  /// Renames a column of the target too; nil where it cannot be, or has that name already.
  private func follow(
    from old: String, to new: String, _ change: inout ShapeChange, _ mapper: ColumnMapper
  ) -> [String]? {
    guard var target = change.target, let existing = mapper.find(old, in: target) else { return nil }
    if existing.name.lowercased() == new.lowercased() { return [] }
    guard mapper.find(new, in: target) == nil,
      let statements = dialect.renameColumn(existing.name, to: new, of: target.name)
    else { return nil }
    func renamed(_ names: [String]) -> [String] { names.map { $0 == existing.name ? new : $0 } }
    for index in target.columns.indices where target.columns[index].name == existing.name {
      target.columns[index].name = new
    }
    target.primaryKey = renamed(target.primaryKey)
    target.uniqueKeys = target.uniqueKeys.map(renamed)
    target.clusteringKey = renamed(target.clusteringKey)
    change.target = target
    change.statements += statements
    return statements
  }

  /// Lets columns of the target take NULL whose source column does so now, or is gone.
  private func loosen(
    _ change: inout ShapeChange, from before: Table, to now: Table, _ target: Table, _ mapper: ColumnMapper
  ) {
    let renamed = Set(SourceDrift.renames(from: before, to: now).map(\.old))
    let filled = Set(now.columns.map { mapper.targetName(of: $0).lowercased() })
    for old in before.columns where !renamed.contains(old.name) {
      let new = now.column(old.name)
      guard !old.isNullable, new?.isNullable ?? true else { continue }
      guard let existing = change.target.flatMap({ mapper.find(mapper.targetName(of: new ?? old), in: $0) }),
        !existing.isNullable, !target.primaryKey.contains(existing.name),
        new != nil || (existing.defaultValue == nil && !filled.contains(existing.name.lowercased())),
        let statements = dialect.allowNull(in: existing.name, of: target.name)
      else { continue }
      for index in change.target?.columns.indices ?? 0..<0 where change.target?.columns[index].name == existing.name {
        change.target?.columns[index].isNullable = true
      }
      change.statements += statements
    }
  }

  /// A column that takes NULL now says so where the target's does not.
  private func told(_ drift: Drift, _ source: Table, _ target: Table?, _ facts: TableFacts) -> Drift {
    let mapper = mapper(facts)
    guard drift.kind == .nullabilityChanged, let column = drift.column.flatMap(source.column), column.isNullable,
      let existing = target.flatMap({ mapper.find(mapper.targetName(of: column), in: $0) }), !existing.isNullable
    else { return drift }
    var drift = drift
    drift.resolution += "; \(existing.name) of the target takes no NULL, and one stops its part: let it take NULL there"
    return drift
  }

  /// The columns that the workflow names to find rows by.
  private func namedKeys(_ facts: TableFacts, _ table: Table) -> [String] {
    let written =
      facts.configuration.primaryKeyColumns + facts.configuration.columnNamesToPartitionBy
      + [facts.configuration.synchronization.watermarkColumn].compactMap { $0 }
    return (try? columns(written, of: table, in: "")) ?? []
  }

  /// Keys that the target enforces and the source does not: rows that the source may have twice stop their part.
  func keyWarnings(_ change: TableChange, _ facts: TableFacts, _ source: Table) -> [String] {
    guard dialect.enforcesKeys, !change.parts.isEmpty, let target = facts.target else { return [] }
    let unique = ([source.primaryKey] + source.uniqueKeys).filter { !$0.isEmpty }.map { key in
      Set(key.map { name in change.columns.first { $0.source == name }?.target.lowercased() ?? name })
    }
    return ([target.primaryKey] + target.uniqueKeys).filter { key in
      !key.isEmpty && !unique.contains { $0.isSubset(of: Set(key.map { $0.lowercased() })) }
    }.map {
      "the target keeps \($0.joined(separator: ", ")) unique, and the source does not: two rows that share it stop their "
        + "part, until that key is dropped in the target"
    }
  }
}
