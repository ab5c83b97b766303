import Catalogs
import Extraction
import Foundation
import GRDBSQLite
import Plans
import Testing

@Suite struct SQLiteSourceSessionTests {
  @Test func absentFile() throws {
    let error = try extractionError { _ = try SQLiteSourceSession(path: "/nowhere/at/all.db") }
    #expect(error.code == .cannotOpen)
    #expect(error.place == "/nowhere/at/all.db")
    #expect(error.message.contains("no such file"))
  }

  @Test func directory() throws {
    let error = try extractionError { _ = try SQLiteSourceSession(path: NSTemporaryDirectory()) }
    #expect(error.code == .cannotOpen)
    #expect(error.message.contains("directory"))
  }

  @Test func fileInPlaceOfDirectory() throws {
    let database = try SampleDatabase("CREATE TABLE t(a)")
    let error = try extractionError { _ = try SQLiteSourceSession(path: database.path + "/x.db") }
    #expect(error.code == .cannotOpen)
    #expect(error.message.contains("Not a directory"))
  }

  @Test func pipe() throws {
    let database = try SampleDatabase()
    let path = database.directory + "/pipe"
    #expect(mkfifo(path, 0o600) == 0)
    let error = try extractionError { _ = try SQLiteSourceSession(path: path) }
    #expect(error.code == .cannotOpen)
    #expect(error.message.contains("not a regular file"))
  }

  @Test func foreignFile() throws {
    let database = try SampleDatabase()
    let path = database.directory + "/text.db"
    try Data(repeating: 0x41, count: 5000).write(to: URL(fileURLWithPath: path))
    let error = try extractionError { _ = try SQLiteSourceSession(path: path) }
    #expect(error.code == .notADatabase)
    #expect(!error.isTransient)
  }

  @Test func emptyFileIsAnEmptyDatabase() throws {
    let database = try SampleDatabase()
    #expect(try database.session().allTables().isEmpty)
  }

  @Test func lockedFile() throws {
    let database = try SampleDatabase("CREATE TABLE t(a)")
    try database.run("BEGIN EXCLUSIVE")
    let error = try extractionError { _ = try database.session() }
    #expect(error.code == .busy)
    #expect(error.isTransient)
    try database.run("ROLLBACK")
    #expect(try database.session().allTables().count == 1)
  }

  @Test func damagedFile() throws {
    let database = try SampleDatabase(
      """
      CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT);
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
      INSERT INTO t SELECT i, hex(randomblob(50)) FROM n;
      """)
    let table = try database.table("t")
    let file = try #require(FileHandle(forUpdatingAtPath: database.path))
    // Every page behind the first two is nonsense.
    try file.seek(toOffset: 2 * 4096)
    try file.write(contentsOf: Data(repeating: 0xEE, count: 60 * 4096))
    try file.close()
    let session = try database.session()
    let error = try extractionError {
      _ = try session.measure(
        MeasureRequest(table: table, key: nil, parts: [Part(id: 1, range: .whole)], digestColumns: ["a", "b"]))
    }
    #expect(error.code == .corrupt)
    #expect(error.message.contains("integrity_check"))
  }

  @Test func pathsThatLookLikeSomethingElse() throws {
    let database = try SampleDatabase("CREATE TABLE t(a)")
    let odd = database.directory + "/file:x?mode=memory"
    try FileManager.default.copyItem(atPath: database.path, toPath: odd)
    #expect(try SQLiteSourceSession(path: odd).allTables().map(\.name.table) == ["t"])
    #expect(throws: ExtractionError.self) { _ = try SQLiteSourceSession(path: ":memory:") }
    #expect(throws: ExtractionError.self) { _ = try SQLiteSourceSession(path: "") }
  }

  @Test func filterIsTried() throws {
    let database = try SampleDatabase("CREATE TABLE t(a INTEGER, b TEXT)")
    let session = try database.session()
    let table = try database.table("t")
    try session.check(filter: "a > 1 AND b <> 'x) OR (1=1' -- note", of: table)
    try session.check(filter: "\"a\" IN (SELECT a FROM t) /* ; ) */", of: table)
    try session.check(filter: "[a] = 1 OR `b` LIKE '$:?@'", of: table)
    for filter in [
      "nothing > 1", "b = \"word\"", "a >", "count(*) > 1", "1) OR (1", "a = ?", "a = :x", "a IN (1", "b = 'x",
      "a = 1 /* x", "[a", "a = 1; DROP TABLE t", " -- nothing",
    ] {
      let error = try extractionError { try session.check(filter: filter, of: table) }
      #expect(error.code == .badFilter, "\(filter)")
      #expect(error.message.contains(filter))
      #expect(error.place == "table t")
    }
  }

  @Test func queryForTheReader() throws {
    let session = try SampleDatabase("CREATE TABLE t(a)").session()
    let columns = [
      ColumnPlan(source: "a\"b", target: "A", sourceType: "", type: .variant, targetType: "VARIANT", isNullable: true)
    ]
    #expect(
      session.extractionQuery(table: ObjectName(table: "t"), columns: columns, filter: "a = 1 OR b")
        == "SELECT \"a\"\"b\" FROM \"t\" WHERE (a = 1 OR b) AND /* the part's range */")
    #expect(
      session.extractionQuery(table: ObjectName(table: "t"), columns: columns, filter: nil)
        == "SELECT \"a\"\"b\" FROM \"t\" WHERE /* the part's range */")
  }

  @Test func snapshotIsExactForOnePart() throws {
    let database = try SampleDatabase("CREATE TABLE t(a)")
    let (session, table) = (try database.session(), try database.table("t"))
    #expect(session.snapshotGuarantee(for: table, parts: 1).class == .exact)
    #expect(session.snapshotGuarantee(for: table, parts: 2).class == .bestEffort)
  }

  @Test func keysThatCannotBeCompared() throws {
    let database = try SampleDatabase("CREATE TABLE t(a TEXT COLLATE NOCASE, b TEXT)")
    let session = try database.session()
    var table = try database.table("t")
    func obstacle(_ columns: String...) -> String? {
      session.obstacle(to: PartitionKey(columns: columns, origin: .asked, isNullable: true), of: table)
    }
    #expect(obstacle("a", "b") == nil)
    #expect(obstacle("c")?.contains("no column c") == true)
    table.columns[1].collation = "german"
    #expect(obstacle("a") == nil)
    #expect(obstacle("a", "b")?.contains("german") == true)
  }

  @Test func textKeyOfAnotherEncoding() throws {
    let database = try SampleDatabase(
      """
      PRAGMA encoding = 'UTF-16le'; CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT); INSERT INTO t VALUES (1, 'ä');
      """)
    let (session, table) = (try database.session(), try database.table("t"))
    #expect(
      session.obstacle(to: PartitionKey(columns: ["b"], origin: .asked, isNullable: true), of: table)?
        .contains("UTF-16le") == true)
    #expect(
      session.obstacle(to: PartitionKey(columns: ["a"], origin: .primaryKey, isNullable: false), of: table) == nil)
  }
}
