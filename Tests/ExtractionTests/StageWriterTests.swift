import Catalogs
import Extraction
import Foundation
import Plans
import Testing

@Suite struct StageWriterTests {
  private struct Stopped: Error {}

  private static func database(rows: Int) throws -> SampleDatabase {
    try SampleDatabase(
      """
      CREATE TABLE t(a INTEGER PRIMARY KEY, b BLOB);
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(rows))
      INSERT INTO t SELECT i, randomblob(200) FROM n;
      """)
  }

  @Test func filesAreRolledAndCounted() throws {
    let database = try Self.database(rows: 20_000)
    let part = try database.session().extract(
      database.request(try database.table("t"), prefix: "a/b/c", memory: 1 << 20, fileBytes: 1 << 20),
      progress: { _ in })
    #expect(part.files.count >= 3)
    #expect(part.files.map(\.path) == (1...part.files.count).map { "a/b/c/\($0).parquet" })
    #expect(part.rows == 20_000)
    for file in part.files {
      let attributes = try FileManager.default.attributesOfItem(atPath: database.stage + "/" + file.path)
      #expect(attributes[.size] as? Int == file.bytes)
    }
  }

  @Test func fullStage() throws {
    let database = try Self.database(rows: 50_000)
    try FileManager.default.createDirectory(
      atPath: database.stage + "/run/part", withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(
      atPath: database.stage + "/run/part/1.parquet", withDestinationPath: "/dev/full")
    let error = try extractionError {
      _ = try database.session().extract(
        database.request(try database.table("t"), memory: 1 << 20), progress: { _ in })
    }
    #expect(error.code == .stageFailed)
    #expect(error.place.hasSuffix("/run/part/1.parquet"))
    #expect(error.message.contains("No space left on device"))
    #expect(error.isTransient)
    #expect(!FileManager.default.fileExists(atPath: database.stage + "/run/part"))
  }

  @Test func fullStageFoundOutAtTheEnd() throws {
    let database = try Self.database(rows: 3)
    try FileManager.default.createDirectory(
      atPath: database.stage + "/run/part", withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(
      atPath: database.stage + "/run/part/1.parquet", withDestinationPath: "/dev/full")
    let error = try extractionError {
      _ = try database.session().extract(database.request(try database.table("t")), progress: { _ in })
    }
    #expect(error.code == .stageFailed)
  }

  @Test func stageThatCannotBeMade() throws {
    let database = try Self.database(rows: 3)
    try Data().write(to: URL(fileURLWithPath: database.stage))
    let error = try extractionError {
      _ = try database.session().extract(database.request(try database.table("t")), progress: { _ in })
    }
    #expect(error.code == .stageFailed)
    #expect(error.message.contains("Not a directory"))
    var request = try database.request(try database.table("t"))
    request.stage = "/proc/nothing"
    let readOnly = try extractionError { _ = try database.session().extract(request, progress: { _ in }) }
    #expect(readOnly.code == .stageFailed)
    #expect(!readOnly.isTransient)
  }

  /// The listener's error ends the extraction, whatever the encoder is doing, and nothing is left of the attempt.
  @Test(arguments: [1, 2])
  func listenerEndsTheExtraction(calls: Int) throws {
    let database = try SampleDatabase(
      """
      CREATE VIEW t AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS a FROM n;
      """)
    let request = try database.request(try database.table("t"), memory: 1 << 20, fileBytes: 100_000)
    var told: [ExtractProgress] = []
    #expect(throws: Stopped.self) {
      _ = try database.session().extract(request) { progress in
        told.append(progress)
        if told.count == calls { throw Stopped() }
      }
    }
    #expect(told.count == calls)
    #expect(told[0].rows > 0)
    #expect(!FileManager.default.fileExists(atPath: database.stage + "/run/part"))
  }

  /// A query that never yields a row is ended from inside SQLite.
  @Test func listenerEndsAQueryWithoutRows() throws {
    let database = try SampleDatabase(
      """
      CREATE VIEW t AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS a FROM n WHERE i < 0;
      """)
    let request = try database.request(try database.table("t"))
    let session = try database.session()
    #expect(throws: Stopped.self) { _ = try session.extract(request) { _ in throw Stopped() } }
    // The connection is as good as before.
    #expect(try session.allTables().count == 1)
  }

  @Test func progressEndsWithEverything() throws {
    let database = try Self.database(rows: 1000)
    var told: [ExtractProgress] = []
    let part = try database.session().extract(database.request(try database.table("t"))) { told.append($0) }
    #expect(told.last?.rows == 1000)
    #expect(told.last?.bytes == part.bytes)
  }

  @Test func anotherAttemptLeavesTheFirstAlone() throws {
    let database = try Self.database(rows: 100)
    let table = try database.table("t")
    let first = try database.session().extract(database.request(table, prefix: "p/1"), progress: { _ in })
    var columns = SampleDatabase.columns(table)
    columns[1].type = .integer
    let error = try extractionError {
      _ = try database.session().extract(database.request(table, columns: columns, prefix: "p/2"), progress: { _ in })
    }
    #expect(error.code == .valueDoesNotFit)
    #expect(try database.read(first).count == 100)
    #expect(try FileManager.default.contentsOfDirectory(atPath: database.stage + "/p") == ["1"])
  }
}
