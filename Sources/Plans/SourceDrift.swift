import Catalogs

/// How the shape of a source table changed since it was last loaded, and whether the rows that were loaded are still its rows.
struct SourceDrift {
  /// A column that has another name now, by the catalog's own numbers.
  struct Rename: Hashable {
    var old: String
    var new: String
  }

  private(set) var found: [Drift] = []
  /// Nothing changed but what leaves every stored value as it was: names, room for longer values, whether NULL is taken.
  private(set) var keepsRows = true

  /// - Parameters:
  ///   - renames: those among ``renames(from:to:)`` that the target follows, each with its statements.
  ///   - keys: columns by which rows are found: none of them gets another name in place.
  ///   - split: columns by which the table is split into parts: one for NULL comes and goes with NULL.
  init(
    from before: Table, to now: Table, following renames: [Rename: [String]], keys: Set<String>, split: Set<String>
  ) {
    let renamed = Self.renames(from: before, to: now)
    let newNames = Dictionary(uniqueKeysWithValues: renamed.map { ($0.old, $0.new) })
    let kept = before.columns.compactMap { now.column(newNames[$0.name] ?? $0.name)?.name }
    keepsRows =
      kept == now.columns.map(\.name) && before.primaryKey.map { newNames[$0] ?? $0 } == now.primaryKey
      && before.kind == now.kind
    var pairs: [(old: Column, new: Column)] = []
    for old in before.columns {
      guard let new = now.column(newNames[old.name] ?? old.name) else {
        keepsRows = false
        continue
      }
      pairs.append((old, new))
      if old.name != new.name {
        keepsRows = keepsRows && renames[Rename(old: old.name, new: new.name)] != nil && !keys.contains(old.name)
      } else if Self.isReplaced(old.name, from: before, to: now) {
        keepsRows = false
      }
      if old.isNullable != new.isNullable, split.contains(old.name) { keepsRows = false }
      if Self.type(old) != Self.type(new) { keepsRows = keepsRows && Widening.keepsValues(from: old, to: new) }
    }
    tellColumns(pairs, from: before, to: now, following: renames)
    tellComings(from: before, to: now, renamed: renamed)
  }

  private mutating func tellColumns(
    _ pairs: [(old: Column, new: Column)], from before: Table, to now: Table, following renames: [Rename: [String]]
  ) {
    for (old, new) in pairs {
      if old.name != new.name {
        let statements = renames[Rename(old: old.name, new: new.name)]
        tell(
          .columnRenamed, new.name, old.name, new.name,
          statements.map {
            ($0 + [keepsRows ? "no row moves for it" : "the table is reloaded"]).joined(separator: "; ")
          }
            ?? "the target gets a column of the new name and keeps the old one, whose values become NULL with the reload"
        )
      } else if Self.isReplaced(old.name, from: before, to: now) {
        tell(
          .columnReplaced, old.name, Self.type(old), Self.type(new),
          "it was dropped and another one of its name added: the table is reloaded")
      }
      if Self.type(old) != Self.type(new) { tellType(old, new) }
      if old.isNullable != new.isNullable {
        tell(
          .nullabilityChanged, new.name, Self.nullability(old), Self.nullability(new),
          keepsRows ? "no row moves for it" : "the table is reloaded")
      }
    }
  }

  private mutating func tellType(_ old: Column, _ new: Column) {
    let kind: Drift.Kind =
      if old.isGenerated != new.isGenerated {
        .columnGenerated
      } else if old.declaredType == new.declaredType {
        .collationChanged
      } else if Widening.isRoomier(new, than: old) {
        .columnWidened
      } else if Widening.isRoomier(old, than: new) {
        .columnNarrowed
      } else {
        .columnRetyped
      }
    let resolution =
      keepsRows ? "values stay what they were: no row moves for it" : "the table is reloaded with the new type"
    tell(kind, new.name, Self.type(old), Self.type(new), resolution)
  }

  private mutating func tellComings(from before: Table, to now: Table, renamed: [Rename]) {
    let from = Set(renamed.map(\.old))
    let to = Set(renamed.map(\.new))
    for old in before.columns where now.column(old.name) == nil && !from.contains(old.name) {
      tell(
        .columnDropped, old.name, old.declaredType, nil,
        "the target keeps the column; its values become NULL with the reload")
    }
    for new in now.columns where before.column(new.name) == nil && !to.contains(new.name) {
      tell(.columnAdded, new.name, nil, Self.type(new), "the table is reloaded with the new column")
    }
    let names = Dictionary(uniqueKeysWithValues: renamed.map { ($0.old, $0.new) })
    if before.primaryKey.map({ names[$0] ?? $0 }) != now.primaryKey {
      tell(
        .keyChanged, nil, before.primaryKey.joined(separator: ", "), now.primaryKey.joined(separator: ", "),
        "the table is reloaded")
    }
  }

  private mutating func tell(
    _ kind: Drift.Kind, _ column: String?, _ before: String?, _ after: String?, _ resolution: String
  ) {
    found.append(
      Drift(kind: kind, column: column, before: before, after: after, resolution: resolution, isBlocking: false))
  }

  /// Columns that kept their number in the catalog, and not their name.
  static func renames(from before: Table, to now: Table) -> [Rename] {
    guard areNumbered(before, now) else { return [] }
    return now.columns.compactMap { column in
      guard let number = column.number, before.column(column.name) == nil,
        let old = before.columns.first(where: { $0.number == number }), now.column(old.name) == nil
      else { return nil }
      return Rename(old: old.name, new: column.name)
    }
  }

  /// Another column of the same table has the name now. A table that was made anew numbers its columns anew, which says
  /// nothing of them.
  private static func isReplaced(_ name: String, from before: Table, to now: Table) -> Bool {
    guard areNumbered(before, now), let old = before.column(name)?.number, let new = now.column(name)?.number else {
      return false
    }
    return old != new
  }

  /// Whether the numbers of columns tell which of them are the same. Those of a view are given anew with its text.
  private static func areNumbered(_ before: Table, _ now: Table) -> Bool {
    before.kind == .table && now.kind == .table && before.number != nil && before.number == now.number
  }

  private static func type(_ column: Column) -> String {
    // An order that comes with the type is no collation that anybody wrote.
    let collation = column.collation.flatMap { column.declaredType.hasPrefix($0) ? nil : " COLLATE \($0)" } ?? ""
    return (column.declaredType.isEmpty ? "no type" : column.declaredType) + collation
      + (column.isGenerated ? " GENERATED" : "")
  }

  private static func nullability(_ column: Column) -> String {
    column.isNullable ? "NULL" : "NOT NULL"
  }
}
