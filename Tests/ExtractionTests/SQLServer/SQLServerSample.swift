import Catalogs
import Extraction
import Foundation
import Plans
import Support
import Testing

/// A database of one test on the TDS server that the tests share, and a directory for what is staged.
final class SQLServerSample: Sample {
  let directory: String
  let database: TDSDatabase

  init(_ sql: String = "") async throws {
    directory = NSTemporaryDirectory() + "extraction-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    database = try await TDSServer.shared().database()
    if !sql.isEmpty { try await database.script(sql) }
  }

  deinit {
    try? FileManager.default.removeItem(atPath: directory)
  }

  @discardableResult
  func run(_ sql: String) async throws -> [[String?]] { try await database.script(sql) }

  var settings: SQLServerSettings {
    var settings = SQLServerSettings(
      host: "127.0.0.1", port: database.server.facts.port, database: database.name, user: database.name,
      password: database.password)
    settings.driver = "FreeTDS"
    return settings
  }

  /// - Parameters:
  ///   - smallTable: rows up to which boundaries are counted out.
  ///   - version: takes the server for another than it says it is.
  func session(smallTable: Int = 200_000, version: Int? = nil) throws -> SQLServerSourceSession {
    try SQLServerSourceSession(settings, smallTable: smallTable, version: version)
  }

  /// The one table of that name as a session sees it.
  func table(_ name: String, _ session: SQLServerSourceSession? = nil) throws -> Table {
    let name = ObjectName(table: name)
    return try #require(try (session ?? self.session()).tables([name])[name])
  }

  /// The table with the types that its values need.
  func typed(_ table: Table, _ session: SQLServerSourceSession) throws -> Table {
    var typed = table
    typed.columns = try #require(
      try session.measure(
        MeasureRequest(table: table, key: nil, parts: [Part(id: 1, range: .whole)], profiles: true)
      ).columns)
    return typed
  }

  /// The rows of a table, extracted in the types that its values need.
  func extracted(_ name: String) throws -> StagedRows {
    let session = try session()
    let table = try table(name, session)
    let part = try session.extract(
      request(table, columns: Self.columns(typed(table, session)), prefix: name)
    ) { _ in }
    #expect(part.rows == part.sourceRows)
    return try read(part)
  }

  /// `(1), (2), …` for INSERT, from a value for each number.
  static func values(_ range: ClosedRange<Int>, _ value: (Int) -> String) -> String {
    range.map { "(\(value($0)))" }.joined(separator: ", ")
  }
}
