extension ColumnBuffer {
  /// Appends a null, whatever the type; its place among the values is zeroed.
  @inlinable package func appendNull() {
    if length == capacity { grow() }
    switch layout {
    case .bits: break
    case .int32: store(Int32(0))
    case .int64, .float64: store(Int64(0))
    case .int128: store(Int128(0))
    case .bytes: storeOffset()
    }
    validity[length &>> 3] &= ~(1 &<< UInt8(truncatingIfNeeded: length & 7))
    nulls &+= 1
    length &+= 1
  }

  /// Appends to a column of 64-bit whole numbers, times of day or timestamps.
  @inlinable package func append(_ value: Int64) {
    precondition(layout == .int64)
    if length == capacity { grow() }
    store(value)
    length &+= 1
  }

  @inlinable package func append(_ value: Double) {
    precondition(layout == .float64)
    if length == capacity { grow() }
    store(value)
    length &+= 1
  }

  @inlinable package func append(_ value: Bool) {
    precondition(layout == .bits)
    if length == capacity { grow() }
    if value {
      values.assumingMemoryBound(to: UInt8.self)[length &>> 3] |= 1 &<< UInt8(truncatingIfNeeded: length & 7)
    }
    length &+= 1
  }

  /// Appends a date as days since 1970-01-01.
  @inlinable package func append(days: Int32) {
    precondition(layout == .int32)
    if length == capacity { grow() }
    store(days)
    length &+= 1
  }

  /// Appends a decimal as a whole number of its last decimal place; whoever appends vouches that it has no more digits
  /// than the column's precision.
  @inlinable package func append(decimal unscaled: Int128) {
    precondition(layout == .int128)
    if length == capacity { grow() }
    store(unscaled)
    length &+= 1
  }

  /// Appends text or binary; an empty value is not a null.
  ///
  /// - Throws: ``ParquetError/Code/tooLarge`` when the batch would hold 2 GiB or more of this column; nothing is
  ///   appended then.
  @inlinable package func append(bytes: UnsafeRawBufferPointer) throws(ParquetError) {
    precondition(layout == .bytes)
    if bytes.count > dataCapacity &- dataLength { try growData(by: bytes.count) }
    if length == capacity { grow() }
    if let source = bytes.baseAddress, let data {
      (data + dataLength).copyMemory(from: source, byteCount: bytes.count)
    }
    dataLength &+= bytes.count
    storeOffset()
    length &+= 1
  }

  /// Appends text or binary that `fill` writes in place: it gets room for `maximum` bytes and returns how many it used.
  ///
  /// - Throws: ``ParquetError/Code/tooLarge`` when there is no such room within 2 GiB; nothing is appended then.
  @inlinable package func append(
    upTo maximum: Int, fill: (UnsafeMutableRawBufferPointer) -> Int
  ) throws(ParquetError) {
    precondition(layout == .bytes)
    if maximum > dataCapacity &- dataLength { try growData(by: maximum) }
    if length == capacity { grow() }
    let used = fill(UnsafeMutableRawBufferPointer(start: data.map { $0 + dataLength }, count: maximum))
    precondition(used >= 0 && used <= maximum)
    dataLength &+= used
    storeOffset()
    length &+= 1
  }

  /// Appends the UTF-8 of `text`: for headings and tests, not for rows by the million.
  package func append(_ text: String) throws(ParquetError) {
    var text = text
    let result = text.withUTF8 { utf8 -> Result<Void, ParquetError> in
      do throws(ParquetError) {
        return .success(try append(bytes: UnsafeRawBufferPointer(utf8)))
      } catch {
        return .failure(error)
      }
    }
    try result.get()
  }

  /// Writes `value` at the place of the next value.
  @inlinable @inline(__always) func store<Value: BitwiseCopyable>(_ value: Value) {
    values.storeBytes(of: value, toByteOffset: length &* MemoryLayout<Value>.size, as: Value.self)
  }

  /// Writes the end of the next value, which is the end of the bytes so far.
  @inlinable @inline(__always) func storeOffset() {
    values.storeBytes(of: Int32(truncatingIfNeeded: dataLength), toByteOffset: (length &+ 1) &* 4, as: Int32.self)
  }
}
