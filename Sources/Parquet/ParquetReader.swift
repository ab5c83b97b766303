import ArrowBridge
import Glibc

/// Reads one Parquet file of flat columns, batch by batch, on the thread that calls.
package final class ParquetReader {
  package let path: String
  /// The columns that are read, in the order asked for.
  package let schema: Schema
  /// Rows in the file, by its footer.
  package let rows: Int
  package let rowGroups: Int
  /// Keys and values of the file's footer.
  package let metadata: [String: String]
  private let handle: ReaderHandle

  /// Opens the file to read all columns, or those named in `columns`, at most `batchRows` rows at a time, and fewer
  /// where that many are expected to pass `batchBytes`.
  ///
  /// - Throws: ``ParquetError`` when the file cannot be opened (`system`), is not a whole Parquet file (`corrupt`), has
  ///   a nested column, or one without a ``ColumnType`` among those to be read (`unsupported`), or lacks one that is
  ///   named (`invalid`).
  package init(
    path: String, columns names: [String]? = nil, batchRows: Int = 16_384, batchBytes: Int = 8 << 20
  ) throws(ParquetError) {
    ab_use_one_thread()
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system(errno, .open, path: path) }
    var error = ab_error()
    guard let pointer = ab_reader_open(descriptor, &error) else { throw ParquetError(error, .open, path: path) }
    let handle = ReaderHandle(pointer: pointer)
    let fields = try handle.fields(path: path)
    let positions = try Self.positions(of: names, in: fields.map(\.name), path: path)
    var columns: [ColumnSchema] = []
    // Positions count leaves, so a column that has several would shift those behind it.
    if let nested = fields.first(where: { $0.format.hasPrefix("+") }) {
      throw ParquetError(.unsupported, .open, path: path, message: "column \(nested.name) is nested")
    }
    for position in positions {
      let field = fields[Int(position)]
      guard let type = ColumnType(format: field.format) else {
        throw ParquetError(
          .unsupported, .open, path: path,
          message: "column \(field.name) is of a type that is not handled (\(field.format) in Arrow's notation)")
      }
      columns.append(ColumnSchema(name: field.name, type: type, isNullable: field.isNullable))
    }
    let rowBytes = ab_reader_row_bytes(pointer, positions, Int64(positions.count))
    let batchRows = min(Int64(batchRows), Int64(batchBytes) / max(1, rowBytes))
    guard ab_reader_start(pointer, positions, Int64(positions.count), max(1, batchRows), &error) else {
      throw ParquetError(error, .open, path: path)
    }
    self.path = path
    self.schema = Schema(columns)
    self.rows = Int(ab_reader_rows(pointer))
    self.rowGroups = Int(ab_reader_row_groups(pointer))
    self.metadata = handle.metadata
    self.handle = handle
  }

  /// The next rows, or nil after the last; a batch may outlive the reader.
  ///
  /// - Throws: ``ParquetError`` when the file turns out to be damaged or cannot be read further.
  package func next() throws(ParquetError) -> ReadBatch? {
    var array = ArrowArray()
    var error = ab_error()
    switch ab_reader_next(handle.pointer, &array, &error) {
    case 1: return try ReadBatch(taking: array, types: schema.columns.map(\.type), path: path)
    case 0: return nil
    default: throw ParquetError(error, .read, path: path)
    }
  }

  /// Positions in the file of the named columns; of all when there are no names.
  private static func positions(
    of names: [String]?, in all: [String], path: String
  ) throws(ParquetError) -> [Int32] {
    guard let names else { return all.indices.map { Int32($0) } }
    var positions: [Int32] = []
    for name in names {
      guard let position = all.firstIndex(of: name) else {
        throw ParquetError(.invalid, .open, path: path, message: "the file has no column \(name)")
      }
      positions.append(Int32(position))
    }
    guard !positions.isEmpty, Set(positions).count == positions.count else {
      throw ParquetError(.invalid, .open, path: path, message: "name each column to be read once, and at least one")
    }
    return positions
  }
}

/// The bridge's reader; freed when dropped.
private struct ReaderHandle: ~Copyable {
  let pointer: OpaquePointer

  deinit {
    ab_reader_free(pointer)
  }

  /// Columns as the file has them: name, type in Arrow's notation, and whether nulls may occur.
  func fields(path: String) throws(ParquetError) -> [(name: String, format: String, isNullable: Bool)] {
    var schema = ArrowSchema()
    var error = ab_error()
    guard ab_reader_schema(pointer, &schema, &error) else { throw ParquetError(error, .open, path: path) }
    defer { schema.release?(&schema) }
    return (0..<Int(schema.n_children)).map { index in
      let field = schema.children[index]!.pointee
      return (
        String(cString: field.name), String(cString: field.format), field.flags & Int64(ARROW_FLAG_NULLABLE) != 0
      )
    }
  }

  var metadata: [String: String] {
    let pairs = (0..<ab_reader_metadata_count(pointer)).map { index in
      (
        String(cString: ab_reader_metadata_key(pointer, index)),
        String(cString: ab_reader_metadata_value(pointer, index))
      )
    }
    return Dictionary(pairs) { _, last in last }
  }
}
