import Catalogs
import Foundation
import HTTP
import Loading
import Plans
import Snowflake
import Support
import Testing
import Workflows

/// What `check` finds in an account: each thing in order, and each out of order with what to run.
@Suite struct SnowflakeCheckTests {
  private func table(_ world: SnowflakeWorld, _ name: String = "T") -> TargetCheck.Table {
    TargetCheck.Table(
      ObjectName(database: String(world.database), schema: "PUBLIC", table: name),
      TableConfiguration(source: ObjectReference(tableName: name), target: TargetReference(tableName: name)))
  }

  private func findings(
    _ world: SnowflakeWorld, _ tables: [String] = ["T"], isPatient: Bool = true
  ) -> [CheckFinding] {
    var found: [CheckFinding] = []
    let session = isPatient ? world.patientSession() : world.session()
    session.check(TargetCheck(tables: tables.map { table(world, $0) })) { found.append($0) }
    return found
  }

  /// The findings about a subject, which must all have an outcome.
  private func find(
    _ subject: String, _ outcome: CheckFinding.Outcome, in all: [CheckFinding],
    _ place: SourceLocation = #_sourceLocation
  ) throws -> CheckFinding {
    try #require(
      all.first { $0.subject.hasPrefix(subject) && $0.outcome == outcome }, "\(subject) \(outcome) in \(all)",
      sourceLocation: place)
  }

  @Test func everythingInOrderLeavesNoTrace() async throws {
    let world = try await SnowflakeWorld()
    let before = try world.rows("SHOW OBJECTS IN SCHEMA \(world.database).PUBLIC")
    let found = findings(world)
    #expect(found.allSatisfy { $0.outcome == .ok }, "\(found)")
    let subjects = found.map(\.subject)
    #expect(
      subjects == [
        "Snowflake bench", "clock", "network", "sessions", "hybrid tables", "warehouse COMPUTE_WH",
        "schema \(world.database).PUBLIC", "stage \(world.database).PUBLIC.SCMPLAN_STAGE",
      ])
    #expect(found[0].detail.contains("role ACCOUNTADMIN") && found[0].detail.contains(world.user.uppercased()))
    #expect(try world.rows("SHOW OBJECTS IN SCHEMA \(world.database).PUBLIC") == before)
    #expect(throws: SnowflakeError.self) { try world.rows("LIST @\(world.database).PUBLIC.SCMPLAN_STAGE") }
    // Nothing but the session that was ended for it, and the check's own, was opened.
    #expect(try await world.bench.requests("login", user: world.user).count >= 2)
    // Without a workflow the connection's own schema is looked at.
    #expect(findings(world, []).contains { $0.subject == "schema \(world.database).PUBLIC" && $0.outcome == .ok })
  }

  @Test func theStageOfLoadsIsTriedWhereItIsThere() async throws {
    let world = try await SnowflakeWorld()
    try world.prepare()
    let stage = "@\(world.database).PUBLIC.SCMPLAN_STAGE"
    let found = findings(world)
    #expect(found.allSatisfy { $0.outcome == .ok }, "\(found)")
    #expect(try !find("stage", .ok, in: found).detail.contains("temporary"))
    #expect(try find("tables of", .ok, in: found).detail.contains("there already"))
    #expect(try world.rows("LIST \(stage)").isEmpty)
    let uploads = try await world.bench.requests("query", user: world.user).compactMap(\.sql).filter {
      $0.hasPrefix("PUT ")
    }
    #expect(uploads.last?.contains("SCMPLAN_STAGE/check-") == true, "\(uploads)")
  }

  // MARK: Logging in

  private struct Refusal: Sendable {
    var facts: [String: BenchValue] = [:]
    var change: @Sendable (SnowflakeWorld) -> Void = { _ in }
    var remedy: String
  }

  private static func token(_ text: String) -> SecretSource {
    SecretSource(.text(SecretText(text)), origin: "env:TOKEN")
  }

  private static let refusals: [String: Refusal] = [
    "password": Refusal(
      change: { $0.credential = .password(SecretText("wrong")) }, remedy: "SET MINS_TO_UNLOCK = 0;"),
    "disabled": Refusal(facts: ["disabled": true], remedy: "SET DISABLED = FALSE;"),
    "policy": Refusal(facts: ["network": false], remedy: "SET ALLOWED_IP_LIST = (<those in it>, '127.0.0.1');"),
    "role": Refusal(change: { $0.role = "mover" }, remedy: "GRANT ROLE MOVER TO USER "),
    "warehouse": Refusal(
      change: { $0.warehouse = "none_such" }, remedy: "GRANT USAGE ON WAREHOUSE NONE_SUCH TO ROLE"),
    "access token": Refusal(
      facts: ["expired_tokens": ["old"]], change: { $0.credential = .programmaticToken(token("old")) },
      remedy: "ROTATE PROGRAMMATIC ACCESS TOKEN"),
    "OAuth": Refusal(
      facts: ["expired_tokens": ["old"]], change: { $0.credential = .oauth(token("old")) },
      remedy: "get a new OAuth token"),
    "key": Refusal(
      change: {
        let pem = (try? OpenSSL.rsaKey()) ?? Data()
        $0.credential = .keyPair(key: token(String(decoding: pem, as: UTF8.self)), passphrase: nil)
      }, remedy: "SET RSA_PUBLIC_KEY ="),
    "passphrase": Refusal(
      change: {
        let pem = (try? OpenSSL.rsaKey()) ?? Data()
        let sealed = try? OpenSSL.run(
          ["pkcs8", "-topk8", "-v2", "aes-256-cbc", "-passout", "pass:right"], input: pem)
        $0.credential = .keyPair(
          key: token(String(decoding: sealed ?? Data(), as: UTF8.self)), passphrase: token("wrong"))
      }, remedy: "openssl pkey -in KEYFILE -noout"),
  ]

  @Test(arguments: refusals.keys.sorted()) func aRefusedLoginIsOneFindingWithWhatToRun(name: String) async throws {
    let refusal = try #require(Self.refusals[name])
    let world = try await SnowflakeWorld()
    try await world.become(refusal.facts)
    refusal.change(world)
    let found = findings(world)
    #expect(found.map(\.outcome) == [.failed], "\(found)")
    #expect(found.first?.remedy?.contains(refusal.remedy) == true, "\(found)")
    #expect("\(found)".contains("wrong\"") == false)
  }

  /// The server's clock is an hour ahead: what we sign is out of its time before it arrives.
  @Test func aClockThatIsOffByAnHourRefusesKeyPairs() async throws {
    let world = try await SnowflakeWorld()
    let pem = try OpenSSL.rsaKey()
    let key = String(decoding: try OpenSSL.run(["pkey", "-pubout"], input: pem), as: UTF8.self)
    world.credential = .keyPair(key: Self.token(String(decoding: pem, as: UTF8.self)), passphrase: nil)
    try await world.become(["public_keys": [.text(key)]])
    #expect(findings(world).first?.outcome == .ok)
    try await world.become(["public_keys": [.text(key)], "clock": 3600])
    let found = findings(world)
    #expect(found.map(\.outcome) == [.failed], "\(found)")
    #expect(found.first?.remedy?.contains("timedatectl set-ntp true") == true, "\(found)")
  }

  @Test func aUserWithoutARoleMayDoNothing() async throws {
    let world = try await SnowflakeWorld()
    try await world.become(["roles": [""]])
    let found = findings(world)
    #expect(found.map(\.outcome) == [.failed] && found[0].remedy?.contains("SET DEFAULT_ROLE") == true, "\(found)")
  }

  @Test func aCertificateThatNobodyKnowsAndASettingThatIsMissing() async throws {
    let world = try await SnowflakeWorld()
    func finding(_ settings: ConnectionSettings) throws -> CheckFinding {
      var found: [CheckFinding] = []
      SnowflakeTargetSession(SnowflakeClient(settings), account: "bench").check(TargetCheck(tables: [])) {
        found.append($0)
      }
      return try #require(found.count == 1 ? found.first : nil, "\(found)")
    }
    var settings = world.settings
    settings.baseURL = "https://127.0.0.1:\(world.bench.facts.https)"
    settings.http = HTTPSettings(proxy: .none)
    #expect(try finding(settings).remedy?.contains("ca_file") == true)
    settings = world.settings
    settings.user = nil
    settings.credential = .keyPair(key: Self.token("none"), passphrase: nil)
    #expect(try finding(settings).remedy == "correct the connection in connections.toml")
  }

  @Test func anAccountThatDoesNotAnswerIsGivenUpSoon() async throws {
    let world = try await SnowflakeWorld()
    var settings = world.settings.hurried
    settings.baseURL = "http://127.0.0.1:9"
    settings.loginRetries = RetryPolicy(shortest: 1, longest: 1, budget: 1, minimumAttempts: 1)
    var found: [CheckFinding] = []
    SnowflakeTargetSession(SnowflakeClient(settings), account: "bench").check(TargetCheck(tables: [])) {
      found.append($0)
    }
    #expect(found.map(\.outcome) == [.failed])
    #expect(found.first?.remedy?.contains("curl -v http://127.0.0.1:9") == true, "\(found)")
    #expect(world.settings.hurried.loginRetries.budget < 10_000 && world.settings.hurried.retries.budget < 10_000)
  }

  // MARK: The account

  @Test func aWarehouseThatRunsNothing() async throws {
    let world = try await SnowflakeWorld()
    try await world.become(["suspended": true])
    #expect(
      try find("warehouse COMPUTE_WH", .failed, in: findings(world)).remedy
        == "ALTER WAREHOUSE COMPUTE_WH SET AUTO_RESUME = TRUE;")
    try await world.become(["suspended": true, "warehouses": ["OTHER"]])
    #expect(
      try find("warehouse COMPUTE_WH", .failed, in: findings(world)).remedy
        == #"GRANT USAGE ON WAREHOUSE "COMPUTE_WH" TO ROLE "ACCOUNTADMIN";"#)
    try await world.become(["warehouse": ""])
    #expect(try find("warehouse", .failed, in: findings(world)).remedy?.contains("SET DEFAULT_WAREHOUSE") == true)
    try await world.become([:])
    let fault = try await world.bench.setFault([
      "act": "error", "kind": "query", "text": "GENERATOR", "user": .text(world.user), "code": "090073",
      "message": "Warehouse COMPUTE_WH cannot be resumed because resource monitor M has exceeded its quota.",
    ])
    #expect(try find("warehouse", .failed, in: findings(world)).remedy?.contains("SHOW RESOURCE MONITORS") == true)
    try await world.bench.waitForFault(fault)
  }

  @Test(arguments: [(120.0, CheckFinding.Outcome.warning), (-4000, .failed)])
  func aClockThatIsOff(seconds: Double, outcome: CheckFinding.Outcome) async throws {
    let world = try await SnowflakeWorld()
    try await world.become(["clock": .number(seconds)])
    let finding = try find("clock", outcome, in: findings(world))
    #expect(finding.detail.contains(seconds > 0 ? "behind" : "ahead of"), "\(finding)")
    #expect(finding.remedy?.contains("timedatectl") == true)
  }

  @Test func theNetworkPolicyIsToldWhereItCanBeRead() async throws {
    let world = try await SnowflakeWorld()
    #expect(try find("network", .ok, in: findings(world)).detail.contains("no network policy applies"))
    try await world.become(["network_policy": ["USER", "OFFICE"], "address": "198.51.100.4"])
    let detail = try find("network", .ok, in: findings(world)).detail
    #expect(detail.contains("198.51.100.4") && detail.contains("network policy OFFICE of the user"))
    let fault = try await world.bench.setFault([
      "act": "error", "kind": "query", "text": "SHOW PARAMETERS", "user": .text(world.user), "code": "003001",
      "message": "Insufficient privileges", "times": 2,
    ])
    #expect(try find("network", .warning, in: findings(world)).remedy?.contains("as an administrator") == true)
    try await world.bench.waitForFault(fault)
  }

  @Test(arguments: [
    ("GCP_US_CENTRAL1", "has none"), ("AWS_US_GOV_WEST_1", "has none"), ("MOON_1", "could not tell"),
  ]) func aRegionWithoutHybridTables(region: String, words: String) async throws {
    let world = try await SnowflakeWorld()
    try await world.become(["region": .text(region)])
    let finding = try find("hybrid tables", .warning, in: findings(world))
    #expect(finding.detail.contains(words) && finding.remedy != nil)
  }

  @Test func aSessionThatCannotBeEndedIsAWarning() async throws {
    let world = try await SnowflakeWorld()
    let fault = try await world.bench.setFault([
      "act": "error", "kind": "query", "text": "ABORT_SESSION", "user": .text(world.user), "code": "003001",
      "message": "Insufficient privileges",
    ])
    let finding = try find("sessions", .warning, in: findings(world))
    #expect(finding.detail.contains("Insufficient") && finding.remedy?.contains("SYSTEM$ABORT_TRANSACTION") == true)
    try await world.bench.waitForFault(fault)
  }

  // MARK: The stage

  @Test func aStorageThatIsNotReachedIsNamed() async throws {
    let world = try await SnowflakeWorld()
    try await world.become(["storage_port": 9])
    let finding = try find("stage", .failed, in: findings(world, isPatient: false))
    #expect(finding.remedy?.contains("open 127.0.0.1:9 in the firewall") == true, "\(finding)")
    #expect(finding.remedy?.contains("SYSTEM$ALLOWLIST") == true)
  }

  @Test func aStageThatMayNotBeMadeOrWritten() async throws {
    let world = try await SnowflakeWorld()
    let refused: [String: BenchValue] = [
      "act": "error", "kind": "query", "user": .text(world.user), "code": "003001",
      "message": "Insufficient privileges",
    ]
    var fault = try await world.bench.setFault(refused.merging(["text": "CREATE TEMPORARY STAGE"]) { $1 })
    #expect(
      try find("stage", .failed, in: findings(world)).remedy
        == "GRANT USAGE, CREATE TABLE, CREATE STAGE ON SCHEMA \"\(world.database)\".\"PUBLIC\" TO ROLE \"ACCOUNTADMIN\";"
    )
    try await world.bench.waitForFault(fault)
    try world.prepare()
    fault = try await world.bench.setFault(refused.merging(["text": "^PUT"]) { $1 })
    #expect(
      try find("stage", .failed, in: findings(world)).remedy
        == "GRANT READ ON STAGE \(world.database).PUBLIC.SCMPLAN_STAGE TO ROLE ACCOUNTADMIN;\n"
        + "GRANT WRITE ON STAGE \(world.database).PUBLIC.SCMPLAN_STAGE TO ROLE ACCOUNTADMIN;")
    try await world.bench.waitForFault(fault)
  }

  /// The account itself, but that what it gives back was changed on the way.
  private final class Tampering: SnowflakeConnection {
    private let client: SnowflakeClient
    /// Statements whose rows are lost.
    private let silenced: String

    init(_ settings: ConnectionSettings, silencing: String) {
      client = SnowflakeClient(settings)
      silenced = silencing
    }

    func sessionID() throws -> String { try client.sessionID() }
    func run(_ sql: String, tag: String) throws -> SnowflakeRows {
      var rows = try client.run(sql, tag: tag)
      if !silenced.isEmpty, sql.hasPrefix(silenced) { rows.rows = [] }
      return rows
    }
    func upload(_ files: [(path: String, name: String)], to folder: String, tag: String) throws {
      try client.upload(files, to: folder, tag: tag)
    }
    func download(_ stageFolder: String, into folder: String) throws -> [String] {
      let paths = try client.download(stageFolder, into: folder)
      for path in paths { try Data("another".utf8).write(to: URL(fileURLWithPath: path)) }
      return paths
    }
    var login: SnowflakeLogin { client.login }
    func stream(_ sql: String, tag: String, _ body: ([String], [[String?]]) throws -> Void) throws {
      try client.stream(sql, tag: tag, body)
    }
    func another() -> any SnowflakeConnection { client.another() }
    func leave() { client.leave() }
  }

  @Test(arguments: [("", "does not come back"), ("LIST", "is not listed")])
  func aFileThatIsLostOrChangedFails(silenced: String, words: String) async throws {
    let world = try await SnowflakeWorld()
    try world.prepare()
    let session = SnowflakeTargetSession(Tampering(world.settings, silencing: silenced), account: "bench")
    var found: [CheckFinding] = []
    session.check(TargetCheck(tables: [table(world)])) { found.append($0) }
    let finding = try find("stage", .failed, in: found)
    #expect(finding.detail.contains(words) && finding.remedy?.contains("DROP STAGE") == true, "\(finding)")
    #expect(try world.rows("LIST @\(world.database).PUBLIC.SCMPLAN_STAGE").isEmpty)
  }
}
