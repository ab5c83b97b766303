extension JSONParser {
  /// The string whose opening quote is next.
  ///
  /// Bad escapes, bad UTF-8 and control characters are reported and stand as U+FFFD in the result.
  mutating func string() throws(Stop) -> String {
    let start = index
    index += 1
    let bodyStart = index
    while let byte = peek, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20, byte < 0x80 {
      index += 1
    }
    if peek == UInt8(ascii: "\"") {
      defer { index += 1 }
      return String(decoding: bytes[bodyStart..<index], as: UTF8.self)
    }
    var content = String.UnicodeScalarView()
    content.append(contentsOf: String(decoding: bytes[bodyStart..<index], as: UTF8.self).unicodeScalars)
    while let byte = peek {
      switch byte {
      case UInt8(ascii: "\""):
        index += 1
        return String(content)
      case UInt8(ascii: "\\"): content.append(escape())
      case UInt8(ascii: "\n"), UInt8(ascii: "\r"):
        throw stop(at: start, "the string does not end on its line")
      case 0..<0x20:
        note(at: index, "a control character in a string; write it as an escape")
        content.append("\u{FFFD}")
        index += 1
      default:
        if let scalar = scalar(at: index) {
          content.append(scalar)
          index += UTF8.width(scalar)
        } else {
          note(at: index, "not UTF-8")
          content.append("\u{FFFD}")
          index += 1
          while let next = peek, next & 0xC0 == 0x80 { index += 1 }
        }
      }
    }
    throw stop(at: start, "the string does not end")
  }

  private mutating func escape() -> Unicode.Scalar {
    let start = index
    index += 1
    guard let letter = peek else { return "\u{FFFD}" }
    if letter != UInt8(ascii: "\n"), letter != UInt8(ascii: "\r"), letter < 0x80 { index += 1 }
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(letter)
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): return unicodeEscape(at: start)
    default:
      note(at: start, "no such escape; a backslash itself is written \\\\")
      return "\u{FFFD}"
    }
  }

  /// The scalar of `\uXXXX` or of a surrogate pair of them; ``index`` is behind the `u`.
  private mutating func unicodeEscape(at start: Int) -> Unicode.Scalar {
    guard let unit = codeUnit() else {
      note(at: start, "four hexadecimal digits must follow \\u")
      return "\u{FFFD}"
    }
    if let scalar = Unicode.Scalar(UInt32(unit)) { return scalar }
    let second = index
    if UTF16.isLeadSurrogate(unit), take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")), let trail = codeUnit(),
      UTF16.isTrailSurrogate(trail)
    {
      let value = 0x10000 + (UInt32(unit) - 0xD800) << 10 + (UInt32(trail) - 0xDC00)
      return Unicode.Scalar(value) ?? "\u{FFFD}"
    }
    index = second
    note(at: start, "half of a surrogate pair")
    return "\u{FFFD}"
  }

  /// Four hexadecimal digits; nil, and nothing taken, when they are not there.
  private mutating func codeUnit() -> UInt16? {
    guard index + 4 <= bytes.count else { return nil }
    var unit: UInt16 = 0
    for byte in bytes[index..<index + 4] {
      guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else { return nil }
      unit = unit << 4 | UInt16(digit)
    }
    index += 4
    return unit
  }

  /// The scalar encoded at `offset`; nil when the bytes are not well-formed (Unicode, table 3-7) or the text ends.
  func scalar(at offset: Int) -> Unicode.Scalar? {
    guard offset < bytes.count else { return nil }
    let lead = bytes[offset]
    let count: Int
    switch lead {
    case 0..<0x80: return Unicode.Scalar(lead)
    case 0xC2...0xDF: count = 1
    case 0xE0...0xEF: count = 2
    case 0xF0...0xF4: count = 3
    default: return nil
    }
    guard offset + count < bytes.count else { return nil }
    var value = UInt32(lead) & (0x3F >> UInt32(count))
    for byte in bytes[offset + 1...offset + count] {
      guard byte & 0xC0 == 0x80 else { return nil }
      value = value << 6 | UInt32(byte & 0x3F)
    }
    let least: [UInt32] = [0, 0x80, 0x800, 0x10000]
    return value >= least[count] ? Unicode.Scalar(value) : nil
  }
}
