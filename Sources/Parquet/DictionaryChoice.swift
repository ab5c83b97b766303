/// Decides from a column's first batch whether a dictionary pays.
///
/// A dictionary costs a hash look-up for each value and pays by the bytes it saves; on a column of mostly distinct
/// values it costs as much, saves next to nothing, and is given up by the encoder when it passes its size limit.
enum DictionaryChoice {
  /// Values looked at, spread evenly over the batch.
  static let sampleSize = 4096
  /// A dictionary pays when the sample has at least this many values for each distinct one.
  static let repetition = 4

  static func pays(for column: ColumnBuffer) -> Bool {
    // One bit for each value is as small as any position in a dictionary.
    if column.layout == .bits { return false }
    let step = max(1, column.count / sampleSize)
    var seen = Set<Int>()
    var sampled = 0
    for row in Swift.stride(from: 0, to: column.count, by: step) where !column.isNull(row) {
      sampled += 1
      seen.insert(column.hashValue(row))
    }
    return sampled >= seen.count * repetition && sampled > 0
  }
}

extension ColumnBuffer {
  func isNull(_ row: Int) -> Bool {
    validity[row >> 3] >> UInt8(row & 7) & 1 == 0
  }

  /// A hash of one value's bytes; not for bits.
  fileprivate func hashValue(_ row: Int) -> Int {
    var hasher = Hasher()
    hasher.combine(bytes: bytes(row))
    return hasher.finalize()
  }

  private func bytes(_ row: Int) -> UnsafeRawBufferPointer {
    guard layout == .bytes else {
      return UnsafeRawBufferPointer(start: values + row * layout.stride, count: layout.stride)
    }
    let offsets = values.assumingMemoryBound(to: Int32.self)
    let start = Int(offsets[row])
    return UnsafeRawBufferPointer(start: data.map { $0 + start }, count: Int(offsets[row + 1]) - start)
  }
}
