import Glibc
import Plans

/// One value of a variant column as it is staged: a JSON scalar, or an object with one member for what JSON has not.
///
/// Digits are an integer, a number with a point or exponent is a real, a string is text; `{"$binary":"00ff"}` is bytes,
/// `{"$text":"c3"}` text that is not UTF-8, `{"$real":"Infinity"}` a real that JSON cannot write. docs/types.md defines
/// the notation.
enum VariantText {
  case integer(Int64)
  case real(Double)
  /// Bytes of text that lie in the staged value as they are.
  case text(UnsafeRawBufferPointer)
  /// Bytes of text that had to be made.
  case madeText([UInt8])
  case bytes([UInt8])

  /// Nil when the bytes are not written so.
  init?(_ json: UnsafeRawBufferPointer) {
    switch json.first {
    case UInt8(ascii: "\"")?:
      guard json.count >= 2, json.last == UInt8(ascii: "\"") else { return nil }
      let inner = UnsafeRawBufferPointer(rebasing: json[1..<(json.count - 1)])
      guard inner.contains(UInt8(ascii: "\\")) else {
        self = .text(inner)
        return
      }
      guard let made = Self.unescaped(inner) else { return nil }
      self = .madeText(made)
    case UInt8(ascii: "{")?:
      guard let value = Self.object(String(decoding: json, as: UTF8.self)) else { return nil }
      self = value
    default:
      guard let value = Self.number(json) else { return nil }
      self = value
    }
  }

  private static func number(_ json: UnsafeRawBufferPointer) -> VariantText? {
    let digits = json.first == UInt8(ascii: "-") ? json.dropFirst() : json[...]
    guard let first = digits.first, (48...57).contains(first) else { return nil }
    if digits.allSatisfy({ (48...57).contains($0) }) {
      return Int64(String(decoding: json, as: UTF8.self)).map(VariantText.integer)
    }
    return Double(String(decoding: json, as: UTF8.self)).map(VariantText.real)
  }

  private static func object(_ json: String) -> VariantText? {
    guard json.hasSuffix("\"}") else { return nil }
    for (name, make) in members {
      let head = "{\"\(name)\":\""
      if json.hasPrefix(head) { return make(String(json.dropFirst(head.count).dropLast(2))) }
    }
    return nil
  }

  private static var members: [(String, (String) -> VariantText?)] {
    [
      ("$binary", { Hex.bytes($0).map(VariantText.bytes) }),
      ("$text", { Hex.bytes($0).map(VariantText.madeText) }),
      (
        "$real",
        { name in
          switch name {
          case "Infinity": .real(.infinity)
          case "-Infinity": .real(-.infinity)
          case "NaN": .real(.nan)
          default: nil
          }
        }
      ),
    ]
  }

  /// The bytes that a JSON string without its quotes stands for.
  private static func unescaped(_ text: UnsafeRawBufferPointer) -> [UInt8]? {
    var out: [UInt8] = []
    out.reserveCapacity(text.count)
    var index = 0
    while index < text.count {
      guard text[index] == UInt8(ascii: "\\") else {
        out.append(text[index])
        index += 1
        continue
      }
      guard index + 1 < text.count else { return nil }
      index += 2
      switch text[index - 1] {
      case UInt8(ascii: "n"): out.append(10)
      case UInt8(ascii: "t"): out.append(9)
      case UInt8(ascii: "r"): out.append(13)
      case UInt8(ascii: "b"): out.append(8)
      case UInt8(ascii: "f"): out.append(12)
      case UInt8(ascii: "u"):
        guard let scalar = scalar(text, &index) else { return nil }
        out += Array(String(scalar).utf8)
      case let byte where [UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/")].contains(byte): out.append(byte)
      default: return nil
      }
    }
    return out
  }

  /// The code point whose `\u` ends before `index`, two units where it lies beyond the basic plane.
  private static func scalar(_ text: UnsafeRawBufferPointer, _ index: inout Int) -> Unicode.Scalar? {
    guard let first = unit(text, &index) else { return nil }
    guard (0xD800..<0xDC00).contains(first) else { return Unicode.Scalar(first) }
    guard index + 1 < text.count, text[index] == UInt8(ascii: "\\"), text[index + 1] == UInt8(ascii: "u") else {
      return nil
    }
    index += 2
    guard let second = unit(text, &index), (0xDC00..<0xE000).contains(second) else { return nil }
    return Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
  }

  private static func unit(_ text: UnsafeRawBufferPointer, _ index: inout Int) -> UInt32? {
    guard index + 4 <= text.count else { return nil }
    defer { index += 4 }
    return UInt32(String(decoding: text[index..<(index + 4)], as: UTF8.self), radix: 16)
  }
}
