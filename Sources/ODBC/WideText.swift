import CODBC

/// UTF-16, which ODBC's wide functions speak with every driver in every locale.
package enum WideText {
  /// The units of a text with the 0 that ends it.
  static func units(_ text: String) -> [SQLWCHAR] { Array(text.utf16) + [0] }

  static func string(_ units: some Collection<SQLWCHAR>) -> String { String(decoding: units, as: UTF16.self) }

  /// Appends units as UTF-8.
  ///
  /// - Returns: false when a surrogate stands alone: such units are no text, and nothing is put in their place.
  package static func append(_ units: UnsafeBufferPointer<UInt16>, to bytes: inout [UInt8]) -> Bool {
    let room = UnsafeMutableRawBufferPointer.allocate(byteCount: units.count * 3, alignment: 1)
    defer { room.deallocate() }
    let length = write(units, to: room).bytes
    guard length >= 0 else { return false }
    bytes.append(contentsOf: room[..<length])
    return true
  }

  /// Writes units as UTF-8 into `room`, which has three bytes for each unit.
  ///
  /// - Returns: how many bytes, and how many characters (code points); -1 bytes when a surrogate stands alone.
  package static func write(
    _ units: UnsafeBufferPointer<UInt16>, to room: UnsafeMutableRawBufferPointer
  ) -> (bytes: Int, characters: Int) {
    guard let out = room.baseAddress else { return (0, 0) }
    var index = 0
    var place = 0
    var characters = 0
    @inline(__always) func put(_ value: UInt32) {
      out.storeBytes(of: UInt8(truncatingIfNeeded: value), toByteOffset: place, as: UInt8.self)
      place &+= 1
    }
    while index < units.count {
      if index &+ 8 <= units.count {
        let eight = UnsafeRawPointer(units.baseAddress.unsafelyUnwrapped + index).loadUnaligned(as: SIMD8<UInt16>.self)
        // All of them ASCII, as most text is.
        if eight & 0xFF80 == .zero {
          out.storeBytes(of: SIMD8<UInt8>(truncatingIfNeeded: eight), toByteOffset: place, as: SIMD8<UInt8>.self)
          index &+= 8
          place &+= 8
          characters &+= 8
          continue
        }
      }
      let unit = UInt32(units[index])
      index &+= 1
      characters &+= 1
      switch unit {
      case 0..<0x80: put(unit)
      case 0x80..<0x800:
        put(0xC0 | unit >> 6)
        put(0x80 | unit & 0x3F)
      case 0xD800..<0xDC00:
        guard index < units.count, (0xDC00..<0xE000).contains(units[index]) else { return (-1, 0) }
        let scalar = 0x10000 + ((unit - 0xD800) << 10) + (UInt32(units[index]) - 0xDC00)
        index &+= 1
        put(0xF0 | scalar >> 18)
        put(0x80 | (scalar >> 12) & 0x3F)
        put(0x80 | (scalar >> 6) & 0x3F)
        put(0x80 | scalar & 0x3F)
      case 0xDC00..<0xE000: return (-1, 0)
      default:
        put(0xE0 | unit >> 12)
        put(0x80 | (unit >> 6) & 0x3F)
        put(0x80 | unit & 0x3F)
      }
    }
    return (place, characters)
  }
}
