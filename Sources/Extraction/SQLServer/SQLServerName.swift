import Catalogs

/// Names as T-SQL writes them.
enum SQLServerName {
  /// `[name]`, with `]` doubled: right whatever QUOTED_IDENTIFIER says.
  static func quoted(_ name: String) -> String { "[" + name.replacing("]", with: "]]") + "]" }

  /// `N'text'`, quotes doubled.
  static func text(_ text: String) -> String { "N'" + text.replacing("'", with: "''") + "'" }
}

extension Table {
  /// The name as T-SQL writes it.
  var sqlServerName: String { name.sqlServerName }

  /// What stands behind FROM: a table in memory is read as of the moment that the transaction began by a hint of its own,
  /// because SNAPSHOT isolation does not reach it.
  var sqlServerSource: String {
    traits.contains(SQLServerCatalog.inMemory) ? sqlServerName + " WITH (SNAPSHOT)" : sqlServerName
  }
}

extension ObjectName {
  /// The name as T-SQL writes it, without the database: a connection reads the one it is in.
  var sqlServerName: String {
    [schema, table].compactMap { $0 }.map(SQLServerName.quoted).joined(separator: ".")
  }
}
