import ArrowBridge
import Crypto

/// What a finished file is.
package struct FileSummary: Hashable, Sendable {
  package let path: String
  package let rows: Int
  package let bytes: Int
  /// The SHA-256 of the file's bytes, 64 lower-case hexadecimal digits.
  package let sha256: String
  package let rowGroups: Int
}

/// Writes one Parquet file, batch by batch, on the thread that calls.
///
/// Each batch is a row group, written column by column: a page goes to the file as soon as it is compressed, so that memory
/// beside the batch is a page or two. After a failure, and when dropped before ``close()``, the file has no footer: no
/// reader takes it for a whole one.
package final class ParquetWriter {
  package let schema: Schema
  package let options: WriterOptions
  /// Rows written so far.
  package private(set) var rows = 0
  private let sink: FileSink
  /// Opened by the first batch, which decides how columns are encoded; nil before, and again when closed or failed.
  private var encoder: FileEncoder?
  private var state = State.open
  private var rowGroups = 0

  private enum State {
    case open, failed, closed
  }

  /// Creates the file at `path`, or empties it.
  ///
  /// - Throws: ``ParquetError`` when the file cannot be created, or the schema has no columns, two of one name, or a
  ///   name with a zero byte.
  package init(path: String, schema: Schema, options: WriterOptions = WriterOptions()) throws(ParquetError) {
    try Self.check(schema, path: path)
    self.schema = schema
    self.options = options
    sink = try FileSink(path: path)
    ab_use_one_thread()
  }

  package var path: String { sink.path }

  /// Bytes in the file so far, all but the footer.
  package var bytesWritten: Int { sink.position }

  /// Writes the batch; its buffers are free again when this returns.
  ///
  /// - Throws: ``ParquetError``; nothing but dropping the writer may follow.
  package func write(_ batch: RecordBatch) throws(ParquetError) {
    try ready(for: .write)
    try check(batch)
    guard batch.rows > 0 else { return }
    try attempt { () throws(ParquetError) in
      try openEncoder(first: batch).write(batch)
      rowGroups += 1
      rows += batch.rows
    }
  }

  /// Writes the footer, brings the file to the disk and closes it. The directory's entry is the
  /// caller's to synchronise.
  ///
  /// - Throws: ``ParquetError``; the file is then not whole.
  package func close() throws(ParquetError) -> FileSummary {
    try ready(for: .close)
    return try attempt { () throws(ParquetError) in
      let encoder = try openEncoder(first: nil)
      try encoder.close()
      self.encoder = nil
      let digest = try sink.close()
      state = .closed
      return FileSummary(path: path, rows: rows, bytes: sink.position, sha256: digest.hex, rowGroups: rowGroups)
    }
  }

  /// Runs `body`; when it throws, the encoder is freed, the file closed, and the writer of no more use.
  private func attempt<Result>(_ body: () throws(ParquetError) -> Result) throws(ParquetError) -> Result {
    do {
      return try body()
    } catch {
      encoder = nil
      sink.abandon()
      state = .failed
      throw error
    }
  }

  private func openEncoder(first batch: RecordBatch?) throws(ParquetError) -> FileEncoder {
    if let encoder { return encoder }
    let choices = try schema.columns.indices.map { index throws(ParquetError) in
      try batch.map { batch throws(ParquetError) in try EncodingChoice(for: batch.columns[index], options, path: path) }
        ?? EncodingChoice()
    }
    let encoder = try FileEncoder(sink: sink, schema: schema, choices: choices, options: options)
    self.encoder = encoder
    return encoder
  }

  private func ready(for operation: ParquetError.Operation) throws(ParquetError) {
    switch state {
    case .open: return
    case .closed: throw invalid(operation, "the file is closed")
    case .failed: throw invalid(operation, "an earlier call failed")
    }
  }

  private func check(_ batch: RecordBatch) throws(ParquetError) {
    guard batch.columns.count == schema.columns.count else {
      throw invalid(.write, "the batch has \(batch.columns.count) columns, the file \(schema.columns.count)")
    }
    for (buffer, column) in zip(batch.columns, schema.columns) {
      guard buffer.type == column.type else {
        throw invalid(.write, "column \(column.name) is \(column.type) in the file, \(buffer.type) in the batch")
      }
      guard buffer.count == batch.rows else {
        throw invalid(.write, "column \(column.name) has \(buffer.count) values, the batch \(batch.rows) rows")
      }
      guard column.isNullable || buffer.nullCount == 0 else {
        throw invalid(.write, "column \(column.name) takes no nulls and has \(buffer.nullCount)")
      }
    }
  }

  private func invalid(_ operation: ParquetError.Operation, _ message: String) -> ParquetError {
    ParquetError(.invalid, operation, path: path, message: message)
  }

  private static func check(_ schema: Schema, path: String) throws(ParquetError) {
    var problem: String?
    if schema.columns.isEmpty { problem = "a file needs a column" }
    var names = Set<String>()
    for column in schema.columns {
      if !names.insert(column.name).inserted { problem = "two columns are named \(column.name)" }
      if column.name.utf8.contains(0) { problem = "a column's name holds a zero byte" }
      if case .decimal128(let precision, let scale) = column.type,
        !(1...38).contains(precision) || !(0...precision).contains(scale)
      {
        problem = "column \(column.name) cannot be decimal(\(precision),\(scale))"
      }
    }
    if let problem { throw ParquetError(.invalid, .create, path: path, message: problem) }
  }
}
