import Testing
import Workflows

/// The examples, and the blocks of the pages that describe the formats, are read by the program they describe.
@Suite struct ExamplesTests {
  @Test(arguments: try Files.examples())
  func readsTheExample(_ path: String) throws {
    let outcome = Workflow.read(bytes: try Files.bytes(path), file: path)
    #expect(DiagnosticReport(file: path, diagnostics: outcome.diagnostics).text.isEmpty)
    #expect(outcome.workflow != nil)
  }

  /// A block is a whole workflow, or members of one table's entry.
  @Test func readsTheBlocksOfTheWorkflowPage() throws {
    let blocks = try Files.blocks(of: "docs/workflow.md", language: "json")
    #expect(blocks.count > 8)
    for (line, text) in blocks {
      let names = #"{"source": {"tableName": "t"}, "target": {"tableName": "T"}}"#
      let whole =
        text.hasPrefix("{") ? text : "{\"defaultTableConfiguration\": \(names), \"tables\": [{\(text)}]}"
      let outcome = read(whole)
      #expect(lines(outcome.diagnostics) == [], "block at line \(line)")
      #expect(outcome.workflow != nil, "block at line \(line)")
    }
  }

  @Test func readsTheBlocksOfTheConfigurationPage() throws {
    let blocks = try Files.blocks(of: "docs/configuration.md", language: "toml")
    #expect(blocks.count > 5)
    for (line, text) in blocks {
      let outcome = readConfiguration(text)
      #expect(lines(outcome.diagnostics) == [], "block at line \(line)")
      #expect(outcome.configuration != nil, "block at line \(line)")
    }
  }

  /// The pages name every key there is.
  @Test func describesEveryKey() throws {
    let page = String(decoding: try Files.bytes("docs/configuration.md"), as: UTF8.self)
    for key in SettingKey.allCases {
      #expect(page.contains("`\(key.rawValue)`"), "\(key.rawValue)")
    }
  }
}
