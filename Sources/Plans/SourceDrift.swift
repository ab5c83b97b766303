import Catalogs

/// How the shape of a source table changed since it was last loaded.
enum SourceDrift {
  static func between(_ before: Table, _ now: Table) -> [Drift] {
    var found: [Drift] = []
    for old in before.columns {
      guard let new = now.column(old.name) else {
        found.append(
          Drift(
            kind: .columnDropped, column: old.name, before: old.declaredType, after: nil,
            resolution: "the target keeps the column; its values become NULL with the reload", isBlocking: false))
        continue
      }
      if type(old) != type(new) {
        found.append(
          Drift(
            kind: .columnRetyped, column: old.name, before: type(old), after: type(new),
            resolution: "the table is reloaded with the new type", isBlocking: false))
      }
      if old.isNullable != new.isNullable {
        found.append(
          Drift(
            kind: .nullabilityChanged, column: old.name, before: nullability(old), after: nullability(new),
            resolution: "the table is reloaded", isBlocking: false))
      }
    }
    for new in now.columns where before.column(new.name) == nil {
      found.append(
        Drift(
          kind: .columnAdded, column: new.name, before: nil, after: type(new),
          resolution: "the table is reloaded with the new column", isBlocking: false))
    }
    if before.primaryKey != now.primaryKey {
      found.append(
        Drift(
          kind: .keyChanged, column: nil, before: before.primaryKey.joined(separator: ", "),
          after: now.primaryKey.joined(separator: ", "), resolution: "the table is reloaded", isBlocking: false))
    }
    return found
  }

  private static func type(_ column: Column) -> String {
    (column.declaredType.isEmpty ? "no type" : column.declaredType) + (column.collation.map { " COLLATE \($0)" } ?? "")
      + (column.isGenerated ? " GENERATED" : "")
  }

  private static func nullability(_ column: Column) -> String {
    column.isNullable ? "NULL" : "NOT NULL"
  }
}
