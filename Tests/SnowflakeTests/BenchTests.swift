import Foundation
import HTTP
import Snowflake
import Support
import Testing

/// The client against the bench: credentials that a server of other make checks, a real SQL engine behind it.
@Suite(.blocking) struct BenchTests {
  /// A user of one test's own.
  private struct Guest {
    let bench: SnowflakeBench
    let name = "G" + UUID().uuidString.replacing("-", with: "")

    init(_ facts: [String: BenchValue] = ["password": "right"]) async throws {
      bench = try await SnowflakeBench.shared()
      try await bench.addUser(facts.merging(["name": .text(name)]) { own, _ in own })
    }

    func settings(
      _ credential: Credential = .password(SecretText("right")), account: String? = nil
    ) -> ConnectionSettings {
      var settings = ConnectionSettings(
        account: AccountName(account ?? bench.facts.account), baseURL: "https://127.0.0.1:\(bench.facts.https)",
        user: name, credential: credential, http: HTTPSettings(proxy: .none, caFile: bench.facts.authority))
      settings.retries = RetryPolicy(shortest: 1, longest: 4, budget: 20_000)
      return settings
    }

    func open(_ credential: Credential = .password(SecretText("right"))) throws -> SnowflakeSession {
      try SnowflakeSession(settings(credential))
    }

    func open(format: String) throws -> SnowflakeSession {
      var settings = settings()
      settings.sessionParameters["C_API_QUERY_RESULT_FORMAT"] = .string(format)
      return try SnowflakeSession(settings)
    }

    func refusal(_ settings: ConnectionSettings) throws -> SnowflakeError {
      try #require(throws: SnowflakeError.self) { try SnowflakeSession(settings) }
    }
  }

  private static func secret(_ text: String) -> SecretSource { SecretSource(.text(SecretText(text)), origin: "env:S") }

  private static func keyPair(_ pem: Data, passphrase: String? = nil) -> Credential {
    .keyPair(key: secret(String(decoding: pem, as: UTF8.self)), passphrase: passphrase.map(secret))
  }

  @Test func everyMethodLogsInAndAWrongOneDoesNot() async throws {
    let pem = try OpenSSL.rsaKey()
    let publicKey = String(decoding: try OpenSSL.run(["pkey", "-pubout"], input: pem), as: UTF8.self)
    let guest = try await Guest([
      "password": "right", "public_keys": [.text(publicKey)], "access_tokens": ["pat"], "oauth_tokens": ["oauth"],
      "expired_tokens": ["old"],
    ])
    let sealed = try OpenSSL.run(["pkcs8", "-topk8", "-v2", "aes-256-cbc", "-passout", "pass:x"], input: pem)
    let traditional = try OpenSSL.run(["rsa", "-traditional"], input: pem)
    for credential in [
      .password(SecretText("right")), Self.keyPair(pem), Self.keyPair(sealed, passphrase: "x"),
      Self.keyPair(traditional), .programmaticToken(Self.secret("pat")), .oauth(Self.secret("oauth")),
    ] {
      let session = try guest.open(credential)
      #expect(try session.rows("SELECT 1 AS x") == [["1"]])
      session.logOut()
    }
    let other = try OpenSSL.rsaKey()
    for (credential, code) in [
      (.password(SecretText("wrong")), "390100"), (.programmaticToken(Self.secret("wrong")), "394400"),
      (.oauth(Self.secret("wrong")), "390303"), (.oauth(Self.secret("old")), "390318"), (Self.keyPair(other), nil),
    ] as [(Credential, String?)] {
      let error = try guest.refusal(guest.settings(credential))
      #expect(error.kind == .authentication)
      if let code { #expect(error.code == code) }
      #expect(!error.description.contains("wrong"))
    }
    let elsewhere = try guest.refusal(guest.settings(account: "OTHER-ACCOUNT"))
    #expect(elsewhere.kind == .authentication)
  }

  @Test func aLateClockIsRefusedAndExplained() async throws {
    let pem = try OpenSSL.rsaKey()
    let publicKey = String(decoding: try OpenSSL.run(["pkey", "-pubout"], input: pem), as: UTF8.self)
    let guest = try await Guest(["public_keys": [.text(publicKey)]])
    var surroundings = Surroundings.real
    surroundings.now = { Int64(Date().timeIntervalSince1970 * 1000) - 3_600_000 }
    let late = surroundings
    let error = try #require(throws: SnowflakeError.self) {
      try SnowflakeSession(guest.settings(Self.keyPair(pem)), surroundings: late)
    }
    #expect(error.kind == .authentication)
    #expect(error.description.contains("behind the server's"), "\(error)")
  }

  @Test(arguments: ["JSON", "ARROW"])
  func valuesOfEveryTypeComeBackExactly(format: String) async throws {
    let guest = try await Guest()
    let session = try guest.open(format: format)
    _ = try session.rows("CREATE DATABASE \(guest.name)")
    _ = try session.rows("USE SCHEMA \(guest.name).PUBLIC")
    let rows = try session.rows(
      """
      SELECT -12345678901234567.89::NUMBER(20,2) AS n, 1.5::FLOAT AS f, 'é''' AS s, TRUE AS b,
        '1969-12-31'::DATE AS d, '1969-12-31 23:59:59.5'::TIMESTAMP_NTZ AS t, NULL::VARCHAR AS z,
        TO_BINARY('00FF', 'HEX') AS x
      """)
    let row = try #require(rows.first)
    #expect(row[0] == "-12345678901234567.89")
    #expect(row[1].flatMap(WireText.double) == 1.5)
    #expect(row[2] == "é'")
    #expect(row[3].flatMap(WireText.bool) == true)
    #expect(row[4].flatMap(WireText.date) == -1)
    #expect(row[5].flatMap(WireText.timestamp) == -500_000_000)
    #expect(row[6] == nil)
    #expect(row[7].flatMap(WireText.binary) == [0, 255])
  }

  @Test(arguments: ["JSON", "ARROW"])
  func aLongResultComesInChunksWhoseAddressesMayExpire(format: String) async throws {
    let guest = try await Guest()
    let session = try guest.open(format: format)
    _ = try session.rows("CREATE DATABASE \(guest.name)")
    let digits = "\(guest.name).PUBLIC.D"
    _ = try session.rows("CREATE TABLE \(digits) (i INT)")
    _ = try session.rows("INSERT INTO \(digits) VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)")
    let result = try session.run(
      Statement(
        """
        SELECT a.i * 100000 + b.i * 10000 + c.i * 1000 + d.i * 100 + e.i * 10 + f.i AS n FROM \(digits) a, \(digits) b,
        \(digits) c, \(digits) d, \(digits) e, \(digits) f WHERE a.i < 3 ORDER BY n
        """))
    #expect(result.total == 300_000)
    var count = 0
    while let batch = try result.nextBatch() {
      let isInOrder = batch.enumerated().allSatisfy { $0.element == ["\(count + $0.offset)"] }
      #expect(isInOrder)
      if count == 0 { try await guest.bench.expire("chunks") }
      count += batch.count
    }
    #expect(count == 300_000)
    #expect(try await guest.bench.requests("poll", user: guest.name).count >= 1)
  }

  @Test func aLostReplyRunsTheStatementOnceAndAnExpiredTokenIsRenewed() async throws {
    let guest = try await Guest()
    let session = try guest.open()
    let table = "\(guest.name).PUBLIC.T"
    _ = try session.rows("CREATE DATABASE \(guest.name)")
    _ = try session.rows("CREATE TABLE \(table) (id INT)")
    for act in ["cut", "lost", "half", "session_expired"] {
      let fault = try await guest.bench.setFault([
        "act": .text(act), "kind": "query", "text": "INSERT", "user": .text(guest.name),
      ])
      let result = try session.run(Statement("INSERT INTO \(table) VALUES (1)"))
      #expect(try result.affectedRows() == 1)
      try await guest.bench.waitForFault(fault)
      try await guest.bench.clearFaults(user: guest.name)
    }
    #expect(try session.rows("SELECT COUNT(*) AS n FROM \(table)") == [["4"]])
    #expect(try await guest.bench.requests("renew", user: guest.name).count == 1)
  }

  @Test func aSessionThatIsGoneTakesItsTransactionWithItAndIsReported() async throws {
    let guest = try await Guest()
    let session = try guest.open()
    let table = "\(guest.name).PUBLIC.T"
    _ = try session.rows("CREATE DATABASE \(guest.name)")
    _ = try session.rows("CREATE TABLE \(table) (id INT)")
    _ = try session.rows("BEGIN")
    _ = try session.rows("INSERT INTO \(table) VALUES (1)")
    try await guest.bench.expire("gone", user: guest.name)
    let error = try #require(throws: SnowflakeError.self) { try session.rows("COMMIT") }
    #expect(error.kind == .sessionLost)
    #expect(error.outcome == .notExecuted)
    #expect(try guest.open().rows("SELECT COUNT(*) AS n FROM \(table)") == [["0"]])
  }

  @Test func aLongStatementIsPolledAndAnAsynchronousOneFetched() async throws {
    let guest = try await Guest()
    let session = try guest.open()
    let fault = try await guest.bench.setFault([
      "act": "defer", "kind": "query", "text": "SELECT 42", "user": .text(guest.name), "polls": 2,
    ])
    #expect(try session.rows("SELECT 42 AS x") == [["42"]])
    try await guest.bench.waitForFault(fault)
    let id = try session.submit(Statement("SELECT 43 AS x"))
    #expect(try session.result(of: id).allRows() == [["43"]])
    #expect(try session.status(of: id).stage == .succeeded)
    #expect(try await guest.bench.requests("query", user: guest.name).count == 2)
  }
}
