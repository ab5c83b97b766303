/// Rows on their way to a file: one ``ColumnBuffer`` for each column, all filled to the same length.
///
/// Like its columns a batch has one owner at a time; it is `Sendable` so that the thread that fills it can hand it to
/// the thread that encodes it, and get it back empty.
package final class RecordBatch: @unchecked Sendable {
  package let schema: Schema
  package let columns: [ColumnBuffer]
  /// The columns as plain pointers, for the loop over rows; valid while the batch lives.
  package let appenders: [ColumnAppender]

  /// An empty batch with room for `capacity` rows.
  package init(schema: Schema, capacity: Int = 1024) {
    self.schema = schema
    columns = schema.columns.map { ColumnBuffer($0.type, capacity: capacity) }
    appenders = columns.map(\.appender)
  }

  /// Rows in the batch, by its first column.
  package var rows: Int { columns.first?.count ?? 0 }

  /// Bytes that the rows fill in memory.
  package var byteCount: Int { columns.reduce(0) { $0 + $1.byteCount } }

  /// Bytes held, filled or not.
  package var allocatedByteCount: Int { columns.reduce(0) { $0 + $1.allocatedByteCount } }

  /// Empties all columns for reuse; of each column's bytes of values no more than `limit` stay allocated, so that one
  /// very long value does not stay in memory for good.
  package func reset(keepingAtMost limit: Int = 16 << 20) {
    for column in columns { column.reset(keepingAtMost: limit) }
  }
}
