import Catalogs
import Extraction
import Foundation
import Parquet
import Plans
import Testing

@Suite struct SQLiteExtractTests {
  /// A table is measured, planned in the types found, extracted, and compared with what SQLite itself says of each
  /// value.
  @Test func awkwardTableReadsBackEqual() throws {
    let database = try SampleDatabase(
      """
      CREATE TABLE t(id INTEGER PRIMARY KEY, "the name" TEXT, amount DECIMAL(12,2), at DATETIME, any, raw BLOB,
        twice INT AS (id * 2) STORED, flag BOOLEAN, "select" REAL);
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
      INSERT INTO t SELECT i, CASE i % 5 WHEN 0 THEN NULL WHEN 1 THEN '' ELSE printf('%.*c', i % 300, 'z') || '€' END,
        i * 7 / 100.0, datetime(i * 86400, 'unixepoch'),
        CASE i % 4 WHEN 0 THEN i WHEN 1 THEN i / 8.0 WHEN 2 THEN 't' || i ELSE CAST('b' || i AS BLOB) END,
        CASE WHEN i % 3 THEN zeroblob(i % 100) END, i % 2, i / 16.0 FROM n;
      INSERT INTO t(id, "the name", raw) VALUES (30000, printf('%.*c', 1048576, 'm'), zeroblob(1048576));
      """)
    var table = try database.table("t")
    let session = try database.session()
    let measured = try session.measure(
      MeasureRequest(table: table, key: nil, parts: [Part(id: 1, range: .whole)], profiles: true))
    table.columns = try #require(measured.columns)
    #expect(
      table.columns.map(\.type) == [
        .integer, .text(length: nil), .decimal(precision: 12, scale: 2), .timestamp(scale: 0), .variant,
        .binary(length: nil), .integer, .boolean, .float,
      ])
    let part = try session.extract(
      database.request(table, memory: 2 << 20, fileBytes: 100_000), progress: { _ in })
    #expect(part.files.count > 1)
    #expect(part.rows == 20_001)
    let expected = try database.rows(
      """
      SELECT id, CASE WHEN "the name" IS NULL THEN 'NULL' ELSE '''' || "the name" || '''' END,
        CASE WHEN amount IS NULL THEN 'NULL' ELSE CAST(round(amount * 100) AS INTEGER) || 'e-2' END,
        coalesce('tick ' || (strftime('%s', at) * 1000000), 'NULL'),
        CASE typeof(any) WHEN 'null' THEN 'NULL' WHEN 'text' THEN '''"' || any || '"'''
          WHEN 'blob' THEN '''{"$binary":"' || lower(hex(any)) || '"}''' ELSE '''' || any || '''' END,
        CASE WHEN raw IS NULL THEN 'NULL' ELSE 'x' || lower(hex(raw)) END, twice,
        CASE flag WHEN 1 THEN 'true' WHEN 0 THEN 'false' ELSE 'NULL' END, coalesce("select", 'NULL') FROM t ORDER BY id
      """)
    #expect(try database.read(part) == expected)
  }

  @Test func virtualAndCompactTables() throws {
    let database = try SampleDatabase(
      """
      CREATE VIRTUAL TABLE found USING fts5(title, body); INSERT INTO found VALUES ('a', 'b'), ('c', 'd');
      CREATE TABLE compact(k TEXT PRIMARY KEY, v) WITHOUT ROWID; INSERT INTO compact VALUES ('x', 1), ('y', 2);
      CREATE TABLE hiding(rowid TEXT, _rowid_ TEXT, oid TEXT); INSERT INTO hiding VALUES ('r', 's', 't');
      """)
    let session = try database.session()
    for (name, rows) in [
      ("found", [["'\"a\"'", "'\"b\"'"], ["'\"c\"'", "'\"d\"'"]]), ("compact", [["'x'", "'1'"], ["'y'", "'2'"]]),
      ("hiding", [["'r'", "'s'", "'t'"]]),
    ] {
      let part = try session.extract(database.request(try database.table(name), prefix: name), progress: { _ in })
      #expect(try database.read(part) == rows, "\(name)")
    }
  }

  @Test func noRowsMakeNoFile() throws {
    let database = try SampleDatabase("CREATE TABLE t(a)")
    let part = try database.session().extract(database.request(try database.table("t")), progress: { _ in })
    #expect(part == StagedPart(files: [], sourceRows: 0))
    #expect(!FileManager.default.fileExists(atPath: database.stage))
  }

  @Test func digestIsOfTheRowsThatWereExtracted() throws {
    let database = try SampleDatabase(
      "CREATE TABLE t(id INTEGER PRIMARY KEY, a, b); INSERT INTO t VALUES (1, 'x', NULL), (2, 2.5, ''), (30, x'00', 7)")
    let session = try database.session()
    let table = try database.table("t")
    let key = PartitionKey(columns: ["id"], origin: .primaryKey, isNullable: false)
    let cut = parts([Bound([.integer(10)])], withNull: false)
    let names = table.columns.map(\.name)
    let measured = try session.measure(MeasureRequest(table: table, key: key, parts: cut, digestColumns: names))
    for (part, measure) in zip(cut, measured.parts) {
      var request = try database.request(table, key: key, range: part.range, prefix: "part\(part.id)")
      request.digestColumns = names
      let staged = try session.extract(request, progress: { _ in })
      #expect(staged.digest == measure.digest)
      #expect(staged.digest?.rows == staged.rows)
    }
  }

  @Test func refusalNamesTheRowAndNoValue() throws {
    let database = try SampleDatabase(
      "CREATE TABLE t(id INTEGER PRIMARY KEY, a INTEGER); INSERT INTO t VALUES (1, 1), (77, 'secret')")
    let error = try extractionError {
      _ = try database.session().extract(database.request(try database.table("t")), progress: { _ in })
    }
    #expect(error.code == .valueDoesNotFit)
    #expect(error.place == "table t, column a")
    #expect(error.message.contains("a text (rowid 77, key id) does not fit the planned integer"))
    #expect(error.message.contains("columnTypeMappings"))
    #expect(!error.description.contains("secret"))
    #expect(!FileManager.default.fileExists(atPath: database.stage + "/run/part"))
  }

  @Test func nullInARequiredColumn() throws {
    let database = try SampleDatabase("CREATE TABLE t(a TEXT PRIMARY KEY) ; INSERT INTO t VALUES ('x'), (NULL)")
    let table = try database.table("t")
    var columns = SampleDatabase.columns(table)
    columns[0].isNullable = false
    let error = try extractionError {
      _ = try database.session().extract(database.request(table, columns: columns), progress: { _ in })
    }
    #expect(error.code == .valueDoesNotFit)
    #expect(error.message.contains("NOT NULL"))
  }

  @Test func changedShapeIsRefused() throws {
    let database = try SampleDatabase("CREATE TABLE t(a INT); INSERT INTO t VALUES (1)")
    let request = try database.request(try database.table("t"))
    try database.run("ALTER TABLE t ADD COLUMN b")
    let changed = try extractionError { _ = try database.session().extract(request, progress: { _ in }) }
    #expect(changed.code == .shapeChanged)
    try database.run("DROP TABLE t")
    let gone = try extractionError { _ = try database.session().extract(request, progress: { _ in }) }
    #expect(gone.code == .tableMissing)
    #expect(gone.place == "table t")
  }

  @Test func columnThatIsNotThere() throws {
    let database = try SampleDatabase("CREATE TABLE t(a INT)")
    let table = try database.table("t")
    var columns = SampleDatabase.columns(table)
    columns[0].source = "b"
    let error = try extractionError {
      _ = try database.session().extract(database.request(table, columns: columns), progress: { _ in })
    }
    #expect(error.code == .shapeChanged)
    #expect(error.message.contains("no column b"))
  }

  @Test func differentCountsAreRefused() throws {
    let database = try SampleDatabase(
      """
      CREATE TABLE base(a INT);
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) INSERT INTO base SELECT i FROM n;
      CREATE VIEW t AS SELECT a FROM base WHERE a <= (SELECT abs(random() % 100000));
      """)
    let error = try extractionError {
      _ = try database.session().extract(database.request(try database.table("t")), progress: { _ in })
    }
    #expect(error.code == .countMismatch)
    #expect(!FileManager.default.fileExists(atPath: database.stage + "/run/part"))
  }

  @Test func errorInMidStream() throws {
    let database = try SampleDatabase(
      """
      CREATE TABLE base(a INT);
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) INSERT INTO base SELECT i FROM n;
      CREATE VIEW t AS SELECT a, CASE WHEN a = 90000 THEN abs(-9223372036854775807 - 1) ELSE a END AS b FROM base;
      """)
    let error = try extractionError {
      _ = try database.session().extract(
        database.request(try database.table("t"), memory: 1 << 20, fileBytes: 10_000), progress: { _ in })
    }
    #expect(error.code == .queryFailed)
    #expect(error.message.contains("integer overflow"))
    #expect(!FileManager.default.fileExists(atPath: database.stage + "/run/part"))
  }

  @Test func damagedTableInMidStream() throws {
    let database = try SampleDatabase(
      """
      CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT);
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
      INSERT INTO t SELECT i, hex(randomblob(50)) FROM n;
      """)
    let request = try database.request(try database.table("t"), memory: 1 << 20)
    let file = try #require(FileHandle(forUpdatingAtPath: database.path))
    try file.seek(toOffset: 400 * 4096)
    try file.write(contentsOf: Data(repeating: 0xEE, count: 20 * 4096))
    try file.close()
    let error = try extractionError { _ = try database.session().extract(request, progress: { _ in }) }
    #expect(error.code == .corrupt)
  }

  @Test func lockedTable() throws {
    let database = try SampleDatabase("CREATE TABLE t(a INT); INSERT INTO t VALUES (1)")
    let request = try database.request(try database.table("t"))
    let session = try database.session()
    try database.run("BEGIN EXCLUSIVE")
    let error = try extractionError { _ = try session.extract(request, progress: { _ in }) }
    #expect(error.code == .busy)
    #expect(error.isTransient)
    try database.run("ROLLBACK")
    #expect(try session.extract(request, progress: { _ in }).rows == 1)
  }

  @Test func writersGoOnInWALMode() throws {
    let database = try SampleDatabase("PRAGMA journal_mode = WAL; CREATE TABLE t(a INT); INSERT INTO t VALUES (1), (2)")
    let request = try database.request(try database.table("t"))
    var told = 0
    let part = try database.session().extract(request) { _ in
      told += 1
      try database.run("INSERT INTO t VALUES (3)")
    }
    #expect(told > 0)
    #expect(part.sourceRows == 2)
  }
}
