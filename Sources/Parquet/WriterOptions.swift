/// How a Parquet file is written.
package struct WriterOptions: Sendable {
  package enum Compression: Hashable, Sendable {
    case none, snappy
    case zstd(level: Int)
  }

  /// When the values of a column are replaced by positions in a list of its distinct values.
  package enum Dictionary: Hashable, Sendable {
    /// Where a sample of the column's first batch repeats itself enough to pay for the look-ups.
    case sampled
    case always, never
  }

  package var compression = Compression.zstd(level: 1)
  package var dictionary = Dictionary.sampled
  /// Bytes of rows, as they lie in batches, after which a row group is closed: what bounds the memory of a writer.
  package var rowGroupBytes = 64 << 20
  /// Bytes of encoded values, before compression, after which a data page is closed.
  package var dataPageBytes = 1 << 20
  /// Keys and values for the file's footer.
  package var metadata: [String: String] = [:]

  package init() {}
}
