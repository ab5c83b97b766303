import Catalogs
import Extraction
import Foundation
import Plans
import Postgres
import Support
import Testing

/// Logins and values that are refused, over libpq and through the driver, with words that help.
@Suite struct PostgreSQLRefusalTests {
  private func sessions(_ settings: PostgresSettings) -> [(String, () throws -> PostgreSQLSourceSession)] {
    [
      ("libpq", { try PostgreSQLSourceSession(settings) }),
      ("driver", { try PostgreSQLSourceSession(settings, driver: PostgreSQLSample.driver) }),
    ]
  }

  private func expectRefusal(_ words: String, _ change: (inout PostgresSettings) -> Void) throws {
    var settings = try PostgreSQLSample().settings
    change(&settings)
    for (road, session) in sessions(settings) {
      let error = try extractionError { _ = try session() }
      #expect(error.code == .cannotOpen && !error.isTransient, "\(road): \(error)")
      #expect(error.message.contains(words) && error.place.contains("127.0.0.1:"), "\(road): \(error)")
      #expect(!"\(error)".contains("hidden-word"), "\(road)")
    }
  }

  @Test func aWrongPasswordIsToldAsSuch() throws {
    try expectRefusal("check username and password") { ($0.user, $0.password) = ("needs_password", "hidden-word") }
  }

  @Test func aWrongDatabaseIsToldAsSuch() throws {
    try expectRefusal("check database") { $0.database = "nowhere" }
  }

  @Test func aWrongUserIsToldAsSuch() throws {
    try expectRefusal("check username") { $0.user = "nobody_here" }
  }

  @Test func encryptionThatTheServerDemandsIsNamed() throws {
    try expectRefusal("sslmode = \"require\"") { ($0.user, $0.sslMode) = ("needs_tls", "disable") }
  }

  @Test func aHostThatIsNotThereIsNamed() throws {
    var settings = try PostgreSQLSample().settings
    settings.host = "no-such-host.invalid"
    for (road, session) in sessions(settings) {
      let error = try extractionError { _ = try session() }
      #expect(error.code == .cannotOpen && error.message.contains("check host and port"), "\(road): \(error)")
      #expect(error.place.hasPrefix("no-such-host.invalid:"), "\(road): \(error)")
    }
  }

  /// The database has a character that Unicode has none for: the server refuses to convert it, and says nothing of which.
  @Test func aCharacterThatUnicodeLacksIsToldAsSuch() throws {
    let sample = try PostgreSQLSample(
      "CREATE TABLE t (id int PRIMARY KEY, a text); INSERT INTO t VALUES (1, chr(228)), (2, chr(129))",
      database: "TEMPLATE template0 ENCODING WIN1252 LOCALE 'C'")
    let table = try sample.table("t")
    for (road, session) in sessions(sample.settings) {
      let error = try extractionError {
        _ = try session().extract(sample.request(table, digestColumns: nil)) { _ in }
      }
      #expect(error.code == .valueDoesNotFit && !error.isTransient, "\(road): \(error)")
      #expect(error.message.contains("22P05") && error.place.contains("t"), "\(road): \(error)")
      let measured = try extractionError {
        _ = try session().measure(
          MeasureRequest(
            table: table, filter: nil, key: nil, parts: [Part(id: 1, range: .whole)], digestColumns: ["id", "a"]))
      }
      #expect(measured.code == .valueDoesNotFit && measured.message.contains("22P05"), "\(road): \(measured)")
      let rest = try session().extract(sample.request(table, filter: "id < 2", prefix: road)) { _ in }
      #expect(try sample.read(rest) == [["1", "'ä'"]], "\(road)")
    }
  }

  /// Bytes of a database that promises no encoding: never another text than what is there.
  @Test func bytesThatAreNoTextAreRefused() throws {
    let sample = try PostgreSQLSample(
      #"CREATE TABLE t (id int PRIMARY KEY, a text); INSERT INTO t VALUES (1, 'a'), (2, E'a\xff')"#,
      database: "TEMPLATE template0 ENCODING SQL_ASCII LOCALE 'C'")
    let table = try sample.table("t")
    for (road, session) in sessions(sample.settings) {
      let error = try extractionError { _ = try session().extract(sample.request(table)) { _ in } }
      #expect(error.code == .valueDoesNotFit && !error.isTransient, "\(road): \(error)")
    }
  }

  @Test func aValueThatDoesNotFitIsToldWithItsKey() throws {
    let sample = try PostgreSQLSample(
      "CREATE TABLE t (id int PRIMARY KEY, n bigint); INSERT INTO t SELECT i, CASE i WHEN 77 THEN NULL ELSE i END "
        + "FROM generate_series(1, 100) AS i")
    let table = try sample.table("t")
    var columns = PostgreSQLSample.columns(table)
    columns[1].isNullable = false
    for (road, session) in sessions(sample.settings) {
      let error = try extractionError {
        _ = try session().extract(sample.request(table, columns: columns)) { _ in }
      }
      #expect(error.code == .valueDoesNotFit && error.place == "table public.t, column n", "\(road): \(error)")
      #expect(error.message.contains("key id = 77"), "\(road): \(error)")
    }
  }
}
