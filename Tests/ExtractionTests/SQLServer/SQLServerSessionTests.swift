import Catalogs
import Extraction
import Foundation
import ODBC
import Plans
import Support
import Synchronization
import Testing

/// Connections, and what is said when there is none.
@Suite(.blocking, .serialized) struct SQLServerSessionTests {
  /// The error of opening, which holds no secret.
  private func refusal(_ settings: SQLServerSettings) throws -> ExtractionError {
    do {
      _ = try SQLServerSourceSession(settings)
    } catch let error as ExtractionError {
      #expect(!error.description.contains("hidden-word") && error.place == settings.place)
      return error
    }
    throw Program.Failure(description: "the session opened")
  }

  @Test func connectsByKeysAndByAString() async throws {
    let sample = try await SQLServerSample("CREATE TABLE t (i int)")
    var settings = sample.settings
    settings.applicationIntent = "ReadOnly"
    settings.port = sample.database.server.facts.securePort
    settings.encryption = .yes
    _ = try SQLServerSourceSession(settings)
    let login = try #require(try await sample.database.requests("login").last)
    #expect(login.application == "scmplan" && login.readOnly == true && login.encrypted == true)

    let facts = sample.database.server.facts
    var raw = SQLServerSettings(host: "named.elsewhere", database: sample.database.name)
    raw.raw =
      "DRIVER={FreeTDS};Server=127.0.0.1;Port=\(facts.plainPort);UID=\(sample.database.name);PWD={\(sample.database.password)}"
    #expect(try SQLServerSourceSession(raw).allTables().count == 1)
  }

  @Test func saysWhyALoginIsRefused() async throws {
    let sample = try await SQLServerSample()
    var settings = sample.settings
    settings.password = "hidden-word"
    let login = try refusal(settings)
    #expect(login.code == .cannotOpen && !login.isTransient && login.message.contains("check username and password"))
    settings = sample.settings
    settings.database = "nowhere"
    let database = try refusal(settings)
    #expect(database.code == .cannotOpen && !database.isTransient && database.message.contains("check database"))
    settings = sample.settings
    settings.port = 1
    let host = try refusal(settings)
    #expect(host.code == .cannotOpen && host.isTransient && host.message.contains("check host and port"))
    for number in [40_613, 983] {
      _ = try await sample.database.setFault(["act": "error", "kind": "login", "number": .number(Double(number))])
      let failover = try refusal(sample.settings)
      #expect(failover.isTransient && failover.message.contains("not available now"), "\(failover)")
    }
    // A server that takes the connection and says nothing.
    _ = try await sample.database.setFault(["act": "silent", "kind": "login"])
    settings = sample.settings
    settings.connectTimeout = 2
    #expect(try refusal(settings).isTransient)
    _ = try sample.session()
  }

  @Test func saysWhichDriverIsMissing() throws {
    var settings = SQLServerSettings(host: "localhost", database: "db", user: "me", password: "hidden-word")
    settings.driver = "Nobody's Driver"
    let missing = try refusal(settings)
    #expect(missing.code == .cannotOpen && !missing.isTransient)
    #expect(missing.message.contains("Nobody's Driver is not installed") && missing.message.contains("tdsodbc"))
    settings.driver = "/nowhere/libmsodbcsql-18.so"
    #expect(try refusal(settings).message.contains("is not installed"))
    settings.driver = "FreeTDS"
    settings.trustsServerCertificate = false
    #expect(try refusal(settings).message.contains("without asking whose certificate it is"))
  }

  @Test func refusesOldServers() async throws {
    let sample = try await SQLServerSample()
    #expect { try sample.session(version: 12) } throws: {
      ($0 as? ExtractionError)?.message.contains("SQL Server 2016") == true
    }
  }

  @Test func namesServersWithoutSecrets() {
    #expect(SQLServerSettings(host: "DB.internal", database: "Sales").place == "db.internal:1433/Sales")
    #expect(SQLServerSettings(host: "db", port: 14_330, database: "Sales").place == "db:14330/Sales")
    #expect(SQLServerSettings(host: "db\\INST", database: "Sales").place == "db\\inst/Sales")
  }

  /// The transient are tried again, the others not; no text of a row is told.
  @Test(arguments: [
    (1205, ExtractionError.Code.busy, true), (1222, .busy, true), (596, .connectionLost, true), (3958, .busy, true),
    (1105, .queryFailed, true), (701, .queryFailed, true), (229, .notAllowed, false), (208, .tableMissing, false),
    (207, .shapeChanged, false), (245, .queryFailed, false), (8623, .queryFailed, false),
  ])
  func tellsErrorsApart(number: Int, code: ExtractionError.Code, isTransient: Bool) async throws {
    let sample = try await SQLServerSample("CREATE TABLE t (i int); INSERT INTO t VALUES (1), (2)")
    let session = try sample.session()
    let table = try sample.table("t", session)
    let fault = try await sample.database.setFault(
      ["act": "error", "text": "^SELECT \\[i\\]", "number": .number(Double(number)), "rows": 1])
    #expect {
      try session.extract(sample.request(table)) { _ in }
    } throws: { error in
      let error = error as? ExtractionError
      return error?.code == code && error?.isTransient == isTransient && error?.place == "table dbo.t"
        && error?.message.contains("\(number)") == true
    }
    #expect(try await sample.database.server.fired(fault) == 1)
    #expect(!FileManager.default.fileExists(atPath: sample.stage + "/run/part"))
  }

  @Test func neverTellsValues() async throws {
    let sample = try await SQLServerSample("CREATE TABLE t (v nvarchar(20)); INSERT INTO t VALUES (N'secret-value')")
    let session = try sample.session()
    let table = try sample.table("t", session)
    #expect {
      try session.measure(
        MeasureRequest(table: table, filter: "CAST(v AS int) = 1", key: nil, parts: [Part(id: 1, range: .whole)]))
    } throws: { error in
      let text = "\(error)"
      return text.contains("cannot compute with a value") && !text.contains("secret-value")
    }
  }

  @Test func refusesTextThatIsNone() async throws {
    let sample = try await SQLServerSample(
      "CREATE TABLE t (i int, v nvarchar(20), w nvarchar(max)); INSERT INTO t VALUES (1, N'ab', N'cd'), (2, N'ef', N'gh')"
    )
    let session = try sample.session()
    let table = try sample.table("t", session)
    for rows in [0, 1] {
      _ = try await sample.database.setFault([
        "act": "garble", "text": "^SELECT \\[i\\]", "rows": .number(Double(rows)),
      ])
      #expect {
        try session.extract(sample.request(table)) { _ in }
      } throws: { ($0 as? ExtractionError)?.code == .valueDoesNotFit }
    }
    #expect(try sample.extracted("t").count == 2)
  }

  @Test func endsAQueryThatNobodyWantsAnyMore() async throws {
    struct Enough: Error {}
    let sample = try await SQLServerSample("CREATE TABLE t (i int); INSERT INTO t VALUES (1), (2)")
    let session = try sample.session()
    let table = try sample.table("t", session)
    let fault = try await sample.database.setFault(["act": "hold", "text": "^SELECT \\[i\\]"])
    let isHeld = Mutex(false)
    // Unstructured: it hears of the fault while the extraction waits for the server.
    let server = sample.database.server
    let waiting = Task {
      try await server.waitForFault(fault)
      isHeld.withLock { $0 = true }
    }
    #expect(throws: Enough.self) {
      try session.extract(sample.request(table)) { _ in if isHeld.withLock({ $0 }) { throw Enough() } }
    }
    try await waiting.value
    // The session can be used again.
    #expect(try session.extract(sample.request(table)) { _ in }.rows == 2)
  }

  /// A policy that shows a row more once something else has changed, as one by the session's user or the time of day does.
  @Test func explainsRowsThatASecurityPolicyHides() async throws {
    let sample = try await SQLServerSample(
      "CREATE TABLE t (i int); INSERT INTO t VALUES (1), (2); CREATE TABLE clock (i int, version rowversion)")
    try await sample.database.set(["snapshot_isolation_state": 1])
    try await sample.database.set(["table": "dbo.t", "row_filter": true])
    let session = try sample.session()
    let table = try sample.table("t", session)
    let now = try #require(try await sample.run("SELECT CAST(@@DBTS AS bigint)").first?.first ?? nil)
    let fault = try await sample.database.setFault(["act": "hold", "text": "^SELECT \\[i\\]"])
    // Unstructured: the rows are asked for, and held, once they are counted.
    let database = sample.database
    let change = Task {
      try await database.server.waitForFault(fault)
      try await database.script("INSERT INTO clock (i) VALUES (1)")
      try await database.server.release(fault)
    }
    let request = try sample.request(table, filter: "i = 1 OR CAST(@@DBTS AS bigint) > \(now)")
    #expect {
      try session.extract(request) { _ in }
    } throws: {
      guard let error = $0 as? ExtractionError else { return false }
      return error.code == .countMismatch && error.isTransient && error.message.contains("2 rows were read")
        && error.message.contains("its security policy shows other rows")
    }
    try await change.value
    #expect(try session.extract(request) { _ in }.rows == 2)
  }

  @Test func noticesWhatChangedSinceThePlan() async throws {
    let sample = try await SQLServerSample("CREATE TABLE t (i int); CREATE TABLE u (i int)")
    let session = try sample.session()
    let (t, u) = (try sample.table("t", session), try sample.table("u", session))
    try await sample.run("DROP TABLE t; ALTER TABLE u ADD more int NULL")
    for (table, code) in [(t, ExtractionError.Code.tableMissing), (u, .shapeChanged)] {
      #expect {
        try session.extract(sample.request(table)) { _ in }
      } throws: { ($0 as? ExtractionError)?.code == code && ($0 as? ExtractionError)?.isTransient == false }
    }
  }

  @Test(arguments: [
    ("libtdsodbc.so", "01.01.0006", true), ("libtdsodbc.so", "01.03.0017", false),
    ("libmsodbcsql-17.10.so.6.1", "17.10.0006", false),
    ("msodbcsql13.so", "13.01.0000", true), ("other.so", "03.00", false),
  ])
  func refusesOldDrivers(file: String, version: String, isOld: Bool) {
    #expect((SQLServerSettings.obstacle(driverFile: file, version: version) != nil) == isOld)
  }

  @Test func choosesTheBestDriver() throws {
    var settings = SQLServerSettings(host: "db", database: "Sales")
    let names = ["PostgreSQL Unicode", "FreeTDS", "ODBC Driver 17 for SQL Server", "ODBC Driver 18 for SQL Server"]
    #expect(try settings.driver(among: names) == "ODBC Driver 18 for SQL Server")
    #expect(try settings.driver(among: Array(names.prefix(2))) == "FreeTDS")
    settings.driver = "mine"
    #expect(try settings.driver(among: names) == "mine")
    settings.driver = nil
    #expect { try settings.driver(among: ["PostgreSQL Unicode"]) } throws: {
      "\($0)".contains("tdsodbc") && "\($0)".contains("msodbcsql18")
    }
  }
}
