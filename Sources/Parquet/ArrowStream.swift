import ArrowBridge

/// Reads a stream of Arrow's IPC format that is in memory, batch by batch.
///
/// Unlike ``ParquetReader`` it takes whatever types come, nested ones too: the reader of a batch asks each column.
package final class ArrowStream {
  private static let place = "an Arrow stream"
  package let columns: [ArrowField]
  private let handle: StreamHandle

  /// - Throws: ``ParquetError`` with code `corrupt` when the bytes are no such stream.
  package init(_ bytes: [UInt8]) throws(ParquetError) {
    ab_use_one_thread()
    var error = ab_error()
    guard let pointer = ab_stream_open(bytes, Int64(bytes.count), &error) else {
      throw ParquetError(error, .open, path: Self.place)
    }
    handle = StreamHandle(pointer: pointer)
    var schema = ArrowSchema()
    guard ab_stream_schema(pointer, &schema, &error) else { throw ParquetError(error, .open, path: Self.place) }
    defer { schema.release?(&schema) }
    columns = ArrowField(schema).children
  }

  /// The next rows, or nil after the last; a batch may outlive the stream.
  ///
  /// - Throws: ``ParquetError`` when the bytes turn out to be damaged or cut off.
  package func next() throws(ParquetError) -> ArrowBatch? {
    var array = ArrowArray()
    var error = ab_error()
    switch ab_stream_next(handle.pointer, &array, &error) {
    case 1: return ArrowBatch(taking: array, fields: columns)
    case 0: return nil
    default: throw ParquetError(error, .read, path: Self.place)
    }
  }
}

/// A column of a stream, in the notation of Arrow's C data interface.
package struct ArrowField: Hashable, Sendable {
  package let name: String
  /// `l`, `d:38,0`, `+s`…
  package let format: String
  package let children: [ArrowField]
  /// Values are positions in a dictionary.
  package let isDictionary: Bool

  init(_ schema: ArrowSchema) {
    name = schema.name.map { String(cString: $0) } ?? ""
    format = String(cString: schema.format)
    children = (0..<Int(schema.n_children)).map { ArrowField(schema.children[$0]!.pointee) }
    isDictionary = schema.dictionary != nil
  }
}

/// The bridge's stream; freed when dropped.
private struct StreamHandle: ~Copyable {
  let pointer: OpaquePointer

  deinit {
    ab_stream_free(pointer)
  }
}
