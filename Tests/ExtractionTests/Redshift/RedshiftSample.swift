import AWS
import Catalogs
import Extraction
import Foundation
import Plans
import Postgres
import Support
import Testing

/// A stand-in of one test's own, and a directory for what is staged.
final class RedshiftSample: Sample {
  let directory: String
  let standIn: RedshiftStandIn
  private let bench: SnowflakeBench?

  /// - Parameter bench: whose S3 takes what is unloaded.
  init(_ sql: String = "", _ bench: SnowflakeBench? = nil) throws {
    directory = NSTemporaryDirectory() + "extraction-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    self.bench = bench
    standIn = try RedshiftStandIn(bench)
    try run(sql)
  }

  deinit {
    try? FileManager.default.removeItem(atPath: directory)
  }

  @discardableResult
  func run(_ sql: String) throws -> String { try standIn.database.run(sql) }

  /// - Parameter smallTable: rows up to which boundaries are counted out.
  func session(smallTable: Int = 200_000, user: String = "scmplan") throws -> RedshiftSourceSession {
    try RedshiftSourceSession(settings(user: user), unload: unload, smallTable: smallTable)
  }

  /// The same through psqlODBC.
  func driverSession(user: String = "scmplan") throws -> RedshiftSourceSession {
    try RedshiftSourceSession(settings(user: user), driver: PostgreSQLSample.driver, unload: unload)
  }

  func settings(user: String = "scmplan") -> PostgresSettings {
    PostgresSettings(
      host: standIn.host, port: standIn.port, database: standIn.database.name, user: user, sslMode: "disable")
  }

  /// Where manifests are read from, instead of the bench's S3.
  var objects: String?

  private var unload: RedshiftUnload? {
    guard let facts = bench?.facts else { return nil }
    let surroundings = AWSSurroundings(
      environment: ["AWS_ENDPOINT_URL": objects ?? "http://127.0.0.1:\(facts.moto)"], home: directory, now: { 0 },
      wait: { _ in })
    return RedshiftUnload(
      place: "sfc-stage/\(standIn.database.name)-\(standIn.port)", role: "arn:aws:iam::123456789012:role/unload",
      signIn: AWSSignIn(
        keys: AWSCredentials(keyID: facts.storageKey, secretKey: facts.storageSecret), region: "us-east-1"),
      caller: AWSCaller(surroundings))
  }

  /// The one table of that name as a new session sees it.
  func table(_ name: String) throws -> Table {
    let name = ObjectName(table: name)
    return try #require(try session().tables([name])[name])
  }

  /// The rows of a table, extracted in the types that its values need: over libpq, and just so through a driver.
  func extracted(_ name: String) throws -> StagedRows {
    let session = try session()
    let table = try table(name)
    let measured = try session.measure(
      MeasureRequest(table: table, key: nil, parts: [Part(id: 1, range: .whole)], profiles: true))
    var typed = table
    typed.columns = try #require(measured.columns)
    let part = try session.extract(request(table, columns: Self.columns(typed), prefix: name)) { _ in }
    #expect(part.rows == part.sourceRows)
    let again = try driverSession().extract(request(table, columns: Self.columns(typed), prefix: name + "-odbc")) { _ in
    }
    #expect(again.files.map(\.sha256) == part.files.map(\.sha256))
    #expect(try read(again) == read(part))
    return try read(part)
  }

  /// A request that has the source write the files by itself.
  func unloading(_ table: Table, _ path: String, digestColumns: [String]? = nil) throws -> ExtractRequest {
    var request = try request(table, digestColumns: digestColumns)
    request.external = ExternalRequest(stage: "@DB.PUBLIC.LAKE", path: path)
    return request
  }
}
