import Foundation
import Support
import Testing

/// `verify`: silent where both sides are equal, and exact about what is not.
@Suite struct VerifyTests {
  /// That a comparison of everything finds nothing.
  static func expectEqual(_ workspace: Workspace, sourceLocation: SourceLocation = #_sourceLocation) async throws {
    let verified = try await workspace.run("verify", "wf.json")
    #expect(
      verified.code == 0 && verified.output.contains("no difference"), "\(verified)", sourceLocation: sourceLocation)
  }

  /// One column of each type that a plan can give a column.
  private static let schema = """
    CREATE TABLE t (id INTEGER PRIMARY KEY, name VARCHAR(20), note TEXT, price DECIMAL(10,2), exact DECIMAL(15,4), f REAL,
      b BLOB, day DATE, at DATETIME, ok BOOLEAN, any, n INTEGER);
    WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 6000)
      INSERT INTO t SELECT i, 'name ' || i || ' ', CASE i % 5 WHEN 0 THEN '' WHEN 1 THEN NULL ELSE 'Text ' || i END, i * 0.25,
        i / 10000.0, i / 7.0, CASE i % 4 WHEN 0 THEN NULL ELSE randomblob(i % 9) END, date('2020-01-01', i || ' days'),
        datetime('2020-01-01', i || ' minutes'), i % 2, CASE i % 3 WHEN 0 THEN i WHEN 1 THEN i || '' ELSE i / 3.0 END, i * 7
        FROM c;
    """

  private static let table =
    #""synchronization": {"strategy": "checksum"}, "partitionSize": {"maxRowsPerPartition": 500}"#

  private func loaded(_ workspace: Workspace) async throws {
    try workspace.openSource().execute(Self.schema)
    try workspace.workflow(["t": Self.table])
    try await StrategyTests.apply(workspace)
  }

  /// What `verify --json` says of the rows of the first table, by their key.
  private func differences(_ workspace: Workspace, _ more: String...) async throws -> [Int: (
    kind: String, columns: [String]
  )] {
    let verified = try await workspace.start(["verify", "wf.json", "--json"] + more).end()
    #expect(verified.code == 6, "\(verified)")
    struct Line: Decodable {
      struct Content: Decodable {
        struct Row: Decodable {
          struct Column: Decodable { var name: String }
          var kind: String
          var key: [String?]
          var columns: [Column]
        }
        var rows: [Row]
      }
      var type: String
      var content: Content?
    }
    let lines = try verified.output.split(separator: "\n").map {
      try JSONDecoder().decode(Line.self, from: Data($0.utf8))
    }
    let rows = try #require(lines.first { $0.type == "table" }?.content).rows
    return Dictionary(
      rows.map { (Int(($0.key.first ?? nil) ?? "") ?? 0, (kind: $0.kind, columns: $0.columns.map(\.name))) }
    ) { first, _ in first }
  }

  /// A thousand differences at once: of one bit, one blank, one letter's case, one place of a number, NULL and empty, and
  /// whole rows.
  @Test func everyPlantedDifferenceIsFound() async throws {
    let plants: [(sql: String, columns: [String], kind: String)] = [
      ("name = rtrim(name)", ["name"], "differs"), ("name = upper(name)", ["name"], "differs"),
      ("name = name || ' '", ["name"], "differs"),
      ("note = CASE WHEN note = '' THEN NULL ELSE '' END", ["note"], "differs"),
      ("price = price + 0.01", ["price"], "differs"), ("exact = exact - 0.0001", ["exact"], "differs"),
      ("f = f * (1 + 2.3e-16)", ["f"], "differs"),
      ("b = CASE WHEN b IS NULL THEN x'' ELSE b || x'00' END", ["b"], "differs"),
      ("day = date(day, '1 day')", ["day"], "differs"), ("at = datetime(at, '1 second')", ["at"], "differs"),
      ("ok = 1 - ok", ["ok"], "differs"),
      ("any = CASE typeof(any) WHEN 'text' THEN any + 0 ELSE any || '' END", ["any"], "differs"),
      ("n = n + 1, note = 'both'", ["n", "note"], "differs"), ("id = id + 100000", [], "moved"),
    ]
    var random = SeededGenerator(seed: 20261121)
    try await Workspace.with { workspace in
      try await loaded(workspace)
      try await Self.expectEqual(workspace)
      let target = try workspace.openTarget()
      var planted: [Int: (kind: String, columns: [String])] = [:]
      try target.execute("BEGIN")
      for id in Array(1...6000).shuffled(using: &random).prefix(1000) {
        let plant = plants[id % plants.count]
        try target.execute("UPDATE t SET \(plant.sql) WHERE id = \(id)")
        if plant.kind == "moved" {
          planted[id] = ("only in source", [])
          planted[id + 100_000] = ("only in target", [])
        } else {
          planted[id] = (plant.kind, plant.columns)
        }
      }
      try target.execute("COMMIT")
      let found = try await differences(workspace, "--limit", "5000")
      #expect(planted.count > 1000)
      for (id, plant) in planted {
        let row = try #require(found[id], "row \(id) (\(plant)) was not found")
        #expect(row.kind == plant.kind && Set(row.columns) == Set(plant.columns), "row \(id): \(row) for \(plant)")
      }
      #expect(found.count == planted.count, "\(found.keys.filter { planted[$0] == nil })")
      // All are counted, and none is listed when none is asked for.
      let counted = try await workspace.run("verify", "wf.json", "--limit", "0")
      #expect(counted.output.contains("content: \(Self.grouped(planted.count)) rows differ"), "\(counted)")
      #expect(counted.output.contains("and \(Self.grouped(planted.count)) more"), "\(counted)")
    }
  }

  private static func grouped(_ number: Int) -> String {
    "\(number / 1000),\(String(number % 1000 + 1000).dropFirst())"
  }

  @Test func rowsWithoutAKeyAreAMultiset() async throws {
    try await Workspace.with { workspace in
      try workspace.openSource().execute(
        "CREATE TABLE t (a TEXT, b INTEGER); INSERT INTO t VALUES ('x', 1), ('x', 1), ('y', 2), (NULL, NULL), ('', NULL)"
      )
      try workspace.workflow(["t": ""])
      try await StrategyTests.apply(workspace)
      try await Self.expectEqual(workspace)
      // As many rows as before, and another one of two.
      try workspace.openTarget().execute("UPDATE t SET a = 'y', b = 2 WHERE rowid = 1")
      let verified = try await workspace.run("verify", "wf.json", "--show-values")
      #expect(verified.code == 6 && verified.output.contains("5 = 5 rows   content: 2 rows differ"), "\(verified)")
      #expect(verified.output.contains("'x', '1'") && verified.output.contains("'y', '2'"), "\(verified)")
      let closed = try await workspace.run("verify", "wf.json")
      #expect(!closed.output.contains("'x'"), "values are told only when they are asked for: \(closed)")
    }
  }

  @Test func levelsAndNamesAndFilters() async throws {
    try await Workspace.with { workspace in
      let source = try workspace.openSource()
      try source.execute(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT, w INTEGER); INSERT INTO t VALUES (1, 'a', 1), (2, 'b', 2), (3, 'c', 3)"
      )
      try workspace.workflow([
        "t": #""whereClauseCriteria": "id < 3", "columnNameMappings": {"sourceName": "v", "targetName": "renamed"}"#
      ])
      let early = try await workspace.run("verify", "wf.json")
      #expect(early.code == 6 && early.output.contains("target table missing"), "\(early)")
      try await StrategyTests.apply(workspace)
      try await Self.expectEqual(workspace)
      let target = try workspace.openTarget()
      try target.execute("UPDATE t SET renamed = 'z' WHERE id = 2")
      let counts = try await workspace.run("verify", "wf.json", "--level", "counts")
      #expect(counts.code == 0 && counts.output.contains("2 = 2 rows"), "\(counts)")
      let content = try await workspace.run("verify", "wf.json")
      #expect(content.code == 6 && content.output.contains("id 2  differs in: v"), "\(content)")
      try target.execute("DELETE FROM t WHERE id = 2")
      let fewer = try await workspace.run("verify", "wf.json", "--level", "counts")
      #expect(fewer.code == 6 && fewer.output.contains("2 != 1 row"), "\(fewer)")
      let schema = try await workspace.run("verify", "wf.json", "--level", "schema")
      #expect(schema.code == 0 && !schema.output.contains("rows"), "\(schema)")
      try target.execute("ALTER TABLE t DROP COLUMN w")
      let narrower = try await workspace.run("verify", "wf.json")
      #expect(narrower.code == 6 && narrower.output.contains("target column missing"), "\(narrower)")
      let unknown = try await workspace.run("verify", "wf.json", "--target", "nothing")
      #expect(unknown.code == 1 && unknown.complaint.contains("no table of the workflow has this name"), "\(unknown)")
      try source.execute("ALTER TABLE t RENAME TO gone")
      let missing = try await workspace.run("verify", "wf.json")
      #expect(missing.code == 1 && missing.complaint.contains("the source has no such table"), "\(missing)")
      #expect(try FileManager.default.contentsOfDirectory(atPath: workspace.folder + "/state/stage").isEmpty)
    }
  }

  /// A row whose watermark is beyond the last synchronisation is to come, and not lost.
  @Test func whatAWatermarkHasNotReachedIsToCome() async throws {
    try await Workspace.with { workspace in
      let source = try workspace.openSource()
      try source.execute(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT, at DATETIME NOT NULL); "
          + "INSERT INTO t VALUES (1, 'a', '2026-01-01 00:00:00'), (2, 'b', '2026-01-02 00:00:00'), (3, 'c', '2026-01-03 00:00:00')"
      )
      try workspace.workflow([
        "t":
          #""synchronization": {"strategy": "watermark", "watermarkColumn": "at", "trackModifications": true}, "primaryKeyColumns": ["id"]"#
      ])
      try await StrategyTests.apply(workspace)
      try await Self.expectEqual(workspace)
      try source.execute(
        "UPDATE t SET v = 'later', at = '2026-02-01 00:00:00' WHERE id = 1; INSERT INTO t VALUES (4, 'd', '2026-02-02 00:00:00')"
      )
      let moved = try await workspace.run("verify", "wf.json")
      // The target has the older row 1, which the source has no more: so far, they have 2 and 3 rows.
      #expect(moved.code == 0, "\(moved)")
      #expect(moved.output.contains("2 != 3 rows   2 rows to come with the next refresh   content equal"), "\(moved)")
      let counted = try await workspace.run("verify", "wf.json", "--level", "counts")
      #expect(counted.code == 0, "\(counted)")
      try source.execute("DELETE FROM t WHERE id = 2")
      let lost = try await workspace.run("verify", "wf.json")
      #expect(lost.code == 6 && lost.output.contains("id 2  only in target"), "\(lost)")
    }
  }

  @Test func aRunAtWorkIsWaitedForByThePerson() async throws {
    try await Workspace.with { workspace in
      try await loaded(workspace)
      try await workspace.stopEngines()
      try workspace.openSource().execute("UPDATE t SET n = 0 WHERE id = 5")
      let killed = try await workspace.run(
        "apply", "wf.json", "--auto-approve", environment: ["SCMPLAN_FAULT": "store.submit.after-commit=kill"])
      #expect(killed.signal == SIGKILL)
      let refused = try await workspace.run("verify", "wf.json")
      #expect(refused.code == 3 && refused.complaint.contains("is at work"), "\(refused)")
    }
  }
}
