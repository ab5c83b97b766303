import Catalogs
import Loading
import Plans
import Snowflake
import Support
import Testing
import Workflows

/// `loading.verify` in Snowflake: the account digests the rows that were loaded, before they are committed.
@Suite(.serialized, .blocking) struct SnowflakeLoadCheckTests {
  /// The account itself, but that somebody changes a row in the transaction of the load.
  private final class Meddling: SnowflakeConnection {
    private let client: SnowflakeClient
    /// The beginning of a statement, and what is run right after it.
    private let meddling: (after: String, sql: String)

    init(_ world: SnowflakeWorld, after: String, _ sql: String) {
      client = world.client()
      meddling = (after, sql)
    }

    func sessionID() throws -> String { try client.sessionID() }
    func run(_ sql: String, tag: String) throws -> SnowflakeRows {
      let rows = try client.run(sql, tag: tag)
      if sql.hasPrefix(meddling.after) { _ = try client.run(meddling.sql, tag: tag) }
      return rows
    }
    func upload(_ files: [(path: String, name: String)], to folder: String, tag: String) throws {
      try client.upload(files, to: folder, tag: tag)
    }
    func download(_ stageFolder: String, into folder: String) throws -> [String] {
      try client.download(stageFolder, into: folder)
    }
    var login: SnowflakeLogin { client.login }
    func stream(_ sql: String, tag: String, _ body: ([String], [[String?]]) throws -> Void) throws {
      try client.stream(sql, tag: tag, body)
    }
    func another() -> any SnowflakeConnection { client.another() }
    func leave() { client.leave() }
  }

  private func row(_ id: Int64, _ name: String) -> [Staged] { [.int(id), .text(name)] }

  /// A way to load that knows its rows.
  enum Way: CaseIterable {
    case keyRange, wholeTable, partColumn, rebuild, merge, appendWithMetadata
  }

  private func world(_ way: Way) async throws -> (world: SnowflakeWorld, method: LoadMethod, target: ObjectName) {
    let world = try await SnowflakeWorld()
    world.mergeKey = ["ID"]
    world.metadataColumns = way == .partColumn || way == .appendWithMetadata
    try world.prepare()
    try world.load(1, [row(1, "a"), row(2, "b")], in: keys(nil, 10))
    if way != .wholeTable { try world.load(2, [row(11, "old")], in: keys(10, nil)) }
    try world.finish(parts: way == .wholeTable ? [1] : [1, 2])
    switch way {
    case .wholeTable: world.addressing = .wholeTable
    case .partColumn: world.addressing = .partColumn
    case .rebuild: world.addressing = .rebuild
    default: world.addressing = .keyRange
    }
    try world.nextRun()
    if way == .rebuild { try world.load(1, [row(1, "new")], in: keys(nil, 10)) }
    let target = way == .rebuild ? SnowflakeName.rebuild(of: world.target) : world.target
    let method: LoadMethod =
      switch way {
      case .merge: .merge
      case .appendWithMetadata: .append
      default: .replace
      }
    return (world, method, target)
  }

  @Test(arguments: Way.allCases)
  func aValueThatIsNotTheStagedOneEndsTheLoad(way: Way) async throws {
    let (world, method, target) = try await world(way)
    let before = try world.rows()
    let request = try world.request(
      2, [row(11, "c"), row(12, "d"), [.int(13), .null]], in: way == .wholeTable ? .whole : keys(10, nil), by: method)
    let meddling = Meddling(
      world, after: way == .merge ? "INSERT INTO \(world.target) " : "COPY INTO",
      "UPDATE \(target) SET NAME = 'C' WHERE ID = 11 AND NAME = 'c'")
    let error = loadingError { _ = try SnowflakeTargetSession(meddling, account: "bench").load(request) }
    #expect(error?.code == .contentMismatch && error?.message.contains("3:") == true, "\(String(describing: error))")
    #expect(try world.rows() == before)
    let asked = try await world.bench.requests("query", user: world.user).compactMap(\.sql)
    let result = try world.session().load(request)
    #expect(result.rows == 3 && !result.wasLoaded)
    let loading = try await world.bench.requests("query", user: world.user).compactMap(\.sql)[asked.count...]
    #expect(loading.contains { $0.contains("SCMPLAN_ROW") && $0.contains(SnowflakeName.written(target)) })
    if way == .rebuild { try world.finish(parts: [1, 2]) }
    #expect(try world.rows().filter { $0[0].flatMap { Int($0) } ?? 0 > 10 }.contains(["11", "c"]))
    #expect(
      try world.session().tables([world.target])[world.target]?.columns.contains { $0.name.contains("REBUILD") }
        == false)
  }

  @Test func rowsAreNotComparedWhereNobodyAsksOrKnowsThem() async throws {
    let world = try await SnowflakeWorld()
    try world.prepare()
    var never = try world.request(1, [row(1, "a")], in: keys(nil, 5))
    never.verification = .never
    let meddling = Meddling(world, after: "COPY INTO", "UPDATE \(world.target) SET NAME = 'x'")
    _ = try SnowflakeTargetSession(meddling, account: "bench").load(never)
    #expect(try world.rows() == [["1", "x"]])
    var appended = try world.request(2, [row(7, "b")], by: .append)
    _ = try world.session().load(appended)
    let asked = try await world.bench.requests("query", user: world.user).compactMap(\.sql)
    #expect(!asked.contains { $0.contains("SCMPLAN_ROW") && $0.contains("FROM \(world.target)") })
    appended = try world.request(3, [row(8, "c")], by: .append)
    appended.verification = .always
    let error = loadingError { _ = try world.session().load(appended) }
    #expect(error?.code == .statementFailed && error?.message.contains("loading.verify is always") == true)
    #expect(try world.rows().count == 2)
  }

  /// An account that cannot digest as it should is no reason to stop, unless somebody insists.
  @Test(arguments: ["AS P0", "FROM .*T AS t"])
  func anAccountThatRefusesToDigest(statement: String) async throws {
    let world = try await SnowflakeWorld()
    try world.prepare()
    let fault = try await world.bench.setFault([
      "act": "error", "kind": "query", "text": .text("SCMPLAN_ROW.*" + statement), "code": "001003",
      "user": .text(world.user), "every": 1, "times": 100,
    ])
    try world.load(1, [row(1, "a")], in: keys(nil, 5))
    try await world.bench.waitForFault(fault)
    var request = try world.request(2, [row(7, "b")], in: keys(5, nil))
    request.verification = .always
    #expect(loadingError { _ = try world.session().load(request) }?.code == .statementFailed)
    #expect(try world.rows() == [["1", "a"]])
    try await world.bench.clearFault(fault)
    #expect(try world.session().load(request).rows == 1)
  }

  @Test func realsThatTheAccountWritesOtherwiseAreLeftOut() async throws {
    let world = try await SnowflakeWorld(["ID": .integer, "NAME": .text(length: 20), "F": .float])
    try world.prepare()
    let fault = try await world.bench.setFault([
      "act": "error", "kind": "query", "text": "EEEEE", "code": "001007", "user": .text(world.user), "every": 1,
      "times": 100,
    ])
    let request = try world.request(1, [[.int(1), .text("a"), .real(0.1)]], in: keys(nil, 5))
    let meddling = Meddling(world, after: "COPY INTO", "UPDATE \(world.target) SET NAME = 'x'")
    #expect(
      loadingError { _ = try SnowflakeTargetSession(meddling, account: "bench").load(request) }?.code
        == .contentMismatch)
    #expect(try world.session().load(request).rows == 1)
    try await world.bench.waitForFault(fault)
  }
}
