import Catalogs
import Extraction
import Plans
import Testing

@Suite struct SQLiteValueProfileTests {
  private static func type(_ declared: String, _ values: String, strict: Bool = false) throws -> LogicalType {
    let database = try SampleDatabase("CREATE TABLE t(a \(declared)) \(strict ? "STRICT" : "")")
    for value in values.split(separator: ";") { try database.run("INSERT INTO t VALUES (\(value))") }
    let found = try database.session().measure(
      MeasureRequest(
        table: database.table("t"), key: nil, parts: [Part(id: 1, range: .whole)], profiles: true))
    return try #require(found.columns?.first).type
  }

  @Test(arguments: [
    ("INTEGER", "1; NULL", LogicalType.integer), ("INTEGER", "NULL", .integer), ("INTEGER", "1.5", .float),
    ("INTEGER", "1; 1.5", .float), ("INTEGER", "9007199254740993; 1.5", .variant), ("INTEGER", "1; 'x'", .variant),
    ("INTEGER", "'x'", .text(length: nil)), ("INTEGER", "x'00'", .binary(length: nil)),
    ("INTEGER", "9223372036854775808", .float),
    ("BOOLEAN", "0; 1; NULL", .boolean), ("BOOLEAN", "2", .integer), ("BOOL", "'true'", .text(length: nil)),
    ("BOOLEAN", "0.5; 1", .float), ("BOOLEAN", "NULL", .boolean),
    ("REAL", "1; 2.5; 9e999", .float), ("DOUBLE", "1; 'x'", .variant), ("REAL", "'x'", .text(length: nil)),
    ("DECIMAL(10,2)", "1; 2.25; -99999999.99", .decimal(precision: 10, scale: 2)),
    ("DECIMAL(10,2)", "1; 2.255", .float), ("DECIMAL(10,2)", "100000000", .integer),
    ("DECIMAL(10,2)", "99999999; 0.1", .decimal(precision: 10, scale: 2)), ("DECIMAL(10,2)", "100000000; 0.1", .float),
    ("DECIMAL(10,2)", "9e999", .float), ("DECIMAL(10,2)", "'1.5x'", .text(length: nil)),
    ("DECIMAL(5)", "1; 99999", .decimal(precision: 5, scale: 0)),
    ("DECIMAL(38,10)", "0.1; 12345678.25", .decimal(precision: 38, scale: 10)),
    ("NUMERIC", "1; 2", .integer), ("NUMERIC", "1; 2.5", .float), ("NUMERIC", "1; 'a'", .variant),
    ("VARCHAR(3)", "'abc'; 'ä€😀'", .text(length: 3)), ("VARCHAR(3)", "'abcd'", .text(length: nil)),
    ("TEXT", "'x'", .text(length: nil)), ("TEXT", "1", .text(length: nil)), ("TEXT", "x'41'", .binary(length: nil)),
    ("TEXT", "'a'; x'41'", .variant), ("TEXT", "'a'; CAST(x'ff' AS TEXT)", .variant),
    ("TEXT", "'a' || char(0)", .variant),
    ("TEXT", "CAST(x'eda080' AS TEXT)", .variant), ("TEXT", "CAST(x'c080' AS TEXT)", .variant),
    ("BLOB", "x'00'; NULL", .binary(length: nil)), ("BLOB", "'a'", .text(length: nil)), ("BLOB", "1", .integer),
    ("BLOB", "NULL", .binary(length: nil)), ("", "1; 2", .integer), ("", "1; 1.0", .variant), ("", "1.5", .float),
    ("", "'a'", .text(length: nil)), ("", "1; 'a'; x'00'; 2.5; NULL", .variant), ("", "NULL", .variant),
    ("DATE", "'2026-11-20'; NULL; '0001-01-01'; '9999-12-31'", .date), ("DATE", "'2026-02-30'", .text(length: nil)),
    ("DATE", "'2026-11-20'; '20.11.2026'", .text(length: nil)), ("DATE", "20261120", .integer),
    ("DATE", "'2026-11-20'; 5", .variant), ("DATE", "'0000-01-01'", .text(length: nil)),
    ("DATETIME", "'2026-11-20 23:59:59'; '1962-02-18 00:00:00'", .timestamp(scale: 0)),
    ("DATETIME", "'2026-11-20 23:59:59.123'; '1962-02-18 00:00:00.000'", .timestamp(scale: 3)),
    ("DATETIME", "'2026-11-20 23:59:59.123'; '1962-02-18 00:00:00'", .text(length: nil)),
    ("DATETIME", "'2026-11-20T23:59:59'", .text(length: nil)),
    ("DATETIME", "'2026-11-20 24:00:00'", .text(length: nil)),
    ("DATETIME", "'2026-11-20 23:59:60'", .text(length: nil)),
    ("DATETIME", "'2026-11-20 23:59:59Z'", .text(length: nil)),
    ("DATETIME", "'2026-11-20'", .date), ("DATETIME", "'2026-11-20'; '2026-11-20 00:00:00'", .text(length: nil)),
    ("TIMESTAMP", "'2026-11-20 23:59:59.123456789'", .timestamp(scale: 9)),
    ("TIMESTAMP", "'2262-04-11 23:47:16.854775807'", .timestamp(scale: 9)),
    ("TIMESTAMP", "'2262-04-11 23:47:16.854775808'", .text(length: nil)),
    ("TIMESTAMP", "'1677-09-21 00:12:43.145224192'", .timestamp(scale: 9)),
    ("TIMESTAMP", "'1677-09-21 00:12:43.145224191'", .text(length: nil)),
    ("TIMESTAMP", "'9999-12-31 23:59:59.999999'", .timestamp(scale: 6)),
    ("TIMESTAMP", "'2026-11-20 23:59:59.1234567890'", .text(length: nil)), ("TIMESTAMP", "1700000000", .integer),
    ("STRING", "'a'; 'b'", .text(length: nil)), ("STRING", "'1'; '2'", .integer),
  ])
  func values(declared: String, values: String, type: LogicalType) throws {
    #expect(try Self.type(declared, values) == type, "\(declared): \(values)")
  }

  @Test func strictColumns() throws {
    #expect(try Self.type("INT", "1", strict: true) == .integer)
    #expect(try Self.type("ANY", "1; 1.5", strict: true) == .variant)
    #expect(try Self.type("ANY", "'1'", strict: true) == .text(length: nil))
  }

  @Test func profileIsOfEveryColumnAndOnlyWhenAskedFor() throws {
    let database = try SampleDatabase(
      "CREATE TABLE t(a INTEGER PRIMARY KEY, b, c AS (b || '!')); INSERT INTO t(b) VALUES ('x')")
    let table = try database.table("t")
    let key = PartitionKey(columns: ["b"], origin: .asked, isNullable: true)
    let parts = parts([Bound([.text("m")])], withNull: true)
    let session = try database.session()
    #expect(try session.measure(MeasureRequest(table: table, key: key, parts: parts)).columns == nil)
    let found = try session.measure(
      MeasureRequest(table: table, key: key, parts: parts, digestColumns: ["c"], profiles: true))
    #expect(found.columns?.map(\.type) == [.integer, .text(length: nil), .text(length: nil)])
    #expect(found.parts.map(\.rows) == [0, 1, 0])
  }
}
