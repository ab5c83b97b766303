import Catalogs
import Extraction
import Foundation
import HTTP
import Loading
import Plans
import Snowflake
import Support

/// A SQLite file, and a table of the bench that stands in for Snowflake.
final class SnowflakeBed: Bed, @unchecked Sendable {
  private let files: SQLiteBed
  private let settings: ConnectionSettings
  private let database: String

  /// - Parameter database: a database of the bench, whose user has its name with a `U` in front.
  init(folder: String, bench: SnowflakeBench, database: String) throws {
    files = try SQLiteBed(folder: folder, isLogged: false)
    self.database = database
    settings = Self.settings(bench, database)
  }

  /// Makes a database and a user for some schedules.
  static func database(_ bench: SnowflakeBench) async throws -> String {
    let database = "S" + String(UUID().uuidString.replacing("-", with: "").prefix(12))
    _ = try await bench.rows("CREATE DATABASE \(database)")
    _ = try await bench.rows("CREATE SCHEMA IF NOT EXISTS \(database).PUBLIC")
    try await bench.addUser(["name": .text("U" + database), "password": "secret"])
    return database
  }

  private static func settings(_ bench: SnowflakeBench, _ database: String) -> ConnectionSettings {
    var settings = ConnectionSettings(
      account: AccountName(bench.facts.account), baseURL: "http://127.0.0.1:\(bench.facts.http)", user: "U" + database,
      credential: .password(SecretText("secret")), http: HTTPSettings(proxy: .none, caFile: bench.facts.authority))
    (settings.database, settings.schema) = (database, "PUBLIC")
    // A bench with much to do needs patience.
    settings.retries = RetryPolicy(shortest: 20, longest: 1000, budget: 20_000)
    settings.loginRetries = settings.retries
    return settings
  }

  let platform = SourcePlatform.sqlite
  let dialect: any TargetDialect = SnowflakeDialect()
  var table: String { files.table }
  var source: Endpoint { files.source }
  var target: Endpoint { Endpoint(connection: "target", platform: "snowflake", server: "bench/\(database)") }

  func openSource() throws -> any SourceSession { try files.openSource() }
  func openTarget() throws -> any TargetSession { SnowflakeTargetSession(SnowflakeClient(settings), account: "bench") }
  func write(_ statements: [String]) throws { try files.write(statements) }

  func declared(_ column: SourceTable.Column, _ setting: Setting) -> String { files.declared(column, setting) }

  func widen(_ column: SourceTable.Column, of table: SourceTable, _ setting: Setting) -> [String] {
    files.widen(column, of: table, setting)
  }

  func targetRows(_ columns: [String]) throws -> [Row]? {
    let session = try SnowflakeSession(settings)
    defer { session.logOut() }
    let there = try session.rows(
      "SELECT LOWER(COLUMN_NAME) FROM \(database).INFORMATION_SCHEMA.COLUMNS WHERE TABLE_NAME = '\(table.uppercased())'"
    )
    let found = Set(there.compactMap { $0.first ?? nil })
    guard !found.isEmpty else { return nil }
    let names = columns.filter(found.contains)
    let list = names.map { "\($0)::VARCHAR" }.joined(separator: ", ")
    return try session.rows("SELECT \(list) FROM \(database).PUBLIC.\(table)").map { values in
      var row: Row = [:]
      for (name, value) in zip(names, values) {
        guard let value else { continue }
        row[name] = Self.isText(name) ? .text(value) : Int64(value).map { .integer($0) } ?? .text(value)
      }
      return row
    }
  }

  /// Under this target schedules have no times, and no text that looks like a number.
  private static func isText(_ name: String) -> Bool { ["s", "note"].contains(name) }

  func dropTarget() throws {
    let session = try SnowflakeSession(settings)
    defer { session.logOut() }
    _ = try session.rows("DROP TABLE \(database).PUBLIC.\(table)")
  }
}
