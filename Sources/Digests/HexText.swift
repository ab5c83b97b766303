/// Writes bytes as lower-case hexadecimal digits.
package enum HexText {
  /// Writes two digits for each byte of `bytes` to `out`.
  package static func write(_ bytes: UnsafeRawBufferPointer, to out: UnsafeMutableRawPointer) {
    let digits = out.assumingMemoryBound(to: UInt8.self)
    for index in 0..<bytes.count {
      let byte = bytes[index]
      digits[2 &* index] = digit(byte &>> 4)
      digits[2 &* index &+ 1] = digit(byte & 15)
    }
  }

  @inline(__always)
  private static func digit(_ value: UInt8) -> UInt8 {
    value &+ (value < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") &- 10)
  }
}
