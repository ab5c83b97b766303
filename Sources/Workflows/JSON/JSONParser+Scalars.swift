extension JSONParser {
  /// A number, or what looks like one: digits, signs, points, exponents and letters are taken together.
  mutating func number() -> JSONNode {
    let start = index
    while let byte = peek, isNumberByte(byte) { index += 1 }
    _ = bareWord()
    let range = start..<index
    let text = String(decoding: bytes[range], as: UTF8.self)
    if let mistake = grammarMistake(bytes[range]) {
      note(at: start, "\(Printable.plain(text)) is no JSON number: \(mistake)")
      return JSONNode(.invalid, at: range)
    }
    guard isInRange(text, bytes[range]) else {
      note(at: start, "\(Printable.plain(text)) is out of range")
      return JSONNode(.invalid, at: range)
    }
    return JSONNode(.number(JSONNumber(text)), at: range)
  }

  /// `true`, `false` and `null`; other words are reported.
  mutating func word() -> JSONNode {
    let start = index
    let text = bareWord()
    let range = start..<index
    switch text {
    case "true": return JSONNode(.boolean(true), at: range)
    case "false": return JSONNode(.boolean(false), at: range)
    case "null": return JSONNode(.null, at: range)
    default:
      let question = Suggestion.question(for: text, in: ["true", "false", "null"])
      note(at: start, "\(Printable.plain(text)) is no JSON value\(question.isEmpty ? "; quote text" : question)")
      return JSONNode(.invalid, at: range)
    }
  }

  /// Letters, digits and underscores up to something else.
  mutating func bareWord() -> String {
    let start = index
    while let byte = peek {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
        index += 1
      default: return String(decoding: bytes[start..<index], as: UTF8.self)
      }
    }
    return String(decoding: bytes[start..<index], as: UTF8.self)
  }

  private func isNumberByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."),
      UInt8(ascii: "e"), UInt8(ascii: "E"):
      true
    default: false
    }
  }

  /// Nil for `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?` (RFC 8259, section 6).
  private func grammarMistake(_ text: ArraySlice<UInt8>) -> String? {
    var rest = text
    if rest.first == UInt8(ascii: "-") { rest.removeFirst() }
    let whole = rest.prefix(while: isDigit)
    rest = rest.dropFirst(whole.count)
    if text.first == UInt8(ascii: "+") { return "it begins with a plus" }
    if whole.isEmpty { return rest.first == UInt8(ascii: ".") ? "no digit before the point" : "digits are missing" }
    if whole.count > 1, whole.first == UInt8(ascii: "0") { return "it begins with a zero" }
    if rest.first == UInt8(ascii: ".") {
      let fraction = rest.dropFirst().prefix(while: isDigit)
      if fraction.isEmpty { return "no digit behind the point" }
      rest = rest.dropFirst(1 + fraction.count)
    }
    if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
      rest.removeFirst()
      if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
      let exponent = rest.prefix(while: isDigit)
      if exponent.isEmpty { return "no digit in the exponent" }
      rest = rest.dropFirst(exponent.count)
    }
    return rest.isEmpty ? nil : "more than digits, a point and an exponent"
  }

  private func isDigit(_ byte: UInt8) -> Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte }

  /// Whole numbers must fit 64 bits; others must be finite doubles that do not vanish.
  private func isInRange(_ text: String, _ bytes: ArraySlice<UInt8>) -> Bool {
    let isWhole = bytes.allSatisfy { isDigit($0) || $0 == UInt8(ascii: "-") }
    if isWhole { return Int64(text) != nil }
    guard let value = Double(text), value.isFinite else { return false }
    let mantissa = bytes.prefix { $0 != UInt8(ascii: "e") && $0 != UInt8(ascii: "E") }
    return value != 0 || mantissa.allSatisfy { !(UInt8(ascii: "1")...UInt8(ascii: "9") ~= $0) }
  }
}
