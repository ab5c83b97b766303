import Catalogs
import Foundation
import Loading
import Plans
import Testing

/// What goes wrong around a load: files, the target file, other programs, triggers.
@Suite struct SQLiteFaultTests {
  private func prepared(_ table: String? = nil) throws -> World {
    let world = try World()
    if let table { try world.raw().run(table) }
    try world.prepare(creates: table == nil)
    return world
  }

  @Test func damagedFilesAreFoundBeforeARowMoves() throws {
    let world = try prepared()
    try world.raw().run("INSERT INTO t VALUES (1, 'old')")
    let staged = try world.staged([World.rows([1: "a", 2: "b"])])
    let path = world.stage + "/" + staged.files[0].path
    let whole = try Data(contentsOf: URL(fileURLWithPath: path))
    func load() -> LoadingError? {
      loadingError { _ = try world.session().load(world.request(1, .whole, .replace, staged)) }
    }
    try whole.dropLast().write(to: URL(fileURLWithPath: path))
    #expect(load()?.code == .fileDamaged)
    var altered = whole
    altered[whole.count / 2] ^= 1
    try altered.write(to: URL(fileURLWithPath: path))
    #expect(load()?.message.contains("by its SHA-256") == true)
    try FileManager.default.removeItem(atPath: path)
    #expect(load()?.code == .fileMissing)
    #expect(try world.contents() == [[.integer(1), .text("old")]])
    try whole.write(to: URL(fileURLWithPath: path))
    #expect(try world.session().load(world.request(1, .whole, .replace, staged)).rows == 2)
  }

  @Test func aFileThatIsNoParquetOrLacksAColumnIsDamage() throws {
    let world = try prepared()
    let narrow = try world.staged([[[.int(1)]]], columns: [world.columns[0]])
    let error = loadingError { _ = try world.session().load(world.request(1, .whole, .replace, narrow)) }
    #expect(error?.code == .fileDamaged)
    #expect(error?.message.contains("no column name") == true)
    let path = world.stage + "/noise.parquet"
    try Data("noise".utf8).write(to: URL(fileURLWithPath: path))
    let noise = StagedPart(
      files: [
        StagedFile(
          path: "noise.parquet", rows: 1, bytes: 5,
          sha256: "efe2a5c09e6d49d7eb735c9875f77404be5b887bb3f56378038968d4e3ff8198")
      ], sourceRows: 1)
    let unread = loadingError { _ = try world.session().load(world.request(1, .whole, .replace, noise)) }
    #expect(unread?.code == .fileDamaged)
    #expect(unread?.message.contains("cannot be read") == true)
  }

  @Test func theFilesMustAddUpToTheSourcesCount() throws {
    let world = try prepared()
    var staged = try world.staged([World.rows([1: "a"])])
    staged.sourceRows = 2
    let error = loadingError { _ = try world.session().load(world.request(1, .whole, .replace, staged)) }
    #expect(error?.code == .countMismatch)
    staged.files[0].rows = 2
    #expect(
      loadingError { _ = try world.session().load(world.request(1, .whole, .replace, staged)) }?.code == .fileDamaged)
  }

  @Test func brokenConstraintsNameTheRowAndNeverAValue() throws {
    let world = try prepared(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT CONSTRAINT short CHECK (length(name) < 4))")
    let checked = loadingError { try world.load(1, World.rows([1: "a", 2: "secret"])) }
    #expect(checked?.code == .valueRefused)
    #expect(checked?.message == "the target refused row 2 of part-1.parquet: CHECK constraint failed: short")
    let repeated = loadingError { try world.load(1, World.rows([77: "a", 77: "b"])) }
    #expect(repeated?.message == "the target refused row 2 of part-2.parquet: UNIQUE constraint failed: t.id")
    let strict = try prepared("CREATE TABLE t (id INT, name INT) STRICT")
    let typed = loadingError { try strict.load(1, World.rows([1: "secret"])) }
    #expect(typed?.code == .valueRefused)
    #expect(typed?.description.contains("secret") == false)
  }

  @Test func whatATriggerRaisesIsNotRepeated() throws {
    let world = try prepared(
      """
      CREATE TABLE t (id INTEGER, name TEXT);
      CREATE TRIGGER tr BEFORE INSERT ON t WHEN new.id = 2 BEGIN SELECT RAISE(ABORT, 'its own words'); END;
      """)
    let error = loadingError { try world.load(1, World.rows([1: "a", 2: "b"])) }
    #expect(error?.code == .valueRefused)
    #expect(error?.message == "a trigger of the target table refused row 2 of part-1.parquet")
  }

  @Test(arguments: [
    "CREATE TRIGGER tr BEFORE INSERT ON t WHEN new.id = 2 BEGIN SELECT RAISE(IGNORE); END",
    "CREATE TRIGGER tr AFTER INSERT ON T WHEN new.id = 2 BEGIN DELETE FROM t WHERE id = 2; END",
    "CREATE TRIGGER tr AFTER INSERT ON t WHEN new.id = 2 BEGIN INSERT INTO t VALUES (3, 'x'); END",
    "CREATE TRIGGER tr BEFORE DELETE ON t BEGIN SELECT RAISE(IGNORE); END",
  ]) func triggersThatMoveRowsAreNoticed(trigger: String) throws {
    for method in [LoadMethod.replace, .merge] {
      let world = try prepared("CREATE TABLE t (id INTEGER, name TEXT); INSERT INTO t VALUES (1, 'old'); \(trigger)")
      world.mergeKey = ["id"]
      let error = loadingError { try world.load(1, World.rows([1: "a", 2: "b"]), by: method) }
      #expect(error?.code == .countMismatch)
      #expect(try world.contents() == [[.integer(1), .text("old")]])
    }
  }

  @Test(arguments: ["IGNORE", "REPLACE"]) func conflictClausesThatTakeRowsAreNoticed(clause: String) throws {
    let world = try prepared("CREATE TABLE t (id INTEGER, name TEXT, UNIQUE (name) ON CONFLICT \(clause))")
    try world.load(1, World.rows([1: "a"]), by: .append)
    #expect(loadingError { try world.load(2, World.rows([2: "a"]), by: .append) }?.code == .countMismatch)
    #expect(try world.contents() == [[.integer(1), .text("a")]])
  }

  @Test func triggersThatOnlyWatchAreLeftToWatch() throws {
    let world = try prepared(
      """
      CREATE TABLE t (id INTEGER, name TEXT);
      CREATE TABLE log (n UNIQUE);
      CREATE TRIGGER tr AFTER INSERT ON t BEGIN INSERT OR IGNORE INTO log VALUES (new.name); END;
      """)
    try world.load(1, World.rows([1: "a", 2: "a", 3: "b"]))
    #expect(try world.raw().integer("SELECT count(*) FROM log") == 2)
  }

  @Test func foreignKeysDoNotHoldTablesApart() throws {
    let world = try prepared(
      "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE t (id INTEGER REFERENCES p, name TEXT)")
    #expect(try world.load(1, World.rows([1: "a"])).rows == 1)
  }

  @Test func aFullFileTakesNothing() throws {
    let world = try prepared()
    let raw = try world.raw()
    let pages = try #require(try raw.integer("PRAGMA page_count"))
    let session = SQLiteTargetSession(path: world.path, pageLimit: Int(pages) + 2)
    let rows = (0..<5000).map { [Staged.int($0), .text(String(repeating: "x", count: 100))] }
    let staged = try world.staged([rows])
    let error = loadingError { _ = try session.load(world.request(1, .whole, .append, staged)) }
    #expect(error?.code == .full)
    #expect(try raw.integer("SELECT count(*) FROM t") == 0)
    #expect(try world.session().load(world.request(1, .whole, .append, staged)).rows == 5000)
  }

  @Test func aReadOnlyFileSaysSo() throws {
    let world = try prepared()
    // A write version that SQLite does not know makes a file read-only for everybody, the superuser too.
    let handle = try FileHandle(forUpdating: URL(fileURLWithPath: world.path))
    try handle.seek(toOffset: 18)
    try handle.write(contentsOf: Data([9]))
    try handle.close()
    #expect(try world.session().ledger([world.target]).count == 1)
    let error = loadingError { try world.load(1, World.rows([1: "a"])) }
    #expect(error?.code == .readOnly)
    #expect(error?.isTransient == false)
  }

  @Test func aHeldFileIsBusyAndThenIsNot() throws {
    let world = try prepared()
    let other = try world.raw()
    try other.run("BEGIN IMMEDIATE")
    let session = world.session()
    let staged = try world.staged([World.rows([1: "a"])])
    let request = world.request(1, .whole, .replace, staged)
    let error = loadingError { _ = try session.load(request) }
    #expect(error?.code == .busy)
    #expect(error?.isTransient == true)
    try other.run("COMMIT")
    #expect(try session.load(request).wasLoaded == false)
  }

  /// With a rollback journal a reader of another program holds the commit back: it fails, and nothing of it stays.
  @Test func aReaderThatStaysMakesTheCommitFailWhole() throws {
    let world = try prepared()
    let other = try world.raw()
    try other.run("BEGIN; SELECT * FROM t")
    let session = world.session()
    let request = world.request(1, .whole, .replace, try world.staged([World.rows([1: "a"])]))
    #expect(loadingError { _ = try session.load(request) }?.code == .busy)
    try other.run("COMMIT")
    #expect(try world.contents().isEmpty)
    #expect(try session.load(request).wasLoaded == false)
    #expect(try world.contents().count == 1)
  }

  @Test func theJournalModeStaysTheOwners() throws {
    for mode in ["wal", "delete", "truncate"] {
      let world = try World()
      let raw = try world.raw()
      try raw.run("PRAGMA journal_mode = \(mode); CREATE TABLE other (a)")
      try world.prepare()
      try world.load(1, World.rows([1: "a"]))
      #expect(try raw.column("PRAGMA journal_mode") == [.text(mode)])
      #expect(try world.contents().count == 1)
    }
  }

  @Test func whatIsNoDatabaseSaysSo() throws {
    let world = try World()
    try Data("this is a text file, longer than a header".utf8).write(to: URL(fileURLWithPath: world.path))
    #expect(loadingError { try world.prepare() }?.code == .notADatabase)
    #expect(loadingError { _ = try world.session().tables([world.target]) }?.code == .notADatabase)
    let folder = SQLiteTargetSession(path: world.folder)
    #expect(loadingError { _ = try folder.hasRows(world.target) }?.code == .cannotOpen)
    let nowhere = SQLiteTargetSession(path: world.folder + "/absent/target.db")
    let error = loadingError { try nowhere.prepare(world.prepareRequest()) }
    #expect(error?.code == .cannotOpen)
    #expect(error?.place == world.folder + "/absent/target.db")
  }

  @Test func aDamagedFileSaysSo() throws {
    let world = try prepared()
    try world.load(1, (0..<2000).map { [.int($0), .text(String(repeating: "x", count: 50))] })
    let size = try #require(try FileManager.default.attributesOfItem(atPath: world.path)[.size] as? Int)
    let handle = try FileHandle(forUpdating: URL(fileURLWithPath: world.path))
    for page in 6..<(size / 4096) {
      try handle.seek(toOffset: UInt64(page * 4096))
      try handle.write(contentsOf: Data(repeating: 0xFF, count: 4096))
    }
    try handle.close()
    try world.raw().run("UPDATE scmplan_fence SET run = 2, \"plan\" = 'P2'")
    (world.run, world.plan) = (2, "P2")
    let error = loadingError { try world.load(1, World.rows([1: "a"])) }
    #expect(error?.code == .corrupt)
  }

  @Test func aFileThatIsGoneSaysSoAndIsNotMadeAnew() throws {
    let world = try prepared()
    try FileManager.default.removeItem(atPath: world.path)
    #expect(loadingError { try world.load(1, World.rows([1: "a"])) }?.code == .cannotOpen)
    #expect(loadingError { try world.finish(parts: []) }?.code == .cannotOpen)
    #expect(!FileManager.default.fileExists(atPath: world.path))
  }

  @Test func aTableThatIsGoneSaysSo() throws {
    let world = try prepared()
    try world.raw().run("DROP TABLE t")
    #expect(loadingError { try world.load(1, World.rows([1: "a"])) }?.code == .shapeChanged)
  }
}
