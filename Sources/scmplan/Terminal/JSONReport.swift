import Foundation

/// The output for programs: one JSON object a line, the first naming the format.
///
/// Every object has a `type`. Within one format version members are only added; a program that meets another version
/// should stop.
final class JSONReport {
  static let formatVersion = 1

  private let write: (String) -> Void
  private let encoder = JSONEncoder()

  convenience init(output: Output) {
    self.init { output.write($0) }
  }

  /// - Throws: ``Failure`` when the file cannot be made.
  convenience init(file: String) throws {
    guard FileManager.default.createFile(atPath: file, contents: nil), let handle = FileHandle(forWritingAtPath: file)
    else { throw Failure(.error, "cannot write \(file)", "Name a file that can be made with --json-into.") }
    self.init { try? handle.write(contentsOf: Data($0.utf8)) }
  }

  private init(write: @escaping (String) -> Void) {
    self.write = write
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    emit("version", VersionLine())
  }

  private struct VersionLine: Encodable {
    var format = JSONReport.formatVersion
    var scmplan = Scmplan.version
  }

  private struct Line<Content: Encodable>: Encodable {
    enum Key: String, CodingKey { case type }

    var type: String
    var content: Content

    func encode(to encoder: any Encoder) throws {
      try content.encode(to: encoder)
      var container = encoder.container(keyedBy: Key.self)
      try container.encode(type, forKey: .type)
    }
  }

  /// Writes one object: the members of `content`, and `type`.
  func emit(_ type: String, _ content: some Encodable) {
    guard let data = try? encoder.encode(Line(type: type, content: content)) else { return }
    write(String(decoding: data, as: UTF8.self) + "\n")
  }
}
