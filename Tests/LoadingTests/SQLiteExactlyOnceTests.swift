import Catalogs
import Foundation
import Loading
import Plans
import Testing

/// A part is in the target exactly once, whatever is repeated, late or broken off.
@Suite struct SQLiteExactlyOnceTests {
  @Test func theSameAttemptTwiceLoadsOnce() throws {
    let world = try World()
    try world.prepare()
    let staged = try world.staged([World.rows([1: "a", 2: "b"])])
    let request = world.request(1, .whole, .append, staged)
    #expect(try world.session().load(request) == LoadResult(rows: 2, deleted: 0, wasLoaded: false))
    #expect(try world.session().load(request) == LoadResult(rows: 2, deleted: 0, wasLoaded: true))
    #expect(try world.raw().integer("SELECT count(*) FROM t") == 2)
    #expect(try world.session().ledger([world.target])[world.target]?.fence.commits == 1)
  }

  @Test func anotherAttemptFindsThePartLoadedEvenWithoutItsFiles() throws {
    let world = try World()
    try world.prepare()
    try world.raw().run("INSERT INTO t VALUES (7, 'old')")
    try world.load(1, World.rows([1: "a"]), attempt: 2)
    try FileManager.default.removeItem(atPath: world.stage)
    let gone = StagedPart(files: [StagedFile(path: "x", rows: 9, bytes: 9, sha256: "")], sourceRows: 9)
    for attempt in [1, 3] {
      let result = try world.session().load(world.request(1, .whole, .replace, gone, attempt: attempt))
      #expect(result == LoadResult(rows: 1, deleted: 1, wasLoaded: true))
    }
    #expect(try world.contents() == [[.integer(1), .text("a")]])
    let entry = LedgerEntry(lineage: "L", run: 1, part: 1, attempt: 2, rows: 1, plan: "P1")
    #expect(try world.session().ledger([world.target])[world.target]?.entries == [entry])
  }

  @Test func aLateAttemptStopsAtALaterOnesClaim() throws {
    let world = try World()
    try world.prepare()
    try world.raw().run(
      "INSERT INTO scmplan_ledger VALUES ('t', 'L', 1, 1, 5, 'loading', 0, 0, 0, '', 'P1', '')")
    let error = loadingError { try world.load(1, World.rows([1: "a"]), attempt: 4) }
    #expect(error?.code == .fenced)
    #expect(error?.isTransient == false)
    #expect(try world.contents().isEmpty)
    #expect(try world.load(1, World.rows([1: "a"]), attempt: 5).wasLoaded == false)
    #expect(try world.raw().rows("SELECT attempt, state FROM scmplan_ledger") == [[.integer(5), .text("loaded")]])
  }

  @Test func aPartOfAnOlderRunIsRefusedByTheNewersFence() throws {
    let world = try World()
    try world.prepare()
    let late = world.request(1, .whole, .append, try world.staged([World.rows([1: "late"])]))
    let session = world.session()
    try world.nextRun()
    let error = loadingError { _ = try session.load(late) }
    #expect(error?.code == .fenced)
    #expect(error?.message.contains("run 2 of state L") == true)
    #expect(try world.contents().isEmpty)
  }

  @Test func anotherStatesPartIsRefused() throws {
    let world = try World()
    try world.prepare()
    world.lineage = "M"
    #expect(loadingError { try world.load(1, World.rows([1: "a"])) }?.code == .fenced)
    #expect(loadingError { try world.finish(parts: []) }?.code == .fenced)
  }

  @Test func aTargetThatWasNeverPreparedTakesNothing() throws {
    let world = try World()
    try world.raw().run("CREATE TABLE t (id, name)")
    #expect(loadingError { try world.load(1, World.rows([1: "a"])) }?.code == .fenced)
    #expect(loadingError { try world.finish(parts: []) }?.code == .fenced)
    #expect(try world.raw().rows("SELECT name FROM sqlite_schema") == [[.text("t")]])
  }

  @Test func anErrorAmongTheRowsLeavesEverythingAsItWas() throws {
    let world = try World()
    try world.raw().run("CREATE TABLE t (id INTEGER, name TEXT NOT NULL); INSERT INTO t VALUES (5, 'old')")
    try world.prepare(creates: false)
    let good = World.rows([1: "a", 2: "b"])
    let staged = try world.staged([good, good + [[.int(3), .null]]])
    let session = world.session()
    let error = loadingError { _ = try session.load(world.request(1, .whole, .replace, staged)) }
    #expect(error?.code == .valueRefused)
    #expect(error?.place == "main.t, part 1")
    #expect(
      error?.message == "the target refused row 3 of part-2.parquet: NOT NULL constraint failed: t.name")
    #expect(try world.contents() == [[.integer(5), .text("old")]])
    #expect(try world.raw().rows("SELECT * FROM scmplan_ledger").isEmpty)
    #expect(try session.ledger([world.target])[world.target]?.fence.commits == 0)
    let better = try world.staged([good])
    #expect(try session.load(world.request(1, .whole, .replace, better, attempt: 2)).rows == 2)
  }

  @Test func everyCommitIsCounted() throws {
    let world = try World()
    try world.prepare()
    for part in 1...3 {
      try world.load(part, [[.int(Int64(part)), .null]], by: .append)
      #expect(try world.session().ledger([world.target])[world.target]?.fence.commits == part)
    }
    try world.finish(parts: [1, 2, 3])
    #expect(try world.session().ledger([world.target])[world.target]?.fence.commits == 4)
  }

  @Test func theLedgerTellsOneTableFromAnother() throws {
    let world = try World()
    try world.prepare()
    try world.load(1, World.rows([1: "a"]))
    let first = world.target
    world.target = ObjectName(schema: "x", table: "t")
    try world.prepare()
    #expect(try world.load(1, World.rows([2: "b", 3: "c"])).wasLoaded == false)
    let facts = try world.session().ledger([first, world.target, ObjectName(table: "absent")])
    #expect(facts.mapValues { $0.entries.map(\.rows) } == [first: [1], world.target: [2]])
  }
}
