import Catalogs
import Extraction
import Foundation
import Plans
import Postgres
import Support
import Testing

/// A database of one test on the server that the tests share, and a directory for what is staged.
final class PostgreSQLSample: Sample {
  let directory: String
  let database: PostgresDatabase

  init(_ sql: String = "", database options: String = "") throws {
    directory = NSTemporaryDirectory() + "extraction-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    database = try PostgresServer.shared().database(options)
    try run(sql)
  }

  deinit {
    try? FileManager.default.removeItem(atPath: directory)
  }

  @discardableResult
  func run(_ sql: String) throws -> String { try database.run(sql) }

  var settings: PostgresSettings {
    PostgresSettings(
      host: database.server.host, port: database.server.port, database: database.name, user: database.server.user)
  }

  /// - Parameter smallTable: rows up to which boundaries are counted out.
  func session(smallTable: Int = 200_000, user: String? = nil) throws -> PostgreSQLSourceSession {
    var settings = settings
    settings.user = user ?? settings.user
    return try PostgreSQLSourceSession(settings, smallTable: smallTable)
  }

  /// The same through psqlODBC.
  func driverSession() throws -> PostgreSQLSourceSession {
    try PostgreSQLSourceSession(settings, driver: Self.driver)
  }

  static let driver = "PostgreSQL Unicode"

  /// The one table of that name as a new session sees it.
  func table(_ name: String) throws -> Table {
    let name = ObjectName(table: name)
    return try #require(try session().tables([name])[name])
  }

  /// The rows of a table, extracted in the types that its values need: over libpq, and just so through a driver.
  ///
  /// - Parameter isForDrivers: false where values are beyond what a driver's texts can say.
  func extracted(_ name: String, isForDrivers: Bool = true) throws -> StagedRows {
    let session = try session()
    let table = try table(name)
    let measured = try session.measure(
      MeasureRequest(table: table, key: nil, parts: [Part(id: 1, range: .whole)], profiles: true))
    var typed = table
    typed.columns = try #require(measured.columns)
    let part = try session.extract(request(table, columns: Self.columns(typed), prefix: name)) { _ in }
    #expect(part.rows == part.sourceRows)
    let rows = try read(part)
    guard isForDrivers else { return rows }
    let driven = try driverSession()
    let named = ObjectName(table: name)
    let seen = try #require(try driven.tables([named])[named])
    #expect(seen == table)
    #expect(
      try driven.measure(MeasureRequest(table: seen, key: nil, parts: [Part(id: 1, range: .whole)], profiles: true))
        == measured)
    let again = try driven.extract(request(seen, columns: Self.columns(typed), prefix: name + "-odbc")) { _ in }
    #expect(again.rows == again.sourceRows)
    #expect(try read(again) == rows)
    return rows
  }
}
