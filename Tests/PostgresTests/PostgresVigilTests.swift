import Foundation
import Postgres
import Support
import Testing

/// A way to the server that is frozen: everything is taken, nothing comes back. No such connection is waited for without an end.
@Suite(.blocking, .timeLimit(.minutes(10))) struct PostgresVigilTests {
  private let database: PostgresDatabase
  private let proxy: CuttingProxy
  private var settings: PostgresSettings

  init() throws {
    database = try PostgresServer.shared().database()
    proxy = try CuttingProxy(to: database.server.port)
    settings = database.settings
    settings.port = proxy.port
    settings.sslMode = "disable"
    // Nobody is to be given up because the machine is slow.
    settings.connectTimeout = 120
    settings.silence = 1
    settings.grace = 1
  }

  /// The first connection freezes when the client has said this; what becomes of the others.
  private func freeze(behind word: String, _ others: CuttingProxy.Fault? = nil) {
    let fault = CuttingProxy.Fault(.behind(Array(word.utf8), from: .client), .freeze)
    proxy.arm { $0 == 0 ? fault : others }
  }

  private func failure(_ body: () throws -> Void) throws -> PostgresError {
    try #require(throws: PostgresError.self, performing: body)
  }

  @Test func aServerThatWorksIsWaitedFor() throws {
    proxy.arm { _ in nil }
    let connection = try PostgresConnection(settings)
    #expect(try connection.query("SELECT pg_sleep(3.5), 42").integer(0, 1) == 42)
    #expect(!proxy.passed.isEmpty, "it was asked about, over another connection")
  }

  @Test func anAnswerThatIsHeldBackIsGivenUp() throws {
    freeze(behind: "SELECT 42")
    let connection = try PostgresConnection(settings)
    let error = try failure { _ = try connection.query("SELECT 42") }
    #expect(error.code == .lost && error.isTransient && error.message.contains("nothing comes through"), "\(error)")
    #expect(proxy.harmed.count <= 1)
    #expect(try failure { _ = try connection.query("SELECT 43") }.code == .lost, "it is broken from then on")
  }

  @Test func rowsThatStopAreGivenUp() throws {
    proxy.arm { $0 == 0 ? CuttingProxy.Fault(.after(200_000, from: .server), .freeze) : nil }
    let connection = try PostgresConnection(settings)
    let copy = try connection.copyOut("COPY (SELECT generate_series(1, 5000000)) TO STDOUT (FORMAT binary)")
    let error = try failure { while try copy.next({}) != nil {} }
    #expect(error.code == .lost && error.message.contains("nothing comes through"), "\(error)")
  }

  @Test func aSessionThatTheServerEndedIsGivenUp() throws {
    let database = database
    proxy.arm { number in
      guard number == 0 else { return nil }
      return CuttingProxy.Fault(.behind(Array("pg_sleep".utf8), from: .client), .freeze)
    }
    let connection = try PostgresConnection(settings)
    let backend = connection.backend
    let error = try failure {
      _ = try connection.query("SELECT pg_sleep(600)") {
        try database.run("SELECT pg_terminate_backend(\(backend))")
      }
    }
    #expect(error.code == .lost && error.message.contains("no such session"), "\(error)")
  }

  @Test func aServerThatNobodyReachesIsGivenUp() throws {
    var hurried = settings
    hurried.connectTimeout = 1
    freeze(behind: "pg_sleep", CuttingProxy.Fault(.after(0, from: .client), .freeze))
    let connection = try PostgresConnection(hurried)
    let error = try failure { _ = try connection.query("SELECT pg_sleep(600)") }
    #expect(error.code == .lost && error.message.contains("cannot be reached"), "\(error)")
  }

  @Test func patienceEndsWhereNobodyIsAsked() throws {
    freeze(behind: "SELECT 42")
    var patient = settings
    (patient.silence, patient.patience) = (nil, 1)
    let connection = try PostgresConnection(patient)
    let error = try failure { _ = try connection.query("SELECT 42") }
    #expect(error.code == .lost && error.message.contains("said nothing for 1 s"), "\(error)")
  }

  @Test func whoStopsIsNotHeldUp() throws {
    struct Stop: Error {}
    freeze(behind: "pg_sleep", CuttingProxy.Fault(.after(0, from: .client), .freeze))
    var careless = settings
    careless.silence = nil
    let connection = try PostgresConnection(careless)
    #expect(throws: Stop.self) { _ = try connection.query("SELECT pg_sleep(600)") { throw Stop() } }
    #expect(try failure { _ = try connection.query("SELECT 1") }.code == .lost)
  }

  @Test func aSignInThatFreezesEnds() throws {
    proxy.arm { _ in CuttingProxy.Fault(.after(0, from: .server), .freeze) }
    var hurried = settings
    hurried.connectTimeout = 1
    let error = try failure { [hurried] in _ = try PostgresConnection(hurried) }
    #expect(error.code == .timeout && error.isTransient, "\(error)")
  }
}
