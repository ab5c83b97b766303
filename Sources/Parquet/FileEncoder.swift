import ArrowBridge
import Glibc

/// The bridge's writer: encodes batches and hands the bytes to a ``FileSink``. Freed when dropped.
final class FileEncoder {
  private let handle: OpaquePointer
  private let sink: FileSink
  /// One for each column, filled anew for each batch.
  private var lent: [ab_column_data]

  /// - Throws: ``ParquetError`` when the bridge refuses the schema or the sink the first bytes.
  init(sink: FileSink, schema: Schema, choices: [EncodingChoice], options: WriterOptions) throws(ParquetError) {
    self.sink = sink
    lent = Array(repeating: ab_column_data(), count: schema.columns.count)
    let strings = CStrings()
    let columns = zip(schema.columns, choices).map { column, choice in
      ab_column(
        name: strings.add(column.name), format: strings.add(column.type.format), nullable: column.isNullable,
        dictionary: choice.hasDictionary, matchless: choice.isMatchless)
    }
    let metadata = options.metadata.sorted { $0.key < $1.key }
    let keys: [UnsafePointer<CChar>?] = metadata.map { strings.add($0.key) }
    let values: [UnsafePointer<CChar>?] = metadata.map { strings.add($0.value) }
    let (compression, level) = options.compression.bridged
    var error = ab_error()
    let handle = keys.withUnsafeBufferPointer { keys in
      values.withUnsafeBufferPointer { values in
        var bridged = ab_writer_options(
          compression: compression, compression_level: level, data_page_bytes: Int64(options.dataPageBytes),
          metadata_count: Int64(keys.count), metadata_keys: keys.baseAddress, metadata_values: values.baseAddress)
        return ab_writer_open(
          columns, Int64(columns.count), &bridged,
          { context, bytes, count in
            Unmanaged<FileSink>.fromOpaque(context!).takeUnretainedValue()
              .write(UnsafeRawBufferPointer(start: bytes, count: Int(count)))
          },
          Unmanaged.passUnretained(sink).toOpaque(), &error)
      }
    }
    guard let handle else { throw ParquetError(error, .create, path: sink.path) }
    self.handle = handle
  }

  deinit {
    // Last, as freeing may still call the sink, which this object keeps alive.
    ab_writer_free(handle)
  }

  /// Writes a batch, whose columns have been checked against the schema, as a row group.
  func write(_ batch: RecordBatch) throws(ParquetError) {
    for (index, column) in batch.columns.enumerated() { lent[index] = column.lent }
    var error = ab_error()
    let written = withExtendedLifetime(batch) { ab_writer_write(handle, lent, Int64(batch.rows), &error) }
    guard written else { throw ParquetError(error, .write, path: sink.path) }
  }

  func close() throws(ParquetError) {
    var error = ab_error()
    guard ab_writer_close(handle, &error) else { throw ParquetError(error, .close, path: sink.path) }
  }
}

extension ColumnBuffer {
  /// The buffers as the bridge takes them, valid until the column changes.
  fileprivate var lent: ab_column_data {
    let state = state.pointee
    let hasData = state.layout == .bytes
    // Without a byte there may be no bytes buffer, but Arrow wants an address: any will do, as it reads none.
    let data = hasData ? UnsafeRawPointer(state.data ?? UnsafeMutableRawPointer(state.validity)) : nil
    return ab_column_data(
      buffers: (state.nulls > 0 ? UnsafeRawPointer(state.validity) : nil, UnsafeRawPointer(state.values), data),
      buffer_count: hasData ? 3 : 2, null_count: Int64(state.nulls))
  }
}

extension WriterOptions.Compression {
  fileprivate var bridged: (ab_compression, Int32) {
    switch self {
    case .none: (AB_COMPRESSION_NONE, 0)
    case .snappy: (AB_COMPRESSION_SNAPPY, 0)
    case .zstd(let level): (AB_COMPRESSION_ZSTD, Int32(level))
    }
  }
}

/// C copies of strings that live as long as this object.
private final class CStrings {
  private var copies: [UnsafeMutablePointer<CChar>] = []

  func add(_ text: String) -> UnsafePointer<CChar> {
    guard let copy = strdup(text) else { fatalError("memory ran out: \(text.utf8.count) bytes for a name") }
    copies.append(copy)
    return UnsafePointer(copy)
  }

  deinit {
    for copy in copies { free(copy) }
  }
}
