import Catalogs
import Foundation
import Loading
import Plans
import Testing

/// docs/loading.md says what the code does.
@Suite struct LoadingDocumentTests {
  private static func document() throws -> String {
    let here = URL(fileURLWithPath: #filePath)
    let root = here.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    return try String(contentsOf: root.appendingPathComponent("docs/loading.md"), encoding: .utf8)
  }

  /// The rows of the table of types, cell by cell.
  private static func types() throws -> [[String]] {
    try document().split(separator: "\n").filter { $0.hasPrefix("| `") && $0.split(separator: "|").count == 4 }
      .map { $0.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) } }
      .map { $0.filter { !$0.isEmpty } }
  }

  private static let samples: [String: Staged] = [
    "boolean": .bool(true), "integer": .int(.min), "decimal(15,2)": .decimal(99), "decimal(10,2)": .decimal(100),
    "decimal(16,2)": .decimal(1_234_567_890_123_450), "float": .real(0.1), "text": .text("007"),
    "text(40)": .text("007"), "binary": .bytes([0, 255]), "binary(16)": .bytes([0, 255]), "date": .days(19_782),
    "time(3)": .int(86_399_250_000), "timestamp(6)": .int(1_709_208_000_500_000),
    "instant(0)": .int(1_709_208_000_000_000), "variant": .text("\"007\""),
    "uuid": .text("12e45678-9abc-4def-8123-456789abcdef"),
  ]

  @Test func theTableOfTypesIsWhatIsStored() throws {
    let rows = try Self.types()
    var seen: Set<String> = []
    for row in rows {
      try #require(row.count == 4)
      let name = row[0].replacingOccurrences(of: "`", with: "")
      let type = try #require(LogicalType(name), "\(name)")
      #expect("`\(SQLiteDialect().sqlType(for: type))`" == row[1])
      let sample = try #require(Self.samples[name], "\(name)")
      let world = try World(["v": type])
      try world.prepare()
      try world.load(1, [[sample]])
      let stored = try world.raw().column("SELECT v FROM t")
      #expect(stored.map(\.description) == [row[3]])
      seen.insert(String(name.prefix { $0 != "(" }))
    }
    #expect(seen == Set(SQLiteDialectTests.types.map { String($0.description.prefix { $0 != "(" }) }))
  }

  @Test func everyErrorIsExplained() throws {
    let document = try Self.document()
    for code in LoadingError.Code.allCases { #expect(document.contains("`\(code.rawValue)`"), "\(code)") }
  }

  @Test func theLedgersColumnsAreTheOnesNamed() throws {
    let world = try World()
    try world.prepare()
    let document = try Self.document()
    for table in ["scmplan_fence", "scmplan_ledger"] {
      #expect(document.contains("`\(table)`"))
      for name in try world.raw().column("SELECT name FROM pragma_table_info('\(table)')") {
        guard case .text(let name) = name, name != "target" else { continue }
        #expect(document.contains("`\(name)`"), "\(name)")
      }
    }
  }
}
