import Foundation
import Loading

/// Marks of the keys of both sides of a table, on disk: what a comparison holds in memory does not grow with the table.
///
/// Keys fall into ranges by their marks, and equal keys into the same; one range is held at a time.
final class MarkSpool {
  private let folder: String
  private let ranges: Int
  private var source: [MarkFile]
  private var target: [MarkFile]

  /// Keys of a range that are held at a time, if they are spread evenly: some thirty bytes each.
  private static let held = 500_000
  /// Files that a side may have open.
  private static let mostRanges = 128

  /// - Parameters:
  ///   - folder: is made, and removed by ``remove()``.
  ///   - rows: about as many as the larger side has.
  init(folder: String, rows: Int) throws {
    self.folder = folder
    let ranges = min(Self.mostRanges, rows / Self.held + 1)
    self.ranges = ranges
    do {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
      source = try (0..<ranges).map { try MarkFile(folder + "/source-\($0)") }
      target = try (0..<ranges).map { try MarkFile(folder + "/target-\($0)") }
    } catch {
      throw Self.failure(folder, error)
    }
  }

  func remove() {
    try? FileManager.default.removeItem(atPath: folder)
  }

  func add(source mark: RowMark) throws {
    try source[range(mark)].append(mark.key, part: 0, at: folder)
  }

  func add(target mark: RowMark, part: Int) throws {
    try target[range(mark)].append(mark.key, part: part, at: folder)
  }

  /// Rows of the target whose key no row of the source has, by part.
  func missing() throws -> [Int: Int] {
    var missing: [Int: Int] = [:]
    for range in 0..<ranges {
      var keys: Set<UInt128> = []
      try source[range].read(at: folder) { key, _ in keys.insert(key) }
      try target[range].read(at: folder) { key, part in
        if !keys.contains(key) { missing[part, default: 0] += 1 }
      }
    }
    return missing
  }

  private func range(_ mark: RowMark) -> Int { Int((mark.key >> 96) % UInt128(ranges)) }

  fileprivate static func failure(_ folder: String, _ error: any Error) -> EngineError {
    EngineError(.stageFailed, at: folder, "the keys to compare cannot be kept there: \(error.localizedDescription)")
  }
}

/// Records of one side and one range, one behind the other.
private struct MarkFile {
  private let handle: FileHandle
  private var pending: [UInt8] = []

  private static let record = MemoryLayout<UInt128>.size + MemoryLayout<Int>.size
  /// Records that are written or read at once.
  private static let batch = 1 << 12

  init(_ path: String) throws {
    try Data().write(to: URL(filePath: path))
    handle = try FileHandle(forUpdating: URL(filePath: path))
  }

  mutating func append(_ key: UInt128, part: Int, at folder: String) throws {
    withUnsafeBytes(of: key) { pending.append(contentsOf: $0) }
    withUnsafeBytes(of: part) { pending.append(contentsOf: $0) }
    if pending.count >= Self.batch * Self.record { try flush(folder) }
  }

  mutating func read(at folder: String, _ body: (UInt128, Int) -> Void) throws {
    try flush(folder)
    do {
      try handle.seek(toOffset: 0)
      while let data = try handle.read(upToCount: Self.batch * Self.record), !data.isEmpty {
        data.withUnsafeBytes { bytes in
          for start in stride(from: 0, to: bytes.count, by: Self.record) {
            body(
              bytes.loadUnaligned(fromByteOffset: start, as: UInt128.self),
              bytes.loadUnaligned(fromByteOffset: start + MemoryLayout<UInt128>.size, as: Int.self))
          }
        }
      }
    } catch {
      throw MarkSpool.failure(folder, error)
    }
  }

  private mutating func flush(_ folder: String) throws {
    guard !pending.isEmpty else { return }
    do {
      try handle.write(contentsOf: Data(pending))
    } catch {
      throw MarkSpool.failure(folder, error)
    }
    pending.removeAll(keepingCapacity: true)
  }
}
