import ArrowBridge

/// Rows read from a file, in Arrow's own memory, which is given back when the batch is dropped.
///
/// `Sendable` because nothing changes after it was made, and Arrow lets any thread give memory back.
package final class ReadBatch: @unchecked Sendable {
  package let rows: Int
  /// The columns in the order of the reader's schema. They point into the batch: keep it alive while using them.
  package let columns: [ReadColumn]
  private var array: ArrowArray

  /// Takes `array` over, also when it throws.
  init(taking array: ArrowArray, types: [ColumnType], path: String) throws(ParquetError) {
    var array = array
    let children = (0..<Int(array.n_children)).map { array.children[$0]!.pointee }
    guard array.offset == 0, array.null_count <= 0, children.count == types.count,
      zip(children, types).allSatisfy({ $0.n_buffers == ($1.layout == .bytes ? 3 : 2) })
    else {
      array.release?(&array)
      throw ParquetError(.corrupt, .read, path: path, message: "rows and columns do not match the footer")
    }
    rows = Int(array.length)
    columns = zip(children, types).map { ReadColumn(type: $1, array: $0) }
    self.array = array
  }

  deinit {
    array.release?(&array)
  }
}

/// One column of a ``ReadBatch``: typed access to the values where they lie.
///
/// Each accessor fits one memory layout, like the appends of ``ColumnBuffer``, and none looks whether the value is
/// null: ask ``isNull(_:)`` first. Valid while the batch lives.
@usableFromInline package struct ReadColumn {
  package let type: ColumnType
  @usableFromInline package let rows: Int
  package let nullCount: Int
  /// One bit for each value from bit ``bitOffset`` on, 1 unless it is null; nil when none is null.
  @usableFromInline package let validity: UnsafePointer<UInt8>?
  /// Bits of ``validity``, and of the values of booleans, that come before the first row.
  @usableFromInline package let bitOffset: Int
  /// The first row's value, for booleans the start of the bits, for text and binary the first of ``rows`` + 1 offsets.
  @usableFromInline package let values: UnsafeRawPointer
  /// The bytes that the offsets point into; nil unless text or binary, and where all values are empty.
  @usableFromInline package let data: UnsafePointer<UInt8>?
  @usableFromInline let layout: ColumnLayout

  init(type: ColumnType, array: ArrowArray) {
    self.type = type
    layout = type.layout
    rows = Int(array.length)
    bitOffset = Int(array.offset)
    validity = array.buffers[0]?.assumingMemoryBound(to: UInt8.self)
    nullCount =
      array.null_count >= 0 ? Int(array.null_count) : ReadColumn.zeros(validity, from: bitOffset, count: rows)
    // Arrow may leave out the buffers of a column without rows; nothing is ever read through this address then.
    let start = array.buffers[1] ?? ReadColumn.nowhere
    values = start + bitOffset * layout.stride
    data = layout == .bytes ? array.buffers[2]?.assumingMemoryBound(to: UInt8.self) : nil
  }

  @inlinable package func isNull(_ row: Int) -> Bool {
    guard let validity else { return false }
    return ReadColumn.bit(validity, bitOffset &+ row) == 0
  }

  /// A 64-bit whole number, a time of day or a timestamp.
  @inlinable package func int64(_ row: Int) -> Int64 { load(row, .int64) }

  @inlinable package func double(_ row: Int) -> Double { load(row, .float64) }

  /// A date as days since 1970-01-01.
  @inlinable package func days(_ row: Int) -> Int32 { load(row, .int32) }

  /// A decimal as a whole number of its last decimal place.
  @inlinable package func decimal(_ row: Int) -> Int128 { load(row, .int128) }

  @inlinable package func bool(_ row: Int) -> Bool {
    precondition(layout == .bits && row >= 0 && row < rows)
    return ReadColumn.bit(values.assumingMemoryBound(to: UInt8.self), bitOffset &+ row) == 1
  }

  /// The bytes of a text or binary value.
  @inlinable package func bytes(_ row: Int) -> UnsafeRawBufferPointer {
    precondition(layout == .bytes && row >= 0 && row < rows)
    let start = values.loadUnaligned(fromByteOffset: row &* 4, as: Int32.self)
    let end = values.loadUnaligned(fromByteOffset: row &* 4 &+ 4, as: Int32.self)
    return UnsafeRawBufferPointer(start: data.map { $0 + Int(start) }, count: Int(end &- start))
  }

  @inlinable @inline(__always) func load<Value: BitwiseCopyable>(_ row: Int, _ expected: ColumnLayout) -> Value {
    precondition(layout == expected && row >= 0 && row < rows)
    return values.loadUnaligned(fromByteOffset: row &* MemoryLayout<Value>.size, as: Value.self)
  }

  @inlinable @inline(__always) static func bit(_ bits: UnsafePointer<UInt8>, _ index: Int) -> UInt8 {
    bits[index &>> 3] &>> UInt8(truncatingIfNeeded: index & 7) & 1
  }

  private static func zeros(_ bits: UnsafePointer<UInt8>?, from start: Int, count: Int) -> Int {
    guard let bits else { return 0 }
    return (start..<start + count).reduce(0) { $0 + (bit(bits, $1) == 0 ? 1 : 0) }
  }

  private static var nowhere: UnsafeRawPointer { UnsafeRawPointer(bitPattern: 64)! }
}
