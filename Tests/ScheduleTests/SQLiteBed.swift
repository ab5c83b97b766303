import Catalogs
import Extraction
import Foundation
import Loading
import Plans
import Support

/// Two SQLite files in a folder of their own.
final class SQLiteBed: Bed, @unchecked Sendable {
  let folder: String
  private let file: SQLiteFile
  private let isLogged: Bool

  /// - Parameter isLogged: the source is in WAL mode, so that a writer need not wait for readers.
  init(folder: String, isLogged: Bool) throws {
    self.folder = folder
    self.isLogged = isLogged
    file = try SQLiteFile(folder + "/source.db", isNew: true)
    try file.execute("PRAGMA journal_mode = \(isLogged ? "wal" : "delete"); PRAGMA synchronous = off")
  }

  let platform = SourcePlatform.sqlite
  let dialect: any TargetDialect = SQLiteDialect()
  let table = "t"
  var source: Endpoint { Endpoint(connection: "source", platform: "sqlite", server: folder + "/source.db") }
  var target: Endpoint { Endpoint(connection: "target", platform: "sqlite", server: folder + "/target.db") }

  func openSource() throws -> any SourceSession { try SQLiteSourceSession(path: source.server) }
  func openTarget() throws -> any TargetSession { SQLiteTargetSession(path: target.server) }

  func openTargetAsSource() throws -> (any SourceSession)? { try SQLiteSourceSession(path: target.server) }

  func write(_ statements: [String]) throws {
    try file.execute((["BEGIN IMMEDIATE"] + statements + ["COMMIT"]).joined(separator: ";\n"))
  }

  func declared(_ column: SourceTable.Column, _ setting: Setting) -> String {
    switch column.kind {
    case .integer: "INTEGER"
    case .text(let length):
      "VARCHAR(\(length))" + (setting.key == .anyCase && column.name == "s" ? " COLLATE NOCASE" : "")
    }
  }

  func widen(_ column: SourceTable.Column, of table: SourceTable, _ setting: Setting) -> [String] {
    let columns = table.columns.map { $0.name == column.name ? column : $0 }
    let names = columns.map(\.name).joined(separator: ", ")
    return [
      "ALTER TABLE \(self.table) RENAME TO old", createTable(self.table, columns, setting),
      "INSERT INTO \(self.table) (\(names)) SELECT \(names) FROM old", "DROP TABLE old",
    ]
  }

  func targetRows(_ columns: [String]) throws -> [Row]? { try SQLiteRows.read(target.server, table, columns) }

  func dropTarget() throws { try SQLiteFile(target.server).execute("DROP TABLE \(table)") }
}

/// The rows of a SQLite target, whatever their source is.
enum SQLiteRows {
  static func read(_ path: String, _ table: String, _ columns: [String]) throws -> [Row]? {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    let file = try SQLiteFile(path)
    let there = Set(try file.texts("SELECT lower(name) FROM pragma_table_info('\(table)')"))
    guard !there.isEmpty else { return nil }
    let names = columns.filter(there.contains)
    return try file.rows("SELECT \(names.joined(separator: ", ")) FROM \(table)").map { values in
      var row: Row = [:]
      for (name, value) in zip(names, values) {
        switch value {
        case .null: continue
        case .integer(let number): row[name] = .integer(number)
        case .text(let bytes): row[name] = .text(String(decoding: bytes, as: UTF8.self))
        case .real(let bits): row[name] = .real(Double(bitPattern: bits))
        case .blob(let bytes): row[name] = .bytes(bytes)
        }
      }
      return row
    }
  }
}
