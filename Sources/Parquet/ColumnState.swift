import Glibc

/// The memory of one column, as Arrow lays it out; owned by a ``ColumnBuffer``, written through ``ColumnAppending``.
@usableFromInline package struct ColumnState {
  @usableFromInline let layout: ColumnLayout
  /// One bit for each value, 1 unless it is null; all ones ahead of the last value.
  @usableFromInline var validity: UnsafeMutablePointer<UInt8>
  /// Values, bits, or offsets, by layout; bits are zero ahead of the last value.
  @usableFromInline var values: UnsafeMutableRawPointer
  /// The bytes of all values end to end, for the bytes layout; nil before the first byte.
  @usableFromInline var data: UnsafeMutableRawPointer?
  @usableFromInline var length = 0
  @usableFromInline var nulls = 0
  @usableFromInline var dataLength = 0
  /// Values there is room for; a multiple of 64.
  @usableFromInline var capacity: Int
  @usableFromInline var dataCapacity = 0

  init(_ layout: ColumnLayout, capacity wanted: Int) {
    self.layout = layout
    capacity = max(64, (wanted + 63) & ~63)
    validity = reallocated(nil, capacity / 8).assumingMemoryBound(to: UInt8.self)
    memset(validity, 0xFF, capacity / 8)
    values = reallocated(nil, Self.valuesByteCount(layout, capacity: capacity))
    clearValues()
  }

  /// Gives the memory back; nothing else may follow.
  func deallocate() {
    free(validity)
    free(values)
    free(data)
  }

  /// Bytes that the values fill, offsets and validity included.
  var byteCount: Int {
    let bits = (length + 7) / 8
    return layout == .bits ? bits * 2 : bits + length * layout.stride + dataLength
  }

  /// Bytes held, filled or not.
  var allocatedByteCount: Int {
    capacity / 8 + Self.valuesByteCount(layout, capacity: capacity) + dataCapacity
  }

  mutating func reset(keepingAtMost limit: Int) {
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

  /// Doubles the number of values there is room for.
  @usableFromInline mutating func grow() {
    let old = capacity
    capacity *= 2
    validity = reallocated(validity, capacity / 8).assumingMemoryBound(to: UInt8.self)
    memset(validity + old / 8, 0xFF, old / 8)
    values = reallocated(values, Self.valuesByteCount(layout, capacity: capacity))
    if layout == .bits { memset(values + old / 8, 0, old / 8) }
  }

  /// Makes room for `extra` more bytes of values.
  ///
  /// - Throws: ``ParquetError/Code/tooLarge`` when they would end beyond the reach of 32-bit offsets.
  @usableFromInline mutating func growData(by extra: Int) throws(ParquetError) {
    guard extra <= Int(Int32.max) - dataLength else {
      throw ParquetError(.tooLarge, .append, path: nil, message: "its values would pass 2 GiB in one batch")
    }
    dataCapacity = min(Int(Int32.max), max(dataLength + extra, dataCapacity * 2, 4096))
    data = reallocated(data, dataCapacity)
  }

  /// Bits must be zero before they are set, and the first offset is zero.
  private func clearValues() {
    switch layout {
    case .bits: memset(values, 0, capacity / 8)
    case .bytes: values.storeBytes(of: 0, as: Int32.self)
    default: break
    }
  }

  private static func valuesByteCount(_ layout: ColumnLayout, capacity: Int) -> Int {
    switch layout {
    case .bits: capacity / 8
    case .bytes: (capacity + 1) * layout.stride
    default: capacity * layout.stride
    }
  }
}

private func reallocated(_ old: UnsafeMutableRawPointer?, _ count: Int) -> UnsafeMutableRawPointer {
  guard let new = realloc(old, count) else { fatalError("memory ran out: \(count) bytes for a column") }
  return new
}
