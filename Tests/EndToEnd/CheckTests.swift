import Foundation
import Support
import Testing

/// `check`: each thing that a run needs, in order and out of order, without a trace.
@Suite struct CheckTests {
  private static func make(_ workspace: Workspace) throws {
    try workspace.openSource().execute("CREATE TABLE t (id INTEGER PRIMARY KEY, v); INSERT INTO t VALUES (1, 2)")
    try workspace.workflow(["t": ""])
  }

  private static func files(_ workspace: Workspace) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: workspace.folder).filter { !$0.hasPrefix("said") }.sorted()
  }

  @Test func findsEverythingInOrderAndLeavesNoTrace() async throws {
    try await Workspace.with { workspace in
      try Self.make(workspace)
      let before = try Self.files(workspace)
      let result = try await workspace.run("check", "wf.json")
      #expect(result.code == 0, "\(result)")
      #expect(result.output.contains("1 of 1 table found"), "\(result)")
      #expect(result.output.contains("not there yet; the first run makes it"), "\(result)")
      #expect(result.output.contains("Everything that a run needs is there"), "\(result)")
      #expect(try Self.files(workspace) == before)

      #expect(try await workspace.run("apply", "wf.json", "--auto-approve").code == 0)
      let again = try await workspace.run("check")
      #expect(again.code == 0, "\(again)")
      #expect(again.output.contains("can be written") && again.output.contains("lineage"), "\(again)")
    }
  }

  @Test func saysEverythingThatIsWrongAtOnce() async throws {
    try await Workspace.with { workspace in
      try workspace.openSource().execute("CREATE TABLE t (id INTEGER PRIMARY KEY, v)")
      try workspace.workflow(["t": #""whereClauseCriteria": "absent > 1""#, "gone": ""])
      // The stage's place is taken by a file, the state is none, the target is held by another program.
      let state = workspace.folder + "/state"
      try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: true)
      try "no folder".write(toFile: state + "/stage", atomically: true, encoding: .utf8)
      try "no database, though as long as one must be, and longer than its header of a hundred bytes is: \(state)"
        .write(toFile: state + "/scmplan.db", atomically: true, encoding: .utf8)
      try "no database either, and as long as the header of one, which has a hundred bytes: \(workspace.folder)"
        .write(toFile: workspace.target, atomically: true, encoding: .utf8)
      let result = try await workspace.run("check", "wf.json", "--json")
      #expect(result.code == 1, "\(result)")
      let failed = result.output.split(separator: "\n").filter { $0.contains(#""outcome":"failed""#) }
      for subject in ["source table gone", "source table t", "target file \(workspace.target)", "stage", "state"] {
        #expect(failed.contains { $0.contains(#""subject":"\#(subject)""#) }, "\(subject): \(result)")
      }
      #expect(failed.count == 5, "\(result)")
      #expect(result.output.contains(#""failed":5"#), "\(result)")
    }
  }

  @Test func aSourceThatIsGoneDoesNotHideTheRest() async throws {
    try await Workspace.with { workspace in
      try Self.make(workspace)
      try FileManager.default.removeItem(atPath: workspace.source)
      let result = try await workspace.run("check", "wf.json")
      #expect(result.code == 1, "\(result)")
      #expect(result.output.contains("failed   source sqlite"), "\(result)")
      #expect(result.output.contains("ok       stage"), "\(result)")
      #expect(result.output.contains("1 check failed"), "\(result)")
    }
  }
}
