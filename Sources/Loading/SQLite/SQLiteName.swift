import Catalogs

/// What a target table and the tables beside it are called in a SQLite file, which has no schemas of its own.
enum SQLiteName {
  /// `table` where the schema is absent, `main` or `public`; else `schema.table`, one identifier with a dot in it. The
  /// database is the file.
  static func table(_ name: ObjectName) -> String {
    switch name.schema?.lowercased() {
    case nil, "main", "public": name.table
    case _?: "\(name.schema!).\(name.table)"
    }
  }

  /// Where a rebuild gathers its rows.
  static func rebuild(of table: String) -> String { table + "__scmplan_rebuild" }

  /// The index by which parts are found in the part column.
  static func partIndex(of table: String) -> String { table + "__scmplan_part" }

  /// The bytes by which SQLite compares names: ASCII letters without case, all else as it is.
  static func folded(_ name: String) -> [UInt8] {
    name.utf8.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 32 : $0 }
  }

  /// Column names, quoted, between commas.
  static func list(_ columns: [String]) -> String {
    columns.map(Identifier.quoted).joined(separator: ", ")
  }
}
