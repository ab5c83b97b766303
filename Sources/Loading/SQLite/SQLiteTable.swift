import Catalogs

/// A target table as the load sees it: its description, and what decides how rows enter it.
struct SQLiteTable {
  /// The name as the file has it.
  var stored: String
  var description: Table
  var isStrict: Bool
  var hasRowID: Bool
  /// Triggers, or constraints with a conflict clause of their own, may swallow or remove rows.
  var mayDivertRows: Bool

  /// The column of this name, as SQLite compares names.
  func column(_ name: String) -> Column? {
    let folded = SQLiteName.folded(name)
    return description.columns.first { SQLiteName.folded($0.name) == folded }
  }

  func affinity(_ column: Column) -> SQLiteAffinity {
    SQLiteAffinity(declared: column.declaredType, isStrict: isStrict)
  }

  /// A name by which SQLite knows the row's number and that no column has taken; nil for none.
  var rowID: String? {
    guard hasRowID else { return nil }
    return ["rowid", "_rowid_", "oid"].first { column($0) == nil }
  }
}
