import Digests

/// Writes single values as the JSON text of a variant, as docs/types.md defines it.
enum VariantText {
  /// Bytes that `text`, which is plain UTF-8, takes as a JSON string.
  static func stringSize(_ text: UnsafeRawBufferPointer) -> Int {
    var size = text.count + 2
    for byte in text where byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
      size += short(byte) == 0 ? 5 : 1
    }
    return size
  }

  /// Writes `text` as a JSON string: quote, backslash and control characters escaped, everything else as it is.
  static func writeString(_ text: UnsafeRawBufferPointer, to out: UnsafeMutableRawPointer) -> Int {
    let bytes = out.assumingMemoryBound(to: UInt8.self)
    var count = 0
    func put(_ byte: UInt8) {
      bytes[count] = byte
      count &+= 1
    }
    put(UInt8(ascii: "\""))
    for byte in text {
      if byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") {
        put(byte)
        continue
      }
      put(UInt8(ascii: "\\"))
      let letter = short(byte)
      if letter != 0 {
        put(letter)
      } else {
        put(UInt8(ascii: "u"))
        put(UInt8(ascii: "0"))
        put(UInt8(ascii: "0"))
        withUnsafeBytes(of: byte) { HexText.write($0, to: out + count) }
        count &+= 2
      }
    }
    put(UInt8(ascii: "\""))
    return count
  }

  /// Bytes of an object with one member whose value is the hexadecimal text of so many bytes.
  static func hexSize(_ key: StaticString, _ count: Int) -> Int { key.utf8CodeUnitCount + 2 * count + 7 }

  /// Writes `{"key":"hex"}`.
  static func writeHex(_ key: StaticString, _ value: UnsafeRawBufferPointer, to out: UnsafeMutableRawPointer) -> Int {
    let start = writeObjectHead(key, to: out)
    HexText.write(value, to: out + start)
    return start + 2 * value.count + writeObjectTail(to: out + start + 2 * value.count)
  }

  /// Writes `{"$real":"Infinity"}` with its sign, or the shortest digits of a finite value.
  static func writeReal(_ value: Double, to out: UnsafeMutableRawPointer) -> Int {
    guard !value.isFinite else { return NumberText.writeShortest(value, to: out) }
    let start = writeObjectHead("$real", to: out)
    let length = NumberText.writeCanonical(value, to: out + start)
    return start + length + writeObjectTail(to: out + start + length)
  }

  private static func writeObjectHead(_ key: StaticString, to out: UnsafeMutableRawPointer) -> Int {
    let bytes = out.assumingMemoryBound(to: UInt8.self)
    bytes[0] = UInt8(ascii: "{")
    bytes[1] = UInt8(ascii: "\"")
    (out + 2).copyMemory(from: key.utf8Start, byteCount: key.utf8CodeUnitCount)
    let end = 2 + key.utf8CodeUnitCount
    bytes[end] = UInt8(ascii: "\"")
    bytes[end + 1] = UInt8(ascii: ":")
    bytes[end + 2] = UInt8(ascii: "\"")
    return end + 3
  }

  private static func writeObjectTail(to out: UnsafeMutableRawPointer) -> Int {
    let bytes = out.assumingMemoryBound(to: UInt8.self)
    bytes[0] = UInt8(ascii: "\"")
    bytes[1] = UInt8(ascii: "}")
    return 2
  }

  /// The letter of JSON's short escape for `byte`; 0 when it has none.
  private static func short(_ byte: UInt8) -> UInt8 {
    switch byte {
    case 8: UInt8(ascii: "b")
    case 9: UInt8(ascii: "t")
    case 10: UInt8(ascii: "n")
    case 12: UInt8(ascii: "f")
    case 13: UInt8(ascii: "r")
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): byte
    default: 0
    }
  }
}
