import Catalogs
import Foundation
import Loading
import Testing

/// docs/types.md says what the Snowflake target does.
@Suite struct SnowflakeDocumentTests {
  private static func document(_ name: String) throws -> String {
    var root = URL(fileURLWithPath: #filePath)
    for _ in 0..<4 { root.deleteLastPathComponent() }
    return try String(contentsOf: root.appendingPathComponent("docs/\(name)"), encoding: .utf8)
  }

  /// The rows of the table of Snowflake's columns, cell by cell.
  private static func types() throws -> [[String]] {
    let section = try #require(document("types.md").components(separatedBy: "## Snowflake as a target").last)
    return section.split(separator: "\n").filter { $0.hasPrefix("| `") }.map { line in
      line.split(separator: "|", omittingEmptySubsequences: false).dropFirst().dropLast().map {
        $0.trimmingCharacters(in: .whitespaces)
      }
    }
  }

  @Test func theTableOfTypesIsWhatTheDialectDoes() throws {
    var seen: Set<String> = []
    let dialect = SnowflakeDialect()
    for row in try Self.types() {
      try #require(row.count == 4)
      let name = row[0].replacing("`", with: "")
      let type = try #require(LogicalType(name), "\(name)")
      #expect("`\(dialect.sqlType(for: type))`" == row[1])
      let column = SnowflakeDialectTests.column("C", type)
      #expect("`\(try SnowflakeCast.expression(column, place: ""))`" == row[3])
      for other in row[2].components(separatedBy: "`, `") {
        let declared = other.replacing("`", with: "")
        guard !declared.isEmpty else { continue }
        #expect(dialect.logicalType(of: declared).holds(type), "\(declared) for \(name)")
        _ = try SnowflakeCast.expression(SnowflakeDialectTests.column("C", type, declared), place: "")
      }
      seen.insert(String(name.prefix { $0 != "(" }))
    }
    #expect(seen == Set(SQLiteDialectTests.types.map { String($0.description.prefix { $0 != "(" }) }))
  }

  @Test func theObjectsInTheAccountAreNamed() throws {
    let document = try Self.document("loading.md")
    let load = SnowflakeLoadTests.load()
    #expect(document.contains("`SCMPLAN_STAGE`") && load.folder.contains("SCMPLAN_STAGE"))
    for (statement, name) in zip(SnowflakeLedger(SnowflakeLoadTests.target).create, ["FENCE", "LEDGER"]) {
      #expect(statement.contains("SCMPLAN_\(name)") && document.contains("`SCMPLAN_\(name)`"))
    }
    #expect(SnowflakeRebuild(SnowflakeLoadTests.target, run: 7).mark == "_SCMPLAN_REBUILD_7")
    #expect(document.contains("`_SCMPLAN_REBUILD_<run>`"))
  }
}
