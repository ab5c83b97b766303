/// Decides from a column's first batch whether a dictionary pays.
///
/// A dictionary costs a hash look-up for each value and pays by the bytes that compression then need not look at. On a
/// column of mostly distinct values it costs as much and saves nothing, and the encoder drops it half-way when it
/// passes its size limit.
struct DictionaryChoice {
  /// Values looked at, spread evenly over the batch.
  static let sampleSize = 4096
  /// The size at which the encoder drops a dictionary (Parquet C++'s default).
  static let byteLimit = 1 << 20
  /// Values of a row group there must be for each distinct one.
  static let repetition = 32

  private let batch: RecordBatch
  /// Rows that a row group is expected to hold.
  private let rowsPerGroup: Int

  /// The choice for a file whose rows look like those of `batch`.
  init(first batch: RecordBatch, rowGroupBytes: Int) {
    self.batch = batch
    rowsPerGroup = rowGroupBytes / max(1, batch.byteCount / max(1, batch.rows))
  }

  func pays(forColumn index: Int) -> Bool {
    let state = batch.columns[index].state.pointee
    // One bit for each value is smaller than any position in a dictionary, and a column without values needs none.
    guard state.layout != .bits, state.length > state.nulls else { return false }
    let sample = Sample(of: state)
    let distinct = sample.estimatedDistinct(in: Double(rowsPerGroup))
    let valueBytes = Double(max(1, (state.length * state.layout.stride + state.dataLength) / state.length))
    return distinct * valueBytes < Double(Self.byteLimit) && distinct * Double(Self.repetition) < Double(rowsPerGroup)
  }

  /// How often the values of a sample occur in it.
  private struct Sample {
    var distinct = 0
    var seenOnce = 0
    var seenTwice = 0

    init(of state: ColumnState) {
      var occurrences: [Int: Int] = [:]
      let step = max(1, state.length / DictionaryChoice.sampleSize)
      for row in Swift.stride(from: 0, to: state.length, by: step) where !state.isNull(row) {
        occurrences[state.hash(row), default: 0] += 1
      }
      distinct = occurrences.count
      for count in occurrences.values {
        if count == 1 { seenOnce += 1 }
        if count == 2 { seenTwice += 1 }
      }
    }

    /// Distinct values among `rows`, at most all of them, by the estimator of Chao, "Nonparametric estimation of the
    /// number of classes in a population" (1984), in its bias-corrected form.
    func estimatedDistinct(in rows: Double) -> Double {
      let once = Double(seenOnce)
      return min(rows, Double(distinct) + once * (once - 1) / (2 * Double(seenTwice + 1)))
    }
  }
}

extension ColumnState {
  fileprivate func isNull(_ row: Int) -> Bool {
    validity[row >> 3] >> UInt8(row & 7) & 1 == 0
  }

  /// A hash of one value's bytes; not for bits.
  fileprivate func hash(_ row: Int) -> Int {
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
