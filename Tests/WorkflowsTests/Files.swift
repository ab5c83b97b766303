import Foundation

/// Files of the repository that are checked as they are.
enum Files {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardized

  static func bytes(_ path: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: root.appending(path: path)))
  }

  /// Paths of the JSON files right in the folder of examples.
  static func examples() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: root.appending(path: "examples").path)
      .filter { $0.hasSuffix(".json") }.sorted().map { "examples/\($0)" }
  }

  /// The blocks of a Markdown page that are fenced as `language`, with the line each begins on.
  static func blocks(of page: String, language: String) throws -> [(line: Int, text: String)] {
    let lines = String(decoding: try bytes(page), as: UTF8.self).split(
      separator: "\n", omittingEmptySubsequences: false)
    var blocks: [(line: Int, text: String)] = []
    var open: (line: Int, text: [Substring])?
    for (index, line) in lines.enumerated() {
      if let block = open {
        if line == "```" {
          blocks.append((block.line, block.text.joined(separator: "\n")))
          open = nil
        } else {
          open?.text.append(line)
        }
      } else if line == "```\(language)" {
        open = (index + 2, [])
      }
    }
    return blocks
  }
}
