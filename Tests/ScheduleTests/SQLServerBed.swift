import Catalogs
import Extraction
import Loading
import ODBC
import Plans
import Support

/// A table of the bench that stands in for SQL Server, and a SQLite file.
final class SQLServerBed: Bed, @unchecked Sendable {
  private let folder: String
  private let settings: SQLServerSettings
  private let connection: ODBCConnection
  let table: String

  init(folder: String, database: TDSDatabase, table: String) throws {
    self.folder = folder
    self.table = table
    var settings = SQLServerSettings(
      host: "127.0.0.1", port: database.server.facts.port, database: database.name, user: database.name,
      password: database.password)
    settings.driver = "FreeTDS"
    self.settings = settings
    connection = try Self.connect(database)
  }

  /// A connection of another program.
  static func connect(_ database: TDSDatabase) throws -> ODBCConnection {
    var string = ODBCConnectionString()
    for (key, value) in [
      ("Driver", "FreeTDS"), ("Server", "127.0.0.1"), ("Port", "\(database.server.facts.port)"),
      ("Database", database.name), ("UID", database.name), ("PWD", database.password), ("TDS_Version", "7.4"),
    ] { string.add(key, value) }
    return try ODBCConnection(string)
  }

  let platform = SourcePlatform.sqlserver
  let dialect: any TargetDialect = SQLiteDialect()
  var source: Endpoint { Endpoint(connection: "source", platform: "sqlserver", server: settings.place) }
  var target: Endpoint { Endpoint(connection: "target", platform: "sqlite", server: folder + "/target.db") }

  func openSource() throws -> any SourceSession { try SQLServerSourceSession(settings) }
  func openTarget() throws -> any TargetSession { SQLiteTargetSession(path: target.server) }

  func write(_ statements: [String]) throws {
    try connection.setAutocommit(false)
    for statement in statements { try connection.execute(statement) }
    try connection.commit()
    try connection.setAutocommit(true)
  }

  func literal(_ text: String) -> String { "N'" + text.replacing("'", with: "''") + "'" }

  func declared(_ column: SourceTable.Column, _ setting: Setting) -> String {
    switch column.kind {
    case .integer: "bigint"
    case .text(let length): "nvarchar(\(length))" + (column.name == "s" ? " COLLATE Latin1_General_BIN2" : "")
    }
  }

  func widen(_ column: SourceTable.Column, of table: SourceTable, _ setting: Setting) -> [String] {
    ["ALTER TABLE \(self.table) ALTER COLUMN \(column.name) \(declared(column, setting))"]
  }

  func targetRows(_ columns: [String]) throws -> [Row]? { try SQLiteRows.read(target.server, table, columns) }

  func dropTarget() throws { try SQLiteFile(target.server).execute("DROP TABLE \(table)") }
}
