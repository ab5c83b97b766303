import Catalogs
import Loading
import Testing

/// What an account's answers say of its tables.
@Suite struct SnowflakeCatalogTests {
  private static let wanted = ["A", "B"].map { ObjectName(database: "DB", schema: "S", table: $0) }

  /// Answers as an account does that has `keys` rows for the keys of the schema: those of `A` come first, those of `B` last.
  private func primaryKeys(_ keys: Int) throws -> (keys: [[String]], statements: [String]) {
    var statements: [String] = []
    let catalog = SnowflakeCatalog { sql in
      statements.append(sql)
      if sql.contains(".TABLES ") {
        return SnowflakeRows(columns: ["TABLE_NAME"], rows: [["A"], ["B"]])
      }
      if sql.contains(".COLUMNS ") {
        return SnowflakeRows(columns: ["TABLE_NAME", "COLUMN_NAME", "DATA_TYPE"], rows: [["A", "K", "DATE"]])
      }
      let all: [[String?]] =
        [["A", "K2", "2"], ["A", "K1", "1"]] + (0..<(keys - 3)).map { ["OTHER\($0)", "K", "1"] } + [["B", "K", "1"]]
      let rows = sql.contains("IN TABLE") ? all.filter { sql.hasSuffix("DB.S.\($0[0] ?? "")") } : all
      return SnowflakeRows(columns: ["table_name", "column_name", "key_sequence"], rows: Array(rows.prefix(10_000)))
    }
    let tables = try catalog.tables(Self.wanted, database: "DB", schema: "S")
    return (Self.wanted.map { tables[$0]?.primaryKey ?? [] }, statements)
  }

  @Test func threeStatementsTellOfASchema() throws {
    let found = try primaryKeys(9_999)
    #expect(found.keys == [["K1", "K2"], ["K"]])
    #expect(found.statements.count == 3)
  }

  /// Trap: `SHOW` ends after 10,000 rows and does not say so.
  @Test func anAnswerThatMayHaveBeenCutIsAskedForTableByTable() throws {
    let found = try primaryKeys(10_001)
    #expect(found.keys == [["K1", "K2"], ["K"]])
    #expect(
      Set(found.statements.suffix(2))
        == ["A", "B"].map { "SHOW PRIMARY KEYS IN TABLE DB.S.\($0)" }.reduce(into: []) { $0.insert($1) })
  }
}
