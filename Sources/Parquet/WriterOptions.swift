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
  /// Bytes of encoded values, before compression, after which a data page is closed.
  ///
  /// On two million rows of eight columns, zstd 1 made pages of 128 KB 1.6 % smaller in all than pages of 1 MB, in the
  /// same time and with less memory.
  package var dataPageBytes = 128 << 10
  /// Keys and values for the file's footer.
  package var metadata: [String: String] = [:]

  package init() {}
}
