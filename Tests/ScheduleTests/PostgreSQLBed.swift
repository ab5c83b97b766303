import Catalogs
import Extraction
import Loading
import Plans
import Postgres
import Support

/// A table of a PostgreSQL server that all schedules share, and a SQLite file.
final class PostgreSQLBed: Bed, @unchecked Sendable {
  private let folder: String
  let settings: PostgresSettings
  private let connection: PostgresConnection
  let table: String

  init(folder: String, database: PostgresDatabase, table: String) throws {
    self.folder = folder
    self.table = table
    settings = PostgresSettings(
      host: database.server.host, port: database.server.port, database: database.name, user: database.server.user)
    connection = try PostgresConnection(settings)
  }

  deinit { try? connection.execute("DROP TABLE IF EXISTS \(table)") }

  let platform = SourcePlatform.postgresql
  let dialect: any TargetDialect = SQLiteDialect()
  var source: Endpoint {
    Endpoint(
      connection: "source", platform: "postgresql", server: "\(settings.host):\(settings.port)/\(settings.database)")
  }
  var target: Endpoint { Endpoint(connection: "target", platform: "sqlite", server: folder + "/target.db") }

  func openSource() throws -> any SourceSession { try PostgreSQLSourceSession(settings) }
  func openTarget() throws -> any TargetSession { SQLiteTargetSession(path: target.server) }

  func write(_ statements: [String]) throws {
    try connection.execute((["BEGIN"] + statements + ["COMMIT"]).joined(separator: ";\n"))
  }

  func declared(_ column: SourceTable.Column, _ setting: Setting) -> String {
    switch column.kind {
    case .integer: "bigint"
    case .text(let length): "varchar(\(length))" + (column.name == "s" ? " COLLATE \"C\"" : "")
    }
  }

  func widen(_ column: SourceTable.Column, of table: SourceTable, _ setting: Setting) -> [String] {
    ["ALTER TABLE \(self.table) ALTER COLUMN \(column.name) TYPE \(declared(column, setting))"]
  }

  func targetRows(_ columns: [String]) throws -> [Row]? { try SQLiteRows.read(target.server, table, columns) }

  func dropTarget() throws { try SQLiteFile(target.server).execute("DROP TABLE \(table)") }
}
