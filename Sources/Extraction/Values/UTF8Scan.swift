/// Looks at text byte by byte, eight at a time where it is ASCII.
enum UTF8Scan {
  /// The number of characters (code points) of `text`; -1 when it is not UTF-8 or has a NUL character.
  ///
  /// UTF-8 by the Unicode standard, table 3-7: no overlong forms, no surrogates, nothing beyond U+10FFFF.
  static func characters(_ text: UnsafeRawBufferPointer) -> Int {
    characters(text, allowsNUL: false)
  }

  /// Whether `text` is UTF-8; a NUL character is one like any other.
  static func isUTF8(_ text: UnsafeRawBufferPointer) -> Bool {
    characters(text, allowsNUL: true) >= 0
  }

  @inline(__always)
  private static func characters(_ text: UnsafeRawBufferPointer, allowsNUL: Bool) -> Int {
    guard let start = text.baseAddress else { return 0 }
    let count = text.count
    var index = 0
    var characters = 0
    while index < count {
      if index &+ 8 <= count {
        let word = start.loadUnaligned(fromByteOffset: index, as: UInt64.self)
        // No byte with the high bit set, and none that is zero.
        if word & 0x8080_8080_8080_8080 == 0,
          allowsNUL || (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080 == 0
        {
          index &+= 8
          characters &+= 8
          continue
        }
      }
      let byte = start.load(fromByteOffset: index, as: UInt8.self)
      if byte < 0x80, allowsNUL || byte != 0 {
        index &+= 1
        characters &+= 1
        continue
      }
      let length = sequence(start + index, limit: count &- index)
      if length == 0 || byte == 0 { return -1 }
      index &+= length
      characters &+= 1
    }
    return characters
  }

  /// Bytes of the character at `start`; 0 when there is none within `limit` bytes.
  private static func sequence(_ start: UnsafeRawPointer, limit: Int) -> Int {
    let bytes = start.assumingMemoryBound(to: UInt8.self)
    func continues(_ index: Int) -> Bool { bytes[index] & 0xC0 == 0x80 }
    switch bytes[0] {
    case 0x00...0x7F:
      return 1
    case 0xC2...0xDF:
      return limit >= 2 && continues(1) ? 2 : 0
    case 0xE0...0xEF:
      guard limit >= 3, continues(1), continues(2) else { return 0 }
      let isOverlong = bytes[0] == 0xE0 && bytes[1] < 0xA0
      let isSurrogate = bytes[0] == 0xED && bytes[1] > 0x9F
      return isOverlong || isSurrogate ? 0 : 3
    case 0xF0...0xF4:
      guard limit >= 4, continues(1), continues(2), continues(3) else { return 0 }
      let isOverlong = bytes[0] == 0xF0 && bytes[1] < 0x90
      let isBeyond = bytes[0] == 0xF4 && bytes[1] > 0x8F
      return isOverlong || isBeyond ? 0 : 4
    default:
      return 0
    }
  }
}
