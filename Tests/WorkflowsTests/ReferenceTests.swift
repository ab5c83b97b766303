import Testing
import Workflows

@Suite struct ReferenceTests {
  @Test(arguments: [
    ("env:SQL_PASSWORD", Reference.environment("SQL_PASSWORD")), ("file:/run/secrets/a b", .file("/run/secrets/a b")),
    ("cmd:pass show db", .command(program: "pass", arguments: ["show", "db"])),
    ("cmd: 'my program' \"\" a\"b c\"d", .command(program: "my program", arguments: ["", "ab cd"])),
  ])
  func reads(_ text: String, _ reference: Reference) throws {
    #expect(try Reference(text) == reference)
  }

  @Test(arguments: ["", "hunter2", "ENV:X", "environment:X", " env:X", "https://x"])
  func leavesPlainValuesAlone(_ text: String) throws {
    #expect(try Reference(text) == nil)
  }

  @Test(arguments: ["env:", "env:9", "file:", "cmd:", "cmd:''", "cmd:a \"b"])
  func refusesWhatIsNone(_ text: String) {
    #expect(throws: ReferenceMistake.self) { try Reference(text) }
  }

  /// Arguments may hold what nobody should see.
  @Test func showsNoArguments() {
    #expect("\(Reference.command(program: "vault", arguments: ["--token", "x"]))" == "cmd:vault …")
    #expect("\(Reference.environment("A"))" == "env:A")
    #expect("\(Reference.file("/a\u{1b}"))" == "file:/a\\u{1b}")
  }
}
