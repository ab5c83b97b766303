import Glibc

/// The values of one column, appended one at a time and laid out as Arrow lays them out, so that encoding reads them
/// where they are.
///
/// Appending touches no object and, unless memory must grow, allocates nothing. Each `append` fits one memory layout
/// and traps on a column of another: which one a column takes is decided once, outside the loop over rows.
///
/// A buffer has one owner at a time: it is filled on one thread, then handed whole to another. It is `Sendable` so that
/// it can be handed over, not so that two threads may use it at once.
package final class ColumnBuffer: @unchecked Sendable {
  package let type: ColumnType
  @usableFromInline let layout: ColumnLayout

  // The one-owner rule makes dynamic exclusivity checks, two calls for each appended value, superfluous.

  /// One bit for each value, 1 unless it is null; all ones ahead of the last value.
  @exclusivity(unchecked) @usableFromInline var validity: UnsafeMutablePointer<UInt8>
  /// Values, bits, or offsets, by layout; bits are zero ahead of the last value.
  @exclusivity(unchecked) @usableFromInline var values: UnsafeMutableRawPointer
  /// The bytes of all values end to end, for the bytes layout.
  @exclusivity(unchecked) @usableFromInline var data: UnsafeMutableRawPointer?
  @exclusivity(unchecked) @usableFromInline var length = 0
  @exclusivity(unchecked) @usableFromInline var nulls = 0
  @exclusivity(unchecked) @usableFromInline var dataLength = 0
  /// Values there is room for; a multiple of 64.
  @exclusivity(unchecked) @usableFromInline var capacity: Int
  @exclusivity(unchecked) @usableFromInline var dataCapacity = 0

  /// An empty column with room for `capacity` values, and for bytes with none yet.
  package init(_ type: ColumnType, capacity: Int = 1024) {
    self.type = type
    layout = type.layout
    self.capacity = max(64, (capacity + 63) & ~63)
    validity = allocated(self.capacity / 8).assumingMemoryBound(to: UInt8.self)
    memset(validity, 0xFF, self.capacity / 8)
    values = allocated(valuesByteCount(layout, capacity: self.capacity))
    clearValues()
  }

  deinit {
    free(validity)
    free(values)
    free(data)
  }

  /// Values appended since the last reset, nulls included.
  @inlinable package var count: Int { length }

  /// Nulls among them.
  @inlinable package var nullCount: Int { nulls }

  /// Bytes that the values fill, offsets and validity included.
  package var byteCount: Int {
    let bits = (length + 7) / 8
    switch layout {
    case .bits: return bits * 2
    default: return bits + length * layout.stride + dataLength
    }
  }

  /// Bytes held, filled or not.
  package var allocatedByteCount: Int {
    capacity / 8 + valuesByteCount(layout, capacity: capacity) + dataCapacity
  }

  /// Empties the column for reuse; keeps its memory, but of the bytes of values no more than `limit`.
  package func reset(keepingAtMost limit: Int = .max) {
    if nulls > 0 { memset(validity, 0xFF, capacity / 8) }
    length = 0
    nulls = 0
    dataLength = 0
    clearValues()
    if dataCapacity > limit {
      free(data)
      data = nil
      dataCapacity = 0
    }
  }

  /// Bits must be zero before they are set, and the first offset is zero.
  private func clearValues() {
    switch layout {
    case .bits: memset(values, 0, capacity / 8)
    case .bytes: values.storeBytes(of: 0, as: Int32.self)
    default: break
    }
  }

  /// Doubles the number of values there is room for.
  @usableFromInline func grow() {
    let old = capacity
    capacity *= 2
    validity = reallocated(validity, capacity / 8).assumingMemoryBound(to: UInt8.self)
    memset(validity + old / 8, 0xFF, old / 8)
    values = reallocated(values, valuesByteCount(layout, capacity: capacity))
    if layout == .bits { memset(values + old / 8, 0, old / 8) }
  }

  /// Makes room for `extra` more bytes of values.
  ///
  /// - Throws: ``ParquetError/Code/tooLarge`` when they would end beyond the reach of 32-bit offsets.
  @usableFromInline func growData(by extra: Int) throws(ParquetError) {
    let needed = dataLength + extra
    guard needed <= Int(Int32.max) else {
      throw ParquetError(.tooLarge, .append, path: nil, message: "its values would pass 2 GiB in one batch")
    }
    dataCapacity = min(Int(Int32.max), max(needed, dataCapacity * 2, 4096))
    data = reallocated(data, dataCapacity)
  }
}

/// Bytes of the values buffer with room for `capacity` values.
private func valuesByteCount(_ layout: ColumnLayout, capacity: Int) -> Int {
  switch layout {
  case .bits: capacity / 8
  case .bytes: (capacity + 1) * layout.stride
  default: capacity * layout.stride
  }
}

private func allocated(_ count: Int) -> UnsafeMutableRawPointer { reallocated(nil, count) }

private func reallocated(_ old: UnsafeMutableRawPointer?, _ count: Int) -> UnsafeMutableRawPointer {
  guard let new = realloc(old, count) else { fatalError("memory ran out: \(count) bytes for a column") }
  return new
}
