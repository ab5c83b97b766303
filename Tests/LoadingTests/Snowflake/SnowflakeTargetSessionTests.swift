import Catalogs
import Foundation
import Loading
import Plans
import Snowflake
import Support
import Testing

/// Loads into the bench: fakesnow behind a proxy with the locks, transactions and stages of an account.
@Suite(.serialized, .blocking) struct SnowflakeTargetSessionTests {
  private func row(_ id: Int64, _ name: String) -> [Staged] { [.int(id), .text(name)] }

  @Test func aPartIsLoadedCountedAndRemembered() async throws {
    let world = try await SnowflakeWorld()
    #expect(try world.session().tables([world.target]).isEmpty)
    #expect(try world.session().ledger([world.target]).isEmpty)
    try world.prepare()
    let result = try world.load(1, [row(1, "a"), row(2, ""), [.int(3), .null]])
    #expect(result == LoadResult(rows: 3, deleted: 0, wasLoaded: false))
    #expect(try world.rows() == [["1", "a"], ["2", ""], ["3", nil]])
    try world.finish(parts: [1])
    let facts = try #require(try world.session().ledger([world.target])[world.target])
    #expect(facts.fence == LedgerFence(lineage: "L", run: 1, commits: 2))
    #expect(facts.entries == [LedgerEntry(lineage: "L", run: 1, part: 1, attempt: 1, rows: 3, plan: "P1")])
    #expect(try world.session().hasRows(world.target))
    let table = try #require(try world.session().tables([world.target])[world.target])
    #expect(table.columns.map(\.declaredType) == ["NUMBER(19,0)", "VARCHAR(20)"])
  }

  @Test func preparingFinishingAndLoadingTwiceChangeNothing() async throws {
    let world = try await SnowflakeWorld()
    try world.prepare()
    try world.prepare()
    let request = try world.request(1, [row(1, "a")], by: .append)
    #expect(try world.session().load(request).wasLoaded == false)
    for file in request.staged.files { try FileManager.default.removeItem(atPath: world.files.stage + "/" + file.path) }
    #expect(try world.session().load(request) == LoadResult(rows: 1, deleted: 0, wasLoaded: true))
    try world.finish(parts: [1])
    try world.finish(parts: [1])
    #expect(try world.rows() == [["1", "a"]])
    #expect(try world.session().ledger([world.target])[world.target]?.fence.commits == 2)
  }

  @Test func aReplacementTakesItsRangeAndNothingElse() async throws {
    let world = try await SnowflakeWorld()
    try world.prepare()
    try world.load(1, [row(1, "a"), row(9, "b")], in: keys(nil, 10))
    try world.load(2, [row(10, "c"), row(11, "d")], in: keys(10, nil))
    try world.load(3, [[.null, .text("n")]], in: .nullKey)
    try world.finish(parts: [1, 2, 3])
    try world.nextRun()
    #expect(try world.load(2, [row(12, "e")], in: keys(10, nil)) == LoadResult(rows: 1, deleted: 2, wasLoaded: false))
    #expect(try world.load(3, [], in: .nullKey) == LoadResult(rows: 0, deleted: 1, wasLoaded: false))
    #expect(try world.rows() == [["1", "a"], ["9", "b"], ["12", "e"]])
  }

  @Test func rowsOutsideTheirRangeAreNoticedAndNothingChanges() async throws {
    let world = try await SnowflakeWorld()
    try world.prepare()
    let error = loadingError { try world.load(1, [row(1, "a"), row(20, "b")], in: keys(nil, 10)) }
    #expect(error?.code == .countMismatch)
    #expect(try world.rows().isEmpty)
  }

  @Test func mergingReplacesRowsByTheirKey() async throws {
    let world = try await SnowflakeWorld()
    world.mergeKey = ["ID"]
    try world.prepare()
    try world.load(1, [row(1, "a"), row(2, "b"), [.null, .text("n")]])
    #expect(
      try world.load(2, [row(2, "B"), row(3, "c"), [.null, .text("N")]], by: .merge)
        == LoadResult(rows: 3, deleted: 2, wasLoaded: false))
    #expect(try world.rows() == [["1", "a"], ["2", "B"], ["3", "c"], [nil, "N"]])
    let error = loadingError { try world.load(3, [row(4, "x"), row(4, "y")], by: .merge) }
    #expect(error?.code == .duplicateKey)
    #expect(try world.rows().count == 4)
  }

  @Test func appendingReplacesTheTiesAtTheBound() async throws {
    let world = try await SnowflakeWorld()
    try world.prepare()
    try world.load(1, [row(1, "a"), row(2, "b")], by: .append)
    let window = Window(column: "ID", after: .integer(2), includesAfter: true, through: .integer(3))
    #expect(
      try world.load(2, [row(2, "b"), row(2, "late"), row(3, "c")], by: .append, window: window)
        == LoadResult(rows: 3, deleted: 1, wasLoaded: false))
    #expect(try world.rows().count == 4)
  }

  @Test func thePartColumnFindsItsRows() async throws {
    let world = try await SnowflakeWorld()
    (world.metadataColumns, world.addressing) = (true, .partColumn)
    try world.prepare()
    try world.load(1, [row(1, "a")])
    try world.load(2, [row(2, "b")])
    #expect(try world.load(3, [row(3, "c")], replaces: [1]) == LoadResult(rows: 1, deleted: 1, wasLoaded: false))
    #expect(
      try world.rows("SELECT ID, _SCMPLAN_RUN, _SCMPLAN_PART FROM \(world.database).PUBLIC.T ORDER BY 1")
        == [["2", "1", "2"], ["3", "1", "3"]])
  }

  @Test func aRebuildTakesTheOldTablesPlaceWhole() async throws {
    let world = try await SnowflakeWorld()
    try world.prepare()
    try world.load(1, [row(1, "old"), row(2, "old")])
    try world.finish(parts: [1])
    world.addressing = .rebuild
    try world.nextRun()
    try world.load(1, [row(1, "new")], in: keys(nil, 5))
    try world.load(2, [row(7, "new")], in: keys(5, nil))
    #expect(try world.rows() == [["1", "old"], ["2", "old"]])
    #expect(loadingError { try world.finish(parts: [1, 2, 3]) }?.code == .partsMissing)
    try world.finish(parts: [1, 2])
    #expect(try world.rows() == [["1", "new"], ["7", "new"]])
    try world.finish(parts: [1, 2])
    #expect(try world.rows() == [["1", "new"], ["7", "new"]])
    let table = try #require(try world.session().tables([world.target])[world.target])
    #expect(table.columns.map(\.name) == ["ID", "NAME"])
  }

  /// The swap was done and the fence not told: finishing again must not swap back.
  @Test func aSwapWhoseEndWasLostIsNotUndone() async throws {
    let world = try await SnowflakeWorld()
    try world.prepare()
    try world.load(1, [row(1, "old")])
    try world.finish(parts: [1])
    world.addressing = .rebuild
    try world.nextRun()
    try world.load(1, [row(2, "new")])
    let fault = try await world.bench.setFault([
      "act": "error", "kind": "query", "text": "FINISHED = TRUE", "user": .text(world.user),
    ])
    #expect(loadingError { try world.finish(parts: [1]) } != nil)
    try await world.bench.waitForFault(fault)
    try world.finish(parts: [1])
    #expect(try world.rows() == [["2", "new"]])
  }

  @Test func everyTypeArrivesAsItWas() async throws {
    let world = try await SnowflakeWorld([
      "K": .integer, "B": .boolean, "D": .decimal(precision: 20, scale: 4), "F": .float, "S": .text(length: nil),
      "Y": .date, "H": .time(scale: 3), "W": .timestamp(scale: 6), "U": .uuid,
    ])
    try world.prepare()
    try world.load(
      1,
      [
        [
          .int(.max), .bool(true), .decimal(-12_345_678_901_234_567), .real(0.1), .text("it's \\ ü\n"), .days(19_782),
          .int(86_399_250_000), .int(1_709_208_000_500_000), .text("12e45678-9abc-4def-8123-456789abcdef"),
        ],
        Array(repeating: .null, count: 9),
      ])
    let text = try world.rows(
      "SELECT K::VARCHAR, B::VARCHAR, D::VARCHAR, F::VARCHAR, S, Y::VARCHAR, H::VARCHAR, W::VARCHAR, U "
        + "FROM \(world.database).PUBLIC.T ORDER BY 1 NULLS LAST")
    #expect(
      text[0] == [
        "9223372036854775807", "true", "-1234567890123.4567", "0.1", "it's \\ ü\n", "2024-02-29", "23:59:59.25",
        "2024-02-29 12:00:00.5", "12e45678-9abc-4def-8123-456789abcdef",
      ])
    #expect(text[1] == Array(repeating: nil, count: 9))
  }

  @Test func whatBelongsToAnotherRunOrPlanIsRefused() async throws {
    let world = try await SnowflakeWorld()
    try world.prepare()
    let old = try world.request(1, [row(1, "late")], by: .append)
    try world.nextRun()
    #expect(loadingError { _ = try world.session().load(old) }?.code == .fenced)
    world.plan = "OTHER"
    #expect(loadingError { try world.prepare(creates: false) }?.code == .fenced)
    world.run = 9
    #expect(loadingError { try world.prepare(creates: false, expected: nil) }?.code == .fenced)
    #expect(try world.rows().isEmpty)
  }

  @Test func aTableThatChangedSinceThePlanIsRefused() async throws {
    let world = try await SnowflakeWorld()
    _ = try world.rows("CREATE TABLE \(world.database).PUBLIC.T (ID NUMBER(19,0))")
    #expect(loadingError { try world.prepare() }?.code == .shapeChanged)
    let request = try world.prepareRequest(creates: false)
    _ = try world.rows("ALTER TABLE \(world.database).PUBLIC.T ADD COLUMN MORE DATE")
    #expect(loadingError { try world.session().prepare(request) }?.code == .shapeChanged)
  }

  @Test func stagedFilesGoAfterTheCommitAndStayWhenItFails() async throws {
    let world = try await SnowflakeWorld()
    try world.prepare()
    let stage = "LIST @\(world.database).PUBLIC.SCMPLAN_STAGE"
    #expect(loadingError { try world.load(1, [row(50, "x")], in: keys(nil, 10)) } != nil)
    #expect(try world.rows(stage).count == 1)
    try world.load(2, [row(1, "a")], in: keys(nil, 10))
    #expect(try world.rows(stage).count == 1)
  }
}
