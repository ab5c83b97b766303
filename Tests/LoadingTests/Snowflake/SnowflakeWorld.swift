import Catalogs
import Crypto
import Foundation
import HTTP
import Loading
import Plans
import Snowflake
import Support

/// A database of its own in the bench, a table's plan, and the requests that a run makes of it.
final class SnowflakeWorld {
  let bench: SnowflakeBench
  let files: World
  let database = "D" + UUID().uuidString.replacing("-", with: "").prefix(12)
  var columns: [ColumnPlan]
  var addressing = Addressing.keyRange
  var key: [String]
  var mergeKey: [String] = []
  var metadataColumns = false
  var lineage = "L"
  var run = 1
  var plan = "P1"
  private var isMade = false
  /// What the settings name besides.
  var role: String?
  var warehouse: String?
  var credential = Credential.password(SecretText("secret"))
  /// The user whose requests faults are set for.
  let user: String

  var table = "T"
  /// How long the client bears what may pass.
  var retries = RetryPolicy(shortest: 1, longest: 4, budget: 500)
  var sessionParameters: [String: JSONValue] = [:]
  var target: ObjectName { ObjectName(database: String(database), schema: "PUBLIC", table: table) }

  init(_ columns: KeyValuePairs<String, LogicalType>) async throws {
    bench = try await SnowflakeBench.shared()
    files = try World(columns)
    user = "U" + database
    self.columns = columns.map { SnowflakeDialectTests.column($0.key, $0.value) }
    key = [columns[0].key]
    try await bench.addUser(["name": .text(user), "password": "secret"])
    let session = try SnowflakeSession(settings)
    _ = try session.rows("CREATE DATABASE \(database)")
    session.logOut()
    isMade = true
  }

  convenience init() async throws {
    try await self.init(["ID": .integer, "NAME": .text(length: 20)])
  }

  var settings: ConnectionSettings {
    var settings = ConnectionSettings(
      account: AccountName(bench.facts.account), baseURL: "http://127.0.0.1:\(bench.facts.http)", user: user,
      credential: credential,
      http: HTTPSettings(proxy: .none, caFile: bench.facts.authority))
    if isMade { (settings.database, settings.schema) = (String(database), "PUBLIC") }
    (settings.retries, settings.loginRetries) = (retries, retries)
    (settings.role, settings.warehouse) = (role, warehouse)
    settings.sessionParameters.merge(sessionParameters) { $1 }
    return settings
  }

  /// Makes the user another one: see `User` in accounts.py.
  func become(_ facts: [String: BenchValue]) async throws {
    try await bench.addUser(["name": .text(user), "password": "secret"].merging(facts) { $1 })
  }

  /// A session that bears a bench with much to do: what fails for a moment is tried again for a while.
  func patientSession() -> SnowflakeTargetSession {
    var settings = settings
    settings.retries = RetryPolicy(shortest: 20, longest: 1000, budget: 20_000)
    return SnowflakeTargetSession(SnowflakeClient(settings), account: "bench")
  }

  func client() -> SnowflakeClient { SnowflakeClient(settings) }

  func session() -> SnowflakeTargetSession { SnowflakeTargetSession(client(), account: "bench") }

  func prepareRequest(creates: Bool = true, expected: LedgerFence? = nil) throws -> PrepareRequest {
    let table = try creates ? nil : session().tables([target])[target]
    return PrepareRequest(
      target: target, addressing: addressing, columns: columns, metadataColumns: metadataColumns,
      statements: creates
        ? [
          SnowflakeDialect().createTable(target, columns: columns, primaryKey: [], metadataColumns: metadataColumns)
        ] : [],
      lineage: lineage, run: run, plan: plan, expected: expected,
      fingerprint: table.map { Hashing.fingerprint($0.shape) })
  }

  func prepare(creates: Bool = true, expected: LedgerFence? = nil) throws {
    try session().prepare(prepareRequest(creates: creates, expected: expected))
  }

  /// Begins the next run on the table as it is now.
  func nextRun() throws {
    let expected = try session().ledger([target])[target]?.fence
    run += 1
    plan = "P\(run)"
    try prepare(creates: false, expected: expected)
  }

  func request(
    _ part: Int, _ rows: [[Staged]], in range: PartRange = .whole, by method: LoadMethod = .replace, attempt: Int = 1,
    window: Window? = nil, replaces: [Int] = []
  ) throws -> LoadRequest {
    LoadRequest(
      target: target, columns: columns, addressing: addressing, method: method, key: key, mergeKey: mergeKey,
      part: Part(id: part, range: range), window: window, replaces: replaces, metadataColumns: metadataColumns,
      lineage: lineage, run: run, attempt: attempt, plan: plan, stage: files.stage,
      staged: try files.staged(rows.isEmpty ? [] : [rows], columns: columns))
  }

  @discardableResult
  func load(
    _ part: Int, _ rows: [[Staged]], in range: PartRange = .whole, by method: LoadMethod = .replace, attempt: Int = 1,
    window: Window? = nil, replaces: [Int] = []
  ) throws -> LoadResult {
    try session().load(
      request(part, rows, in: range, by: method, attempt: attempt, window: window, replaces: replaces))
  }

  func finishRequest(parts: [Int]) -> FinishRequest {
    FinishRequest(
      target: target, addressing: addressing, columns: columns, metadataColumns: metadataColumns, lineage: lineage,
      run: run, parts: parts)
  }

  func finish(parts: [Int]) throws {
    try session().finish(finishRequest(parts: parts))
  }

  /// Rows of the table as text, in order.
  func rows(_ sql: String? = nil) throws -> [[String?]] {
    let session = try SnowflakeSession(settings)
    defer { session.logOut() }
    return try session.rows(sql ?? "SELECT ID, NAME FROM \(database).PUBLIC.T ORDER BY 1, 2")
  }
}
