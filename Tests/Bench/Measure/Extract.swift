import Catalogs
import Crypto
import Extraction
import Foundation
import Plans
import Postgres

/// A whole table, types as a plan would choose them, into Parquet files.
enum Extract {
  static func run(database: String, table: String, folder: String) throws -> Int {
    try run(SQLiteSourceSession(path: database), table, folder)
  }

  /// - Parameters:
  ///   - host: the directory of a Unix socket, or a name.
  ///   - driver: the ODBC driver to go through; nil for libpq.
  static func run(
    host: String, port: String, database: String, user: String, table: String, folder: String, driver: String?
  ) throws -> Int {
    let settings = PostgresSettings(host: host, port: Int(port) ?? 5432, database: database, user: user)
    let session = try driver.map { try PostgreSQLSourceSession(settings, driver: $0) }
    return try run(session ?? PostgreSQLSourceSession(settings), table, folder)
  }

  /// The password is in the environment, as BENCH_PASSWORD.
  static func run(sqlServer port: String, database: String, user: String, table: String, folder: String) throws -> Int {
    var settings = SQLServerSettings(
      host: "127.0.0.1", port: Int(port), database: database, user: user,
      password: ProcessInfo.processInfo.environment["BENCH_PASSWORD"])
    settings.driver = "FreeTDS"
    settings.encryption = .no
    return try run(SQLServerSourceSession(settings), table, folder)
  }

  private static func run(_ session: any SourceSession, _ table: String, _ folder: String) throws -> Int {
    try stage(session, table, folder).files.reduce(0) { $0 + $1.rows }
  }

  /// The columns of a table and the files that its rows become.
  static func stage(database: String, table: String, folder: String) throws -> (
    columns: [ColumnPlan], files: [StagedFile]
  ) {
    try stage(SQLiteSourceSession(path: database), table, folder)
  }

  private static func stage(
    _ session: any SourceSession, _ table: String, _ folder: String
  ) throws -> (columns: [ColumnPlan], files: [StagedFile]) {
    let name = ObjectName(table: table)
    guard let described = try session.tables([name])[name] else { return ([], []) }
    let columns = described.columns.map { column in
      ColumnPlan(
        source: column.name, target: column.name, sourceType: column.declaredType, type: column.type, targetType: "",
        isNullable: column.isNullable)
    }
    let staged = try session.extract(
      ExtractRequest(
        table: name, columns: columns, filter: nil, key: nil, range: .whole, window: nil,
        fingerprint: Hashing.fingerprint(described.shape), stage: folder, prefix: table)
    ) { _ in }
    return (columns, staged.files)
  }
}
