import Catalogs
import Foundation
import Loading
import Plans
import Testing

@Suite struct SQLitePrepareTests {
  @Test func preparingTwiceChangesNothing() throws {
    let world = try World()
    try world.prepare()
    let before = try Data(contentsOf: URL(fileURLWithPath: world.path))
    try world.prepare()
    #expect(try Data(contentsOf: URL(fileURLWithPath: world.path)) == before)
    let facts = try #require(try world.session().ledger([world.target])[world.target])
    let fence = LedgerFence(lineage: "L", run: 1, commits: 0)
    #expect(facts == LedgerFacts(fence: fence, plan: world.plan, isFinished: false, entries: []))
  }

  @Test func theFenceMustBeWhereThePlanSawIt() throws {
    let world = try World()
    try world.prepare()
    try world.load(1, World.rows([1: "a"]))
    let now = LedgerFence(lineage: "L", run: 1, commits: 1)
    world.run = 2
    world.plan = "P2"
    for expected in [
      nil, LedgerFence(lineage: "L", run: 1, commits: 0), LedgerFence(lineage: "M", run: 1, commits: 1),
    ] {
      let error = loadingError { try world.prepare(creates: false, expected: expected) }
      #expect(error?.code == .fenced)
      #expect(error?.message.contains("run 1 of state L after 1 commits") == true)
      #expect(error?.message.hasSuffix("make a new plan") == true)
    }
    try world.prepare(creates: false, expected: now)
    #expect(
      try world.session().ledger([world.target])[world.target]?.fence
        == LedgerFence(lineage: "L", run: 2, commits: 1))
  }

  @Test func aPlanThatSawALedgerRefusesATargetWithoutOne() throws {
    let world = try World()
    let error = loadingError { try world.prepare(expected: LedgerFence(lineage: "L", run: 1, commits: 3)) }
    #expect(error?.code == .fenced)
    #expect(error?.message.contains("no run that loaded it") == true)
  }

  /// A state put back from a copy gives a run's number a second time.
  @Test func theSameRunOfAnotherPlanIsRefused() throws {
    let world = try World()
    try world.prepare()
    try world.load(1, World.rows([1: "a"]))
    world.plan = "another"
    let fence = LedgerFence(lineage: "L", run: 1, commits: 1)
    #expect(loadingError { try world.prepare(creates: false, expected: fence) }?.code == .fenced)
    #expect(loadingError { try world.load(1, World.rows([2: "b"])) }?.code == .fenced)
    #expect(try world.contents() == [[.integer(1), .text("a")]])
  }

  @Test func aTableThatChangedSinceThePlanIsRefused() throws {
    let world = try World()
    try world.raw().run("CREATE TABLE t (id INTEGER, name TEXT)")
    let request = try world.prepareRequest(creates: false)
    try world.raw().run("ALTER TABLE t ADD COLUMN more")
    #expect(loadingError { try world.session().prepare(request) }?.code == .shapeChanged)
    try world.raw().run("DROP TABLE t")
    #expect(loadingError { try world.session().prepare(request) }?.code == .shapeChanged)
    #expect(try world.session().ledger([world.target]).isEmpty)
  }

  @Test func aTableThatAppearedSinceThePlanIsRefused() throws {
    let world = try World()
    try world.raw().run("CREATE TABLE T (id INTEGER, name TEXT)")
    #expect(loadingError { try world.prepare() }?.code == .shapeChanged)
  }

  @Test func aStatementThatFailsLeavesNothing() throws {
    let world = try World()
    var request = try world.prepareRequest()
    request.statements.append("CREATE NONSENSE")
    let error = loadingError { try world.session().prepare(request) }
    #expect(error?.code == .statementFailed)
    #expect(error?.place == "main.t")
    #expect(try world.raw().rows("SELECT name FROM sqlite_schema").isEmpty)
  }

  @Test func theTableMustHaveTheColumns() throws {
    let world = try World()
    try world.raw().run("CREATE TABLE t (id INTEGER, name AS (id + 1))")
    let error = loadingError { try world.prepare(creates: false) }
    #expect(error?.code == .shapeChanged)
    #expect(error?.message.contains("no column name that rows can be written to") == true)
    world.metadataColumns = true
    world.columns.removeLast()
    #expect(loadingError { try world.prepare(creates: false) }?.message.contains("_SCMPLAN_RUN") == true)
  }

  @Test func aViewTakesNoRows() throws {
    let world = try World()
    try world.raw().run("CREATE VIEW t AS SELECT 1 AS id, 2 AS name")
    let error = loadingError { try world.prepare(creates: false) }
    #expect(error?.code == .shapeChanged)
    #expect(error?.message.contains("the target is a view") == true)
  }

  @Test func aRebuildThatIsGoneIsNoticedUntilItIsDone() throws {
    let world = try World()
    world.addressing = .rebuild
    try world.prepare()
    try world.raw().run("DROP TABLE t__scmplan_rebuild")
    #expect(loadingError { try world.prepare() }?.code == .shapeChanged)
  }

  @Test func theNextRunDropsARebuildThatWasGivenUp() throws {
    let world = try World()
    world.addressing = .rebuild
    try world.prepare()
    try world.load(1, World.rows([1: "a"]))
    try world.nextRun()
    try world.load(1, World.rows([2: "b"]))
    try world.finish(parts: [1])
    #expect(try world.contents() == [[.integer(2), .text("b")]])
    world.addressing = .rebuild
    try world.nextRun()
    world.addressing = .keyRange
    try world.nextRun()
    #expect(try world.raw().integer("SELECT count(*) FROM sqlite_schema WHERE name LIKE '%rebuild'") == 0)
  }

  @Test func targetsThatDifferInCaseShareOneFence() throws {
    let world = try World()
    try world.prepare()
    world.target = ObjectName(table: "T")
    world.lineage = "other"
    #expect(loadingError { try world.prepare(creates: false) }?.code == .fenced)
  }

  @Test func aPartColumnNeedsItsColumn() throws {
    let world = try World()
    world.addressing = .partColumn
    #expect(loadingError { try world.prepare() }?.code == .statementFailed)
    #expect(try world.raw().rows("SELECT name FROM sqlite_schema").isEmpty)
  }
}
