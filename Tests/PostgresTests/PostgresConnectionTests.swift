import Foundation
import Postgres
import Support
import Testing

extension PostgresDatabase {
  var settings: PostgresSettings {
    PostgresSettings(host: server.host, port: server.port, database: name, user: server.user)
  }
}

/// What a login and a statement bring, and how each fails.
@Suite(.blocking) struct PostgresConnectionTests {
  private func failure(_ change: (inout PostgresSettings) -> Void) throws -> PostgresError {
    var settings = try PostgresServer.shared().database().settings
    change(&settings)
    return try #require(throws: PostgresError.self) { _ = try PostgresConnection(settings) }
  }

  @Test func bringsTextAndNulls() throws {
    let connection = try PostgresConnection(PostgresServer.shared().database().settings)
    let result = try connection.query("SELECT $1::int + 1, NULL, $2::text, true", ["41", "Größe"])
    #expect(result.rows == 1 && result.columns == 4)
    #expect(result.integer(0, 0) == 42 && result.text(0, 1) == nil && result.text(0, 2) == "Größe" && result.flag(0, 3))
    #expect(connection.serverVersion >= 120_000)
    #expect(connection.parameter("client_encoding") == "UTF8")
    #expect(connection.parameter("application_name") == "scmplan")
  }

  @Test func tellsStatementsApartFromConnections() throws {
    let connection = try PostgresConnection(PostgresServer.shared().database().settings)
    let error = try #require(throws: PostgresError.self) { try connection.execute("SELECT 1/0") }
    #expect(error.code == .server && error.sqlState == "22012" && !error.isTransient)
    let missing = try #require(throws: PostgresError.self) { _ = try connection.query("SELECT * FROM nowhere") }
    #expect(missing.sqlState == "42P01")
    #expect(try connection.query("SELECT 2").integer(0, 0) == 2, "the connection goes on")
  }

  @Test func handsRowsOverOneByOne() throws {
    let connection = try PostgresConnection(PostgresServer.shared().database().settings)
    var sum = 0
    try connection.each("SELECT generate_series(1, 1000)") { sum += $0.integer(0, 0) ?? 0 }
    #expect(sum == 500_500)
    struct Stop: Error {}
    #expect(throws: Stop.self) { try connection.each("SELECT generate_series(1, 100000)") { _ in throw Stop() } }
    #expect(try connection.query("SELECT 3").integer(0, 0) == 3)
  }

  @Test func refusesAWrongPassword() throws {
    let error = try failure {
      $0.user = "needs_password"
      $0.password = "wrong-secret"
    }
    #expect(error.code == .refused && error.sqlState == "28P01" && !error.isTransient)
    #expect(!"\(error)".contains("wrong-secret"))
    let absent = try failure { $0.user = "needs_password" }
    #expect(absent.code == .refused && !absent.isTransient, "\(absent)")
  }

  @Test func takesTheRightPasswordAndHidesIt() throws {
    var settings = try PostgresServer.shared().database().settings
    settings.user = "needs_password"
    settings.password = "right"
    _ = try PostgresConnection(settings)
    #expect(!"\(settings)".contains("right"))
  }

  @Test func refusesAnUnknownDatabaseAndUser() throws {
    #expect(try failure { $0.database = "nowhere" }.sqlState == "3D000")
    #expect(try failure { $0.user = "nobody_here" }.sqlState == "28000")
  }

  @Test func namesAServerThatIsNotThere() throws {
    let closed = try failure { $0.port = 1 }
    #expect(closed.code == .notConnected && closed.isTransient, "\(closed)")
    let unknown = try failure { $0.host = "no-such-host.invalid" }
    #expect(unknown.code == .notConnected && unknown.sqlState == nil, "\(unknown)")
  }

  @Test func encryptsAsAsked() throws {
    let server = try PostgresServer.shared()
    var settings = try server.database().settings
    settings.sslMode = "verify-full"
    settings.sslRootCertificate = server.certificate
    settings.user = "needs_tls"
    #expect(
      try PostgresConnection(settings).query("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()").flag(0, 0))
    settings.sslMode = "disable"
    let plain = try #require(throws: PostgresError.self) { _ = try PostgresConnection(settings) }
    #expect(plain.code == .refused && plain.sqlState == "28000", "\(plain)")
  }

  @Test func refusesACertificateOfAnother() throws {
    let other = try TLSServer().certificate
    let error = try failure {
      $0.sslMode = "verify-ca"
      $0.sslRootCertificate = other
    }
    #expect(error.code == .refused && !error.isTransient, "\(error)")
  }

  @Test func noticesACutConnection() throws {
    let database = try PostgresServer.shared().database()
    let connection = try PostgresConnection(database.settings)
    try database.run("SELECT pg_terminate_backend(\(connection.backend))")
    let error = try #require(throws: PostgresError.self) { _ = try connection.query("SELECT 1") }
    #expect(error.isTransient && (error.sqlState == "57P01" || error.code == .lost), "\(error)")
    let after = try #require(throws: PostgresError.self) { _ = try connection.query("SELECT 1") }
    #expect(after.code == .lost)
  }

  @Test func endsAStatementThatNobodyWaitsFor() throws {
    struct Stop: Error {}
    let connection = try PostgresConnection(PostgresServer.shared().database().settings)
    #expect(throws: Stop.self) { _ = try connection.query("SELECT pg_sleep(600)") { throw Stop() } }
    #expect(try connection.query("SELECT 4").integer(0, 0) == 4, "the connection is free again")
  }

  @Test func sortsErrorsByState() {
    for state in ["08006", "40001", "40P01", "53300", "57P01", "57P03", "57P05", "57014", "55P03"] {
      #expect(PostgresError(.server, sqlState: state, "").isTransient, "\(state)")
    }
    for state in ["22003", "42501", "42P01", "08P01", "28P01", "3D000", "57P04"] {
      #expect(!PostgresError(.server, sqlState: state, "").isTransient, "\(state)")
    }
  }
}
