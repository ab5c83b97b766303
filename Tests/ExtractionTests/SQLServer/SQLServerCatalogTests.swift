import Catalogs
import Extraction
import Plans
import Support
import Testing

/// What the catalog says of tables, in a fixed number of questions.
@Suite(.blocking, .serialized) struct SQLServerCatalogTests {
  private static let tables = """
    CREATE SCHEMA [Sales ö];
    GO
    CREATE TABLE [Sales ö].[Or]]ders]
    (
        Id int IDENTITY(10, 5) NOT NULL, Code char(4) COLLATE Latin1_General_BIN2 NOT NULL, Amount decimal(12, 3) DEFAULT (0),
        Note nvarchar(max) NULL, Twice AS (Id * 2) PERSISTED, Stamp rowversion, Moment datetime2(3) NOT NULL, Sparse int SPARSE NULL,
        Guid uniqueidentifier DEFAULT (NEWID()), Short varchar(20), CONSTRAINT PK_Orders PRIMARY KEY CLUSTERED (Code, Id DESC),
        CONSTRAINT UQ_Guid UNIQUE (Guid)
    );
    CREATE UNIQUE INDEX IX_Amount ON [Sales ö].[Or]]ders] (Amount) WHERE Amount > 0;
    CREATE TABLE Heap(a int NULL, b varchar(20) NULL);
    CREATE CLUSTERED INDEX IX_Heap ON Heap (b);
    CREATE TABLE Memory(a int NOT NULL PRIMARY KEY NONCLUSTERED) WITH (MEMORY_OPTIMIZED = ON, DURABILITY = SCHEMA_AND_DATA);
    CREATE TABLE History(a int NOT NULL PRIMARY KEY, f datetime2 GENERATED ALWAYS AS ROW START HIDDEN NOT NULL, t datetime2 GENERATED
        ALWAYS AS ROW END HIDDEN NOT NULL, PERIOD FOR SYSTEM_TIME (f, t)) WITH (SYSTEM_VERSIONING = ON (HISTORY_TABLE = dbo.Old));
    CREATE TABLE Ledger(a int NOT NULL) WITH (LEDGER = ON (APPEND_ONLY = ON));
    CREATE TABLE Node(a int) AS NODE;
    GO
    CREATE VIEW dbo.Seen AS SELECT Id, Code FROM [Sales ö].[Or]]ders];
    GO
    EXEC sp_addextendedproperty @name = N'MS_Description', @value = N'what it is', @level0type = N'SCHEMA', @level0name = N'Sales ö',
        @level1type = N'TABLE', @level1name = N'Or]ders', @level2type = N'COLUMN', @level2name = N'Code';
    INSERT INTO [Sales ö].[Or]]ders](Code, Amount, Moment) VALUES ('b', 2.5, '2024-01-01'), ('a', 1, '2024-01-01');
    """

  @Test func describesTables() async throws {
    let sample = try await SQLServerSample(Self.tables)
    let name = ObjectName(schema: "SALES Ö", table: "or]DERS")
    let session = try sample.session()
    let table = try #require(try session.tables([name])[name])
    #expect(table.name == ObjectName(schema: "Sales ö", table: "Or]ders") && table.kind == .table)
    #expect(
      table.columns.map { "\($0.name) \($0.declaredType) \($0.type) \($0.isNullable) \($0.isGenerated)" } == [
        "Id int integer false false", "Code char(4) text(4) false false",
        "Amount decimal(12,3) decimal(12,3) true false",
        "Note nvarchar(max) text true false", "Twice int integer true true", "Stamp rowversion binary(8) false false",
        "Moment datetime2(3) timestamp(3) false false", "Sparse int integer true false",
        "Guid uniqueidentifier uuid true false",
        "Short varchar(20) text(20) true false",
      ])
    #expect(table.columns.map(\.collation).compactMap { $0 }.first == "Latin1_General_BIN2")
    #expect(
      table.column("Code")?.comment == "what it is" && table.column("Amount")?.defaultValue?.contains("0") == true)
    #expect(table.primaryKey == ["Code", "Id"] && table.uniqueKeys == [["Guid"]] && table.clusteringKey.isEmpty)
    #expect(table.estimatedRows == 2 && (table.estimatedBytes ?? 0) > 0)
    let staged = try session.extract(sample.request(table)) { _ in }
    #expect(try sample.read(staged).map { $0[4] }.sorted() == ["20", "30"])
  }

  @Test func namesWhatIsPeculiar() async throws {
    let sample = try await SQLServerSample(Self.tables)
    try await sample.database.set(["table": "dbo.Heap", "row_filter": true])
    let session = try sample.session()
    let all = try session.allTables()
    #expect(
      all.map(\.name.short).sorted() == ["Sales ö.Or]ders"] + all.map(\.name.short).filter { $0.hasPrefix("dbo.") })
    func remarks(_ name: String) -> String {
      all.first { $0.name.table == name }.map { session.remarks(on: $0).joined() } ?? "missing"
    }
    #expect(remarks("Heap").contains("security policy") && remarks("History").contains("system-versioned"))
    #expect(
      remarks("Ledger").contains("ledger table") && remarks("Node").contains("graph") && remarks("Memory").isEmpty)
    let history = try #require(all.first { $0.name.table == "History" })
    #expect(history.columns.map(\.name) == ["a", "f", "t"] && history.columns[1].isGenerated)
    #expect(all.first { $0.name.table == "Seen" }?.kind == .view)
    #expect(all.first { $0.name.table == "Heap" }?.clusteringKey == ["b"])
    let memory = try #require(all.first { $0.name.table == "Memory" })
    #expect(memory.traits == ["MEMORY_OPTIMIZED"] && memory.estimatedRows == nil)
    _ = try session.extract(sample.request(memory)) { _ in }
    #expect(
      try await sample.database.requests("batch").last { $0.text.contains("[Memory]") }?.text.contains(
        "WITH (SNAPSHOT)") == true)
  }

  @Test func asksAFixedNumberOfQuestions() async throws {
    let sample = try await SQLServerSample()
    let count = 2000
    try await sample.run(
      (0..<count).map { "CREATE TABLE t\($0) (id int NOT NULL PRIMARY KEY, v nvarchar(20) NULL)" }.joined(
        separator: ";\n"))
    let session = try sample.session()
    let before = try await sample.database.requests("batch").count
    let names = (0..<count).map { ObjectName(schema: "dbo", table: "T\($0)") }
    let found = try session.tables(names)
    let asked = try await sample.database.requests("batch").count - before
    #expect(found.count == count && asked == 5, "\(found.count) tables, \(asked) questions")
    #expect(found[names[1999]]?.primaryKey == ["id"] && found[names[1999]]?.columns.count == 2)
    #expect(try session.allTables().count == count)
    #expect(try await sample.database.requests("batch").count - before == 10)
    #expect(try session.tables([names[3]]).count == 1)
    #expect(try await sample.database.requests("batch").count - before == 15)
  }

  /// Without VIEW DATABASE STATE the catalog's own counts serve.
  @Test func countsWithoutTheRightToSeeState() async throws {
    let sample = try await SQLServerSample("CREATE TABLE t (i int); INSERT INTO t VALUES (1), (2), (3)")
    _ = try await sample.database.setFault([
      "act": "error", "kind": "table", "text": "dm_db_partition_stats", "number": 262, "times": 99,
    ])
    #expect(try sample.table("t").estimatedRows == 3)
    #expect(try await sample.database.requests("batch").contains { $0.text.contains("dm_db_partition_stats") } == false)
    try await sample.database.clearFaults()
    // The right is there, and the server refuses all the same.
    let session = try sample.session()
    _ = try await sample.database.setFault([
      "act": "error", "text": "dm_db_partition_stats", "number": 300, "times": 99,
    ])
    #expect(try sample.table("t", session).estimatedRows == 3)
  }

  @Test func refusesWhatTheLoginMayNotSee() async throws {
    let sample = try await SQLServerSample(
      "CREATE TABLE hidden (i int); CREATE TABLE masked (i int, m nvarchar(9) MASKED WITH (FUNCTION = 'default()')); CREATE TABLE plain (i int)"
    )
    _ = try await sample.database.setFault([
      "act": "error", "kind": "table", "text": "^dbo.hidden$", "number": 229, "times": 99,
    ])
    _ = try await sample.database.setFault([
      "act": "error", "kind": "table", "text": "^unmask$", "number": 229, "times": 99,
    ])
    let session = try sample.session()
    #expect(try session.allTables().map(\.name.table) == ["masked", "plain"])
    for (name, words) in [("hidden", "GRANT SELECT ON [dbo].[hidden]"), ("masked", "GRANT UNMASK")] {
      let table = try sample.table(name, session)
      #expect {
        try session.checkAccess(to: table)
      } throws: { error in
        let error = error as? ExtractionError
        return error?.code == .notAllowed && error?.message.contains(words) == true
      }
      #expect(throws: ExtractionError.self) { try session.extract(sample.request(table)) { _ in } }
    }
    try session.checkAccess(to: sample.table("plain", session))
  }

  @Test func looksAtFilters() async throws {
    let sample = try await SQLServerSample(
      "CREATE TABLE t (i int, [a]]b] nvarchar(9)); INSERT INTO t VALUES (1, N'x'), (2, N'y')")
    let session = try sample.session()
    let table = try sample.table("t", session)
    for filter in [
      "i > 1 -- a comment", "[a]]b] = N'it''s ;)'", "i IN (SELECT 1) /* ( /* nested ( */ ) */", "\"i\" = 2",
    ] {
      try session.check(filter: filter, of: table)
      _ = try session.measure(
        MeasureRequest(table: table, filter: filter, key: nil, parts: [Part(id: 1, range: .whole)]))
    }
    for (filter, words) in [
      ("i = 1; DROP TABLE t", "semicolon"), ("i = 1) OR (1 = 1", "closes that was not opened"), ("[i = 1", "bracket"),
      ("i = 'x", "quote"), ("/* i", "comment"), ("(i = 1", "does not close"), ("  ", "empty"),
      ("nope = 1", "does not work"),
      ("i = 'x' + ", "does not work"),
    ] {
      #expect {
        try session.check(filter: filter, of: table)
      } throws: { error in
        let error = error as? ExtractionError
        return error?.code == .badFilter && error?.message.contains(words) == true
      }
    }
  }
}
