import Foundation
import Plans
import Testing

struct ReasonTests {
  /// The rows of the first table below a heading of docs/planning.md, first column only.
  private func column(under heading: String) throws -> [String] {
    let page = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/planning.md")
    let text = try String(contentsOf: page.standardized, encoding: .utf8)
    let section = try #require(text.range(of: "\n\(heading)\n"))
    let rows = text[section.upperBound...].split(separator: "\n").drop { !$0.hasPrefix("|---") }.dropFirst()
    return rows.prefix { $0.hasPrefix("|") }.map {
      $0.split(separator: "|")[0].trimmingCharacters(in: .whitespaces)
    }
  }

  @Test func `The page on planning tells every reason and no other`() throws {
    #expect(try column(under: "## Reasons").sorted() == Reason.allCases.map(\.rawValue).sorted())
  }

  @Test func `The page on planning tells every way of addressing`() throws {
    let page = try column(under: "## Addressing: how the target finds what a part replaces")
    #expect(page == [Addressing.wholeTable, .keyRange, .partColumn, .rebuild].map(\.rawValue))
  }
}
