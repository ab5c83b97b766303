/// Appending to a column, one value at a time.
///
/// An append touches no object and, unless memory must grow, allocates nothing. Each fits one memory layout and traps
/// on a column of another: which one a column takes is decided once, outside the loop over rows.
@usableFromInline package protocol ColumnAppending {
  var state: UnsafeMutablePointer<ColumnState> { get }
}

extension ColumnAppending {
  /// Appends a null, whatever the type; its place among the values is zeroed.
  @inlinable package func appendNull() {
    if state.pointee.length == state.pointee.capacity { state.pointee.grow() }
    let row = state.pointee.length
    switch state.pointee.layout {
    case .bits: break
    case .int32: store(Int32(0))
    case .int64, .float64: store(Int64(0))
    case .int128: store(Int128(0))
    case .bytes: storeOffset()
    }
    state.pointee.validity[row &>> 3] &= ~(1 &<< UInt8(truncatingIfNeeded: row & 7))
    state.pointee.nulls &+= 1
    state.pointee.length = row &+ 1
  }

  /// Appends to a column of 64-bit whole numbers, times of day or timestamps.
  @inlinable @inline(__always) package func append(_ value: Int64) { append(value, .int64) }

  @inlinable package func append(_ value: Double) { append(value, .float64) }

  /// Appends a date as days since 1970-01-01.
  @inlinable @inline(__always) package func append(days: Int32) { append(days, .int32) }

  /// Appends a decimal as a whole number of its last decimal place; whoever appends vouches that it has no more digits
  /// than the column's precision.
  @inlinable @inline(__always) package func append(decimal unscaled: Int128) { append(unscaled, .int128) }

  @inlinable @inline(__always) package func append(_ value: Bool) {
    precondition(state.pointee.layout == .bits)
    if state.pointee.length == state.pointee.capacity { state.pointee.grow() }
    let row = state.pointee.length
    if value {
      let bits = state.pointee.values.assumingMemoryBound(to: UInt8.self)
      bits[row &>> 3] |= 1 &<< UInt8(truncatingIfNeeded: row & 7)
    }
    state.pointee.length = row &+ 1
  }

  /// Appends text or binary; an empty value is not a null.
  ///
  /// - Throws: ``ParquetError/Code/tooLarge`` when the batch would hold 2 GiB or more of this column; nothing is
  ///   appended then.
  @inlinable @inline(__always) package func append(bytes: UnsafeRawBufferPointer) throws(ParquetError) {
    let room = try room(for: bytes.count)
    if let room, let source = bytes.baseAddress { room.copyMemory(from: source, byteCount: bytes.count) }
    end(after: bytes.count)
  }

  /// Appends text or binary that `fill` writes in place: it gets room for `maximum` bytes and returns how many it used.
  ///
  /// - Throws: ``ParquetError/Code/tooLarge`` when there is no such room within 2 GiB; nothing is appended then.
  @inlinable package func append(
    upTo maximum: Int, fill: (UnsafeMutableRawBufferPointer) -> Int
  ) throws(ParquetError) {
    let room = try room(for: maximum)
    let used = fill(UnsafeMutableRawBufferPointer(start: room, count: room == nil ? 0 : maximum))
    precondition(used >= 0 && used <= maximum)
    end(after: used)
  }

  /// Appends the UTF-8 of `text`; makes a native copy of one that is not, so not for rows by the million.
  package func append(_ text: String) throws(ParquetError) {
    try append(upTo: text.utf8.count) { room in
      room.copyBytes(from: text.utf8)
      return room.count
    }
  }

  @inlinable @inline(__always) func append<Value: BitwiseCopyable>(_ value: Value, _ layout: ColumnLayout) {
    precondition(state.pointee.layout == layout)
    if state.pointee.length == state.pointee.capacity { state.pointee.grow() }
    store(value)
    state.pointee.length &+= 1
  }

  /// Writes `value` at the place of the next value.
  @inlinable @inline(__always) func store<Value: BitwiseCopyable>(_ value: Value) {
    let offset = state.pointee.length &* MemoryLayout<Value>.size
    state.pointee.values.storeBytes(of: value, toByteOffset: offset, as: Value.self)
  }

  /// Writes the end of the next value, which is the end of the bytes so far.
  @inlinable @inline(__always) func storeOffset() {
    let end = Int32(truncatingIfNeeded: state.pointee.dataLength)
    state.pointee.values.storeBytes(of: end, toByteOffset: (state.pointee.length &+ 1) &* 4, as: Int32.self)
  }

  /// Where the next value's bytes go, with room for `count` of them; nil only while the column holds no byte and needs
  /// none.
  @inlinable @inline(__always) func room(for count: Int) throws(ParquetError) -> UnsafeMutableRawPointer? {
    precondition(state.pointee.layout == .bytes)
    if count > state.pointee.dataCapacity &- state.pointee.dataLength { try state.pointee.growData(by: count) }
    if state.pointee.length == state.pointee.capacity { state.pointee.grow() }
    return state.pointee.data.map { $0 + state.pointee.dataLength }
  }

  /// Ends the value whose `count` bytes have been written.
  @inlinable @inline(__always) func end(after count: Int) {
    state.pointee.dataLength &+= count
    storeOffset()
    state.pointee.length &+= 1
  }
}
