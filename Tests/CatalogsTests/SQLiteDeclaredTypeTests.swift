import Catalogs
import Testing

@Suite struct SQLiteDeclaredTypeTests {
  @Test(arguments: [
    ("INT", SQLiteAffinity.integer), ("BIGINT UNSIGNED", .integer), ("FLOATING POINT", .integer),
    ("CHARINT", .integer), ("VARCHAR(10)", .text), ("nclob", .text), ("BLOBTEXT", .text), ("BLOB", .blob), ("", .blob),
    ("REALBLOB", .blob), ("DOUBLE PRECISION", .real), ("float", .real), ("DECIMAL(10,5)", .numeric),
    ("STRING", .numeric),
    ("DATETIME", .numeric), ("ANY", .numeric),
  ])
  func affinity(declared: String, affinity: SQLiteAffinity) {
    #expect(SQLiteAffinity(declaredType: declared) == affinity)
  }

  @Test func anyOfAStrictTableConvertsNothing() {
    #expect(SQLiteAffinity(declaredType: "ANY", isStrict: true) == .blob)
    #expect(SQLiteDeclaredType("ANY", isStrict: true).expected == .variant)
  }

  @Test(arguments: [
    ("INTEGER", LogicalType.integer), ("boolean", .boolean), ("BOOL", .boolean), ("DATE", .date),
    ("DATETIME", .timestamp(scale: 0)), ("TIMESTAMP(3)", .timestamp(scale: 3)), ("datetime2(7)", .timestamp(scale: 7)),
    ("TIMESTAMP WITHOUT TIME ZONE", .timestamp(scale: 0)), ("DECIMAL(10,2)", .decimal(precision: 10, scale: 2)),
    ("NUMERIC(5)", .decimal(precision: 5, scale: 0)), ("DECIMAL(39,2)", .float), ("DECIMAL(4,5)", .float),
    ("NUMERIC", .float), ("MONEY", .float), ("NVARCHAR(160)", .text(length: 160)), ("TEXT", .text(length: nil)),
    ("VARCHAR(MAX)", .text(length: nil)), ("CHARACTER VARYING(7)", .text(length: 7)),
    ("VARCHAR(0)", .text(length: nil)),
    ("BLOB", .binary(length: nil)), ("LONGBLOB", .binary(length: nil)), ("REAL", .float), ("", .variant),
    ("UUID", .variant), ("JSON", .variant), ("decimal(10", .variant),
  ])
  func expectation(declared: String, type: LogicalType) {
    #expect(SQLiteDeclaredType(declared).expected == type)
  }
}
