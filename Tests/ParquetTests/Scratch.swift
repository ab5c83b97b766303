import Foundation
import Parquet
import Testing

/// A directory for one test, removed with everything in it when dropped.
final class Scratch {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("parquet-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }

  func file(_ name: String = "rows.parquet") -> String { path + "/" + name }
}

extension ParquetReader {
  /// The remaining batches.
  func all() throws -> [ReadBatch] {
    var batches: [ReadBatch] = []
    while let batch = try next() { batches.append(batch) }
    return batches
  }
}

extension ReadColumn {
  /// Values as they were appended, nil for nulls.
  func values<Value>(_ read: (ReadColumn) -> (Int) -> Value) -> [Value?] {
    (0..<rows).map { isNull($0) ? nil : read(self)($0) }
  }

  var texts: [String?] { values { column in { String(decoding: column.bytes($0), as: UTF8.self) } } }
}

/// A schema of one nullable column, and a batch of it filled by `fill`.
func batch(_ type: ColumnType, _ fill: (ColumnBuffer) throws -> Void) rethrows -> RecordBatch {
  let batch = RecordBatch(schema: Schema([ColumnSchema(name: "value", type: type)]))
  try fill(batch.columns[0])
  return batch
}

/// Writes `batch` to a file of its own, reads the file back, and returns the only column of the only batch.
func roundTrip(_ batch: RecordBatch, in scratch: Scratch) throws -> ReadBatch {
  let writer = try ParquetWriter(path: scratch.file(), schema: batch.schema)
  try writer.write(batch)
  _ = try writer.close()
  let reader = try ParquetReader(path: scratch.file())
  #expect(reader.schema == batch.schema)
  return try #require(try reader.next())
}
