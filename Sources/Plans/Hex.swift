/// Bytes as hexadecimal text, lower case, two digits a byte.
package enum Hex {
  private static let digits = Array("0123456789abcdef".utf8)

  package static func text(_ bytes: some Sequence<UInt8>) -> String {
    var out: [UInt8] = []
    for byte in bytes {
      out.append(digits[Int(byte >> 4)])
      out.append(digits[Int(byte & 15)])
    }
    return String(decoding: out, as: UTF8.self)
  }

  /// The 16 digits of `word`, most significant first.
  package static func text(_ word: UInt64) -> String {
    text((0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * $0)) })
  }

  /// Nil when `text` has an odd length or a character that is no hexadecimal digit.
  package static func bytes(_ text: String) -> [UInt8]? {
    let digits = text.utf8.map { Character(UnicodeScalar($0)).hexDigitValue }
    guard digits.count.isMultiple(of: 2), !digits.contains(nil) else { return nil }
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0]! << 4 | digits[$0 + 1]!) }
  }
}
