import ArrowBridge

/// Text packed with gzip.
package enum Gzip {
  /// Whether the bytes begin as gzip does.
  package static func isPacked(_ bytes: [UInt8]) -> Bool {
    bytes.count > 2 && bytes[0] == 0x1f && bytes[1] == 0x8b
  }

  /// The bytes behind packed ones, `limit` at the most.
  ///
  /// - Throws: ``ParquetError`` with code `corrupt` when they are cut off, damaged or longer than the limit.
  package static func unpack(_ bytes: [UInt8], limit: Int) throws(ParquetError) -> [UInt8] {
    let output = Output(limit: limit)
    var error = ab_error()
    let isWhole = withExtendedLifetime(output) {
      let context = Unmanaged.passUnretained(output).toOpaque()
      return ab_gunzip(bytes, Int64(bytes.count), take, context, &error)
    }
    guard isWhole else { throw ParquetError(error, .read, path: "packed text") }
    return output.bytes
  }

  private final class Output {
    var bytes: [UInt8] = []
    let limit: Int
    init(limit: Int) { self.limit = limit }
  }

  private static let take: ab_write_function = { context, bytes, count in
    guard let context, let bytes else { return 1 }
    let output = Unmanaged<Output>.fromOpaque(context).takeUnretainedValue()
    guard Int(count) <= output.limit - output.bytes.count else { return 1 }
    output.bytes.append(contentsOf: UnsafeRawBufferPointer(start: bytes, count: Int(count)))
    return 0
  }
}
