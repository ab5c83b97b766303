import Catalogs
import Foundation
import Loading
import Plans
import Testing

/// The statements of a load; each trap of Snowflake's COPY that they step around has a test that names it.
@Suite struct SnowflakeLoadTests {
  static let target = ObjectName(database: "DB", schema: "S", table: "ORDERS")
  static let columns = [
    SnowflakeDialectTests.column("ID", .integer, nullable: false),
    SnowflakeDialectTests.column("Name", .text(length: 5)),
  ]

  static func staged(_ count: Int = 2, rows: Int = 10) -> StagedPart {
    let files = (0..<count).map {
      StagedFile(path: "run-7/0/3/1/\($0 + 1).parquet", rows: rows, bytes: 100, sha256: "f\($0)")
    }
    return StagedPart(files: files, sourceRows: rows * count)
  }

  static func load(
    _ method: LoadMethod = .replace, _ addressing: Addressing = .keyRange, range: PartRange = keys(10, 20),
    key: [String] = ["ID"], mergeKey: [String] = [], window: Window? = nil, replaces: [Int] = [],
    metadata: Bool = false, staged: StagedPart = staged(), columns: [ColumnPlan] = columns
  ) -> SnowflakeLoad {
    let request = LoadRequest(
      target: target, columns: columns, addressing: addressing, method: method, key: key, mergeKey: mergeKey,
      part: Part(id: 3, range: range), window: window, replaces: replaces, metadataColumns: metadata, lineage: "L-1",
      run: 7, attempt: 2, plan: "P", stage: "/stage", staged: staged)
    return SnowflakeLoad(request, place: "ORDERS, part 3", sha256: "abc", session: "4711")
  }

  private func sql(_ load: SnowflakeLoad) throws -> [String] { try load.rows().map(\.sql) }

  private func copy(_ load: SnowflakeLoad) throws -> String {
    try #require(try sql(load).first { $0.hasPrefix("COPY") })
  }

  @Test func aReplacementIsOneTransaction() throws {
    let steps = try Self.load().rows() + Self.load().end(rows: 20, deleted: 4)
    #expect(
      steps.map(\.sql) == [
        "BEGIN", "SELECT CURRENT_TRANSACTION() AS ID",
        "SELECT COUNT(*) AS N FROM (SELECT 1 AS K FROM DB.S.ORDERS WHERE ID IS NOT NULL AND ID >= 10 AND ID < 20 "
          + "LIMIT 1) AS r",
        "DELETE FROM DB.S.ORDERS WHERE ID IS NOT NULL AND ID >= 10 AND ID < 20",
        """
        COPY INTO DB.S.ORDERS (ID, "Name")
        FROM (
          SELECT $1:"ID"::NUMBER(19,0),
            $1:"Name"::VARCHAR(134217728)
          FROM @DB.S.SCMPLAN_STAGE/L-1/run-7/0/3/1/load-7-3-2/
        )
        FILES = ('1.parquet', '2.parquet')
        FILE_FORMAT = (TYPE = PARQUET BINARY_AS_TEXT = FALSE USE_LOGICAL_TYPE = TRUE USE_VECTORIZED_SCANNER = TRUE NULL_IF = ())
        ON_ERROR = ABORT_STATEMENT FORCE = TRUE
        """,
        "SELECT COUNT(*) AS N FROM DB.S.ORDERS WHERE ID IS NOT NULL AND ID >= 10 AND ID < 20",
        "UPDATE DB.S.SCMPLAN_FENCE SET COMMITS = COMMITS + 1 WHERE TARGET = 'ORDERS' AND LINEAGE = 'L-1' AND RUN = 7 "
          + "AND \"PLAN\" = 'P'",
        "SELECT ATTEMPT, \"ROWS\", DELETED FROM DB.S.SCMPLAN_LEDGER WHERE TARGET = 'ORDERS' AND LINEAGE = 'L-1' "
          + "AND RUN = 7 AND PART = 3 AND STATE = 'loaded'",
        "INSERT INTO DB.S.SCMPLAN_LEDGER SELECT 'ORDERS', 'L-1', 7, 3, 2, 'loaded', 20, 4, 2, 'abc', 'P', '4711', "
          + "SYSDATE()",
        "SELECT CURRENT_TRANSACTION() AS ID", "COMMIT",
      ])
    #expect(steps.count(where: { $0.purpose == .begin }) == 1 && steps.last?.purpose == .commit)
  }

  @Test func theFenceIsLockedBeforeTheLedgerIsLookedAt() {
    let purposes = Self.load().end(rows: 1, deleted: 0).map(\.purpose)
    #expect(purposes == [.fence, .lookUp, .record, .identify, .commit])
  }

  @Test func theAttemptIsNotedByItselfBeforeAnythingWaits() {
    let intent = Self.load().intent
    #expect(intent.map(\.purpose) == [.begin, .record, .commit])
    #expect(intent[1].sql.contains("'loading', 0, 0, 2, 'abc', 'P', '4711'"))
  }

  /// Trap: `FILES` takes a thousand names.
  @Test func aThousandFilesToACopy() throws {
    let steps = try Self.load(staged: Self.staged(2_001)).rows()
    let counts = steps.compactMap { step -> Int? in
      guard case .copy(let files) = step.purpose else { return nil }
      #expect(files.count == step.sql.components(separatedBy: ".parquet'").count - 1)
      return files.count
    }
    #expect(counts == [1_000, 1_000, 1])
  }

  /// Trap: a COPY of no files answers in another shape, so there is none; the room is made all the same.
  @Test func anEmptyPartNeedsNoCopy() throws {
    let load = Self.load(staged: StagedPart(files: [], sourceRows: 0))
    #expect(try sql(load).map { $0.prefix(6) } == ["BEGIN", "SELECT", "SELECT", "DELETE", "SELECT"])
    #expect(load.clearing.isEmpty)
  }

  /// Trap: without a SELECT, an empty text is an error, a missing column is NULL whatever its default, and column names
  /// that differ in case are ambiguous.
  @Test func columnsComeByASelectAndDefaultsStay() throws {
    let text = try copy(Self.load())
    #expect(text.contains("INTO DB.S.ORDERS (ID, \"Name\")") && text.contains("SELECT $1:\"ID\""))
    #expect(!text.contains("MATCH_BY_COLUMN_NAME"))
  }

  /// Trap: a backslash and an N as text would become NULL, and bytes would be read as text.
  @Test func theFileFormatIsWrittenOut() throws {
    let text = try copy(Self.load())
    for word in [
      "NULL_IF = ()", "BINARY_AS_TEXT = FALSE", "USE_LOGICAL_TYPE = TRUE", "USE_VECTORIZED_SCANNER = TRUE",
      "ON_ERROR = ABORT_STATEMENT",
    ] { #expect(text.contains(word)) }
  }

  /// Trap: what COPY remembers of loaded files may survive a rollback, so a repetition would load nothing.
  @Test func theLedgerAndNotCopyDecidesWhatIsLoaded() throws {
    #expect(try copy(Self.load()).hasSuffix("FORCE = TRUE"))
    #expect(try copy(Self.load(.append)).hasSuffix("FORCE = TRUE"))
  }

  /// Trap: `TRUNCATE` forgets what was loaded for good, and `PURGE` deletes files before the commit is certain.
  @Test func nothingIsForgottenBeforeTheCommit() throws {
    let all = try sql(Self.load(.replace, .wholeTable, range: .whole)).joined(separator: "\n")
    #expect(all.contains("DELETE FROM DB.S.ORDERS\n") && !all.contains("TRUNCATE") && !all.contains("PURGE"))
    #expect(Self.load().clearing == [SnowflakeStep(.clear, "REMOVE @DB.S.SCMPLAN_STAGE/L-1/run-7/0/3/1/load-7-3-2/")])
  }

  /// Trap: a definition commits the open transaction.
  @Test func definitionsComeBeforeTheTransaction() throws {
    let load = Self.load(.merge, mergeKey: ["ID"])
    #expect(load.definitions.map(\.purpose) == [.define])
    #expect(try load.rows().allSatisfy { $0.purpose != .define && !$0.sql.hasPrefix("CREATE") })
    #expect(load.clearing.map(\.sql).last == "DROP TABLE IF EXISTS DB.S.ORDERS__SCMPLAN_MERGE_7_3_2")
  }

  /// Trap: a cast in the plan's own words could cut or round; see ``SnowflakeCastTests``. A type with no exact way is an
  /// error before anything runs.
  @Test func aColumnWithoutAnExactWayIsRefused() {
    let columns = [SnowflakeDialectTests.column("ID", .float, "VARCHAR(30)")]
    #expect(loadingError { _ = try Self.load(columns: columns).rows() }?.code == .valueRefused)
  }

  @Test func mergingByAKeyThatMayBeNull() throws {
    let steps = try Self.load(.merge, mergeKey: ["ID", "Name"], metadata: true).rows()
    #expect(
      Self.load(.merge, mergeKey: ["ID"]).definitions.map(\.sql) == [
        "CREATE OR REPLACE TRANSIENT TABLE DB.S.ORDERS__SCMPLAN_MERGE_7_3_2 (ID NUMBER(19,0), \"Name\" VARCHAR(5))"
      ])
    #expect(steps.map(\.purpose).suffix(3) == [.findRepeats, .makeRoom, .insert(20)])
    #expect(steps.contains { $0.sql.hasPrefix("COPY INTO DB.S.ORDERS__SCMPLAN_MERGE_7_3_2 (") })
    #expect(
      steps[steps.count - 3].sql
        == "SELECT COUNT(*) AS N FROM (SELECT 1 AS K FROM DB.S.ORDERS__SCMPLAN_MERGE_7_3_2 GROUP BY ID, \"Name\" "
        + "HAVING COUNT(*) > 1) AS r")
    #expect(
      steps[steps.count - 2].sql
        == "DELETE FROM DB.S.ORDERS AS t USING DB.S.ORDERS__SCMPLAN_MERGE_7_3_2 AS s "
        + "WHERE t.ID = s.ID AND t.\"Name\" IS NOT DISTINCT FROM s.\"Name\"")
    let columns = "ID, \"Name\", _SCMPLAN_RUN, _SCMPLAN_PART, _SCMPLAN_LOADED_AT"
    #expect(
      steps[steps.count - 1].sql
        == "INSERT INTO DB.S.ORDERS (\(columns)) SELECT \(columns) FROM DB.S.ORDERS__SCMPLAN_MERGE_7_3_2")
    #expect(loadingError { _ = try Self.load(.merge).rows() }?.message.contains("needs a key") == true)
  }

  @Test func appendingRemovesOnlyTheTiesAtTheLastBound() throws {
    #expect(try sql(Self.load(.append)).map { $0.prefix(5) } == ["BEGIN", "SELEC", "COPY "])
    let window = Window(column: "ID", after: .integer(5), includesAfter: true, through: .integer(9))
    #expect(try sql(Self.load(.append, window: window))[3] == "DELETE FROM DB.S.ORDERS WHERE ID = 5")
  }

  @Test func partColumnAndRebuild() throws {
    let part = try Self.load(.replace, .partColumn, replaces: [1, 2], metadata: true).rows()
    #expect(part[3].sql == "DELETE FROM DB.S.ORDERS WHERE _SCMPLAN_PART IN (3, 1, 2)")
    #expect(
      part[4].sql.contains("7,\n    3,\n    CURRENT_TIMESTAMP()\n")
        && part[4].sql.contains("(ID, \"Name\", _SCMPLAN_RUN, _SCMPLAN_PART, _SCMPLAN_LOADED_AT)"))
    let rebuild = try Self.load(.replace, .rebuild).rows()
    #expect(rebuild.map(\.purpose).count == 3 && rebuild[2].sql.hasPrefix("COPY INTO DB.S.ORDERS__SCMPLAN_REBUILD ("))
  }

  /// Each way to tell the rows of a load from those that were there.
  @Test func theCheckLooksAtTheLoadedRowsAlone() throws {
    func condition(_ load: SnowflakeLoad) throws -> String? {
      var load = load
      load.check = SnowflakeLoadCheck(columns: Self.columns, expected: RowDigest(rows: 1))
      guard let step = try load.rows().last, step.purpose == .digest(RowDigest(rows: 1)) else { return nil }
      let parts = step.sql.components(separatedBy: " AS SCMPLAN_ROW FROM ")
      return String(try #require(parts.last).dropLast(") AS d".count))
    }
    #expect(try condition(Self.load()) == "DB.S.ORDERS AS t WHERE ID IS NOT NULL AND ID >= 10 AND ID < 20")
    #expect(try condition(Self.load(.replace, .wholeTable)) == "DB.S.ORDERS AS t")
    let metadata = "DB.S.ORDERS AS t WHERE _SCMPLAN_RUN = 7 AND _SCMPLAN_PART IN (3)"
    #expect(try condition(Self.load(.replace, .partColumn, replaces: [1, 2], metadata: true)) == metadata)
    #expect(try condition(Self.load(.append, metadata: true)) == metadata)
    #expect(
      try condition(Self.load(.merge, mergeKey: ["ID", "Name"]))
        == "DB.S.ORDERS AS t WHERE EXISTS (SELECT 1 AS K FROM DB.S.ORDERS__SCMPLAN_MERGE_7_3_2 AS s "
        + "WHERE t.ID = s.ID AND t.\"Name\" IS NOT DISTINCT FROM s.\"Name\")")
    #expect(
      try condition(Self.load(.replace, .rebuild)) == "DB.S.ORDERS__SCMPLAN_REBUILD AS t WHERE _SCMPLAN_REBUILD_7 = 3")
    var rebuild = Self.load(.replace, .rebuild)
    rebuild.check = SnowflakeLoadCheck(columns: Self.columns, expected: RowDigest())
    let copy = try copy(rebuild)
    #expect(copy.contains("(ID, \"Name\", _SCMPLAN_REBUILD_7)\n") && copy.contains(",\n    3\n  FROM @"))
    // Nothing tells what was appended from the rows that were there.
    #expect(try condition(Self.load(.append)) == nil)
    var variants = Self.load()
    variants.check = SnowflakeLoadCheck(columns: [], expected: RowDigest())
    #expect(try variants.rows().allSatisfy { !$0.sql.contains("SCMPLAN_ROW") })
  }

  @Test func compositeKeysCompareFromTheLeft() throws {
    let range = PartRange.keys(from: Bound([.integer(1), .text("it's")]), to: Bound([.integer(2), .text("x")]))
    let text = try sql(Self.load(range: range, key: ["ID", "Name"]))[3]
    #expect(
      text == "DELETE FROM DB.S.ORDERS WHERE ID IS NOT NULL AND \"Name\" IS NOT NULL AND "
        + "((ID > 1) OR (ID = 1 AND \"Name\" >= 'it''s')) AND ((ID < 2) OR (ID = 2 AND \"Name\" < 'x'))")
    #expect(
      try sql(Self.load(range: .nullKey, key: ["ID", "Name"]))[3]
        == "DELETE FROM DB.S.ORDERS WHERE ID IS NULL OR \"Name\" IS NULL")
    #expect(loadingError { _ = try Self.load(range: range, key: ["ID"]).rows() }?.code == .statementFailed)
    #expect(loadingError { _ = try Self.load(range: range, key: []).rows() }?.code == .statementFailed)
    #expect(loadingError { _ = try Self.load(key: ["GONE"]).rows() }?.message.contains("GONE") == true)
  }

  /// Trap: a swap commits by itself, and done twice it is undone.
  @Test func aRebuildIsMarkedSoThatASwapIsNotDoneTwice() {
    let rebuild = SnowflakeRebuild(Self.target, run: 7)
    #expect(
      rebuild.create(isTransient: false).map(\.sql) == [
        "CREATE TABLE IF NOT EXISTS DB.S.ORDERS__SCMPLAN_REBUILD LIKE DB.S.ORDERS COPY GRANTS",
        "ALTER TABLE DB.S.ORDERS__SCMPLAN_REBUILD ADD COLUMN IF NOT EXISTS _SCMPLAN_REBUILD_7 NUMBER(19,0)",
      ])
    #expect(rebuild.create(isTransient: true)[0].sql.hasPrefix("CREATE TRANSIENT TABLE IF NOT EXISTS DB.S.ORDERS__"))
    #expect(rebuild.swap.sql == "ALTER TABLE DB.S.ORDERS SWAP WITH DB.S.ORDERS__SCMPLAN_REBUILD")
    #expect(rebuild.unmark.sql == "ALTER TABLE DB.S.ORDERS DROP COLUMN IF EXISTS _SCMPLAN_REBUILD_7")
  }
}
