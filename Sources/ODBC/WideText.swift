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
    bytes.reserveCapacity(bytes.count + units.count)
    var index = 0
    while index < units.count {
      let unit = UInt32(units[index])
      index += 1
      switch unit {
      case 0..<0x80: bytes.append(UInt8(truncatingIfNeeded: unit))
      case 0x80..<0x800:
        bytes.append(UInt8(truncatingIfNeeded: 0xC0 | unit >> 6))
        bytes.append(UInt8(truncatingIfNeeded: 0x80 | unit & 0x3F))
      case 0xD800..<0xDC00:
        guard index < units.count, (0xDC00..<0xE000).contains(units[index]) else { return false }
        let scalar = 0x10000 + ((unit - 0xD800) << 10) + (UInt32(units[index]) - 0xDC00)
        index += 1
        bytes.append(UInt8(truncatingIfNeeded: 0xF0 | scalar >> 18))
        bytes.append(UInt8(truncatingIfNeeded: 0x80 | (scalar >> 12) & 0x3F))
        bytes.append(UInt8(truncatingIfNeeded: 0x80 | (scalar >> 6) & 0x3F))
        bytes.append(UInt8(truncatingIfNeeded: 0x80 | scalar & 0x3F))
      case 0xDC00..<0xE000: return false
      default:
        bytes.append(UInt8(truncatingIfNeeded: 0xE0 | unit >> 12))
        bytes.append(UInt8(truncatingIfNeeded: 0x80 | (unit >> 6) & 0x3F))
        bytes.append(UInt8(truncatingIfNeeded: 0x80 | unit & 0x3F))
      }
    }
    return true
  }
}
