import Parquet

/// Bytes that a server or a driver writes as hexadecimal digits, in upper or lower case.
enum HexDigits {
  /// Appends the bytes that `digits` write, two for each.
  ///
  /// - Returns: how many; -1 for more than `limit`, and for what is no such text: nothing is appended then.
  static func append(
    _ digits: UnsafeRawBufferPointer, upTo limit: Int, to buffer: ColumnAppender
  ) throws(ParquetError) -> Int {
    let count = digits.count / 2
    guard digits.count.isMultiple(of: 2), count <= limit else { return -1 }
    // A column takes no bytes back, so all digits are looked at first.
    guard digits.allSatisfy({ value($0) != nil }) else { return -1 }
    try buffer.append(upTo: count) { room in
      for index in 0..<count {
        room[index] = (value(digits[2 * index]) ?? 0) << 4 | (value(digits[2 * index + 1]) ?? 0)
      }
      return count
    }
    return count
  }

  private static func value(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
