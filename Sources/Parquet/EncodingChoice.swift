import ArrowBridge

/// How a column's values are written, decided from its first batch.
struct EncodingChoice: Equatable {
  /// Values are replaced by positions in a list of the distinct ones.
  ///
  /// A dictionary costs a hash look-up for each value and pays by the bytes that compression then need not look at. On a
  /// column of mostly distinct values it costs as much and saves nothing, and the encoder drops it half-way when it
  /// passes its size limit.
  var hasDictionary = false
  /// Zstandard looks for no repetitions, and shortens only the bytes that are frequent.
  ///
  /// Among random digits (hashes, tokens, amounts) there are no repetitions worth the name; to look for them all the same
  /// takes half of the time that compressing such a column takes.
  var isMatchless = false

  init() {}

  /// - Throws: ``ParquetError`` when the sample cannot be compressed.
  init(for column: ColumnBuffer, _ options: WriterOptions, path: String) throws(ParquetError) {
    let state = column.state.pointee
    // One bit for each value is smaller than any position in a dictionary, and a column without values needs nothing.
    guard state.layout != .bits, state.length > state.nulls else { return }
    switch options.dictionary {
    case .always: hasDictionary = true
    case .never: hasDictionary = false
    case .sampled: hasDictionary = DistinctValues(of: state).payForDictionary(in: state)
    }
    if case .zstd(let level) = options.compression, !hasDictionary {
      isMatchless = try PlainBytes(of: state).areMatchless(level: level, path: path)
    }
  }
}

/// How often the values of a sample of a column occur in it.
private struct DistinctValues {
  /// Values looked at.
  private static let sampleSize = 4096
  /// The size at which the encoder drops a dictionary (Parquet C++'s default).
  private static let byteLimit = 1.0 * 1024 * 1024
  /// Values there must be for each distinct one.
  private static let repetition = 32.0

  private var distinct = 0
  private var seenOnce = 0
  private var seenTwice = 0

  init(of state: ColumnState) {
    var occurrences: [Int: Int] = [:]
    if state.length <= Self.sampleSize {
      for row in 0..<state.length where !state.isNull(row) { occurrences[state.hash(row), default: 0] += 1 }
    } else {
      // Steps of varying length: values that come back at regular intervals would look more alike than they are.
      var random: UInt64 = 1
      for index in 0..<Self.sampleSize {
        random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        let (start, end) = (index * state.length / Self.sampleSize, (index + 1) * state.length / Self.sampleSize)
        let row = start + Int(random >> 33) % (end - start)
        if !state.isNull(row) { occurrences[state.hash(row), default: 0] += 1 }
      }
    }
    distinct = occurrences.count
    for count in occurrences.values {
      if count == 1 { seenOnce += 1 }
      if count == 2 { seenTwice += 1 }
    }
  }

  func payForDictionary(in state: ColumnState) -> Bool {
    let rows = Double(state.length)
    let distinct = estimated(in: rows)
    let valueBytes = Double(max(1, (state.length * state.layout.stride + state.dataLength) / state.length))
    return distinct * valueBytes < Self.byteLimit && distinct * Self.repetition < rows
  }

  /// Distinct values among `rows`, at most all of them, by the estimator of Chao, "Nonparametric estimation of the
  /// number of classes in a population" (1984), in its bias-corrected form.
  private func estimated(in rows: Double) -> Double {
    let once = Double(seenOnce)
    return min(rows, Double(distinct) + once * (once - 1) / (2 * Double(seenTwice + 1)))
  }
}

/// The first values of a column as Parquet's plain encoding has them.
private struct PlainBytes {
  /// Half of a page: enough for the frequencies of bytes, and repetitions are found near each other.
  private static let sampleBytes = 64 << 10
  /// Fewer bytes tell nothing, and take no time.
  private static let fewBytes = 4 << 10
  /// A file may become longer by an eighth of the column.
  private static let tolerance = 8

  private var bytes: [UInt8] = []

  init(of state: ColumnState) {
    bytes.reserveCapacity(Self.sampleBytes + 16)
    guard state.layout == .bytes else {
      // Decimals of up to 18 digits are written in eight bytes, which are the first of their sixteen.
      let width = min(8, state.layout.stride)
      for row in 0..<state.length where bytes.count < Self.sampleBytes {
        if !state.isNull(row) { bytes += state.bytes(row).prefix(width) }
      }
      return
    }
    for row in 0..<state.length where bytes.count < Self.sampleBytes {
      if state.isNull(row) { continue }
      let value = state.bytes(row)
      withUnsafeBytes(of: UInt32(value.count).littleEndian) { bytes += $0 }
      bytes += value.prefix(Self.sampleBytes)
    }
  }

  func areMatchless(level: Int, path: String) throws(ParquetError) -> Bool {
    guard bytes.count >= Self.fewBytes else { return false }
    var (matched, matchless) = (Int64(0), Int64(0))
    var error = ab_error()
    guard ab_zstd_sizes(bytes, Int64(bytes.count), Int32(level), &matched, &matchless, &error) else {
      throw ParquetError(error, .write, path: path)
    }
    return matchless <= matched + matched / Int64(Self.tolerance)
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

  fileprivate func bytes(_ row: Int) -> UnsafeRawBufferPointer {
    guard layout == .bytes else {
      return UnsafeRawBufferPointer(start: values + row * layout.stride, count: layout.stride)
    }
    let offsets = values.assumingMemoryBound(to: Int32.self)
    let start = Int(offsets[row])
    return UnsafeRawBufferPointer(start: data.map { $0 + start }, count: Int(offsets[row + 1]) - start)
  }
}
