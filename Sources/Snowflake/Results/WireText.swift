import Crypto

/// Reads values in the text of JSON results; nil for text that is none of the type.
///
/// Format: what the converters of the open-source drivers read (converter.py of the Python connector).
package enum WireText {
  /// A number as a whole number of its last decimal place, and how many places that is: `-1.50` is (-150, 2).
  package static func decimal(_ text: some StringProtocol) -> (unscaled: Int128, scale: Int)? {
    var digits = ""
    var scale: Int?
    for character in text.utf8 {
      switch character {
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        digits.unicodeScalars.append(Unicode.Scalar(character))
        if let places = scale { scale = places + 1 }
      case UInt8(ascii: "."):
        guard scale == nil else { return nil }
        scale = 0
      case UInt8(ascii: "-"), UInt8(ascii: "+"):
        guard digits.isEmpty, scale == nil else { return nil }
        digits.unicodeScalars.append(Unicode.Scalar(character))
      default: return nil
      }
    }
    return Int128(digits).map { ($0, scale ?? 0) }
  }

  package static func int64(_ text: String) -> Int64? { Int64(text) }

  package static func double(_ text: String) -> Double? {
    switch text.lowercased() {
    case "nan": .nan
    case "inf", "infinity": .infinity
    case "-inf", "-infinity": -.infinity
    default: Double(text)
    }
  }

  package static func bool(_ text: String) -> Bool? {
    switch text.lowercased() {
    case "1", "true": true
    case "0", "false": false
    default: nil
    }
  }

  /// Days since 1970-01-01.
  package static func date(_ text: String) -> Int32? { Int32(text) }

  /// Nanoseconds since midnight.
  package static func time(_ text: String) -> Int64? {
    nanoseconds(text).flatMap { Int64(exactly: $0) }
  }

  /// Nanoseconds since 1970, before it negative: by the clock on the wall for `timestamp_ntz`, in UTC for
  /// `timestamp_ltz`.
  package static func timestamp(_ text: String) -> Int128? { nanoseconds(text) }

  /// An instant in nanoseconds since 1970 in UTC, and minutes by which its place is ahead of UTC.
  package static func timestampTZ(_ text: String) -> (nanoseconds: Int128, offsetMinutes: Int)? {
    let parts = text.split(separator: " ")
    guard parts.count == 2, let instant = nanoseconds(parts[0]), let offset = Int(parts[1]) else { return nil }
    return (instant, offset - 1440)
  }

  /// The bytes that hexadecimal digits write.
  package static func binary(_ text: String) -> [UInt8]? { Hex.decode(text) }

  /// The fraction belongs to the signed number: -0.5 is half a second before 1970.
  private static func nanoseconds(_ text: some StringProtocol) -> Int128? {
    guard let (unscaled, scale) = decimal(text), scale <= 9 else { return nil }
    return (scale..<9).reduce(unscaled) { number, _ in number * 10 }
  }
}
