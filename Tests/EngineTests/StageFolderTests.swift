import Engine
import Foundation
import Testing

@Suite struct StageFolderTests {
  private let root = NSTemporaryDirectory() + "scmplan-stage-\(UUID().uuidString)"

  private func put(_ path: String) throws {
    try FileManager.default.createDirectory(atPath: "\(root)/\(path)", withIntermediateDirectories: true)
    try Data("x".utf8).write(to: URL(filePath: "\(root)/\(path)/0.parquet"))
  }

  @Test func noTwoAttemptsShareAPath() {
    let stage = StageFolder(root: root)
    var seen: Set<String> = []
    for run in [1, 11] {
      for table in [1, 11] {
        for part in [1, 11] {
          for attempt in [1, 11] { seen.insert(stage.prefix(run: run, table: table, part: part, attempt: attempt)) }
        }
      }
    }
    #expect(seen.count == 16)
  }

  @Test func removesWhatItIsToldAndNothingElse() throws {
    defer { try? FileManager.default.removeItem(atPath: root) }
    let stage = StageFolder(root: root)
    #expect(stage.runs().isEmpty)
    for path in ["1/0/1/1", "1/0/1/2", "1/0/2/1", "12/0/1/1", "notes", "007"] { try put(path) }
    #expect(stage.runs() == [1, 12])
    try stage.remove(1, 0, 1, 1)
    #expect(stage.kept(1, 0, 1, 1) == nil)
    #expect(stage.kept(1, 0, 1, 2) == "\(root)/1/0/1/2")
    try stage.remove(1, 0, 1)
    #expect(stage.kept(1, 0, 1) == nil)
    #expect(stage.kept(1, 0, 2) != nil)
    try stage.remove(1)
    #expect(stage.runs() == [12])
    // What is gone already is no failure.
    try stage.remove(1)
    #expect(FileManager.default.fileExists(atPath: root + "/notes"))
  }
}
