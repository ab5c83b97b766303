import Foundation

/// The end of a log file.
enum LogTail {
  /// Bytes in the file; 0 when there is none.
  static func size(of path: String) -> Int {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    return (attributes?[.size] as? NSNumber)?.intValue ?? 0
  }

  /// The last lines that were written after byte `from`.
  static func lines(of path: String, from: Int, limit: Int) -> [String] {
    guard let file = FileHandle(forReadingAtPath: path) else { return [] }
    defer { try? file.close() }
    let start = max(from, size(of: path) - 16_384)
    guard (try? file.seek(toOffset: UInt64(start))) != nil, let data = try? file.readToEnd() else { return [] }
    let lines = String(decoding: data, as: UTF8.self).split(separator: "\n")
    return lines.suffix(limit).map(String.init)
  }
}
