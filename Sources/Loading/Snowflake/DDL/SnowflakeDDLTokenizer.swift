/// Cuts the text of a definition file into tokens; comments and white space fall out.
///
/// Source: https://docs.snowflake.com/en/sql-reference/identifiers-syntax and
/// https://docs.snowflake.com/en/sql-reference/data-types-text
struct SnowflakeDDLTokenizer {
  /// A quote or comment without an end.
  struct Failure: Error {
    var offset: Int
    var message: String
  }

  private let bytes: [UInt8]
  private var position = 0

  init(_ text: String) {
    bytes = Array(text.utf8)
  }

  /// All tokens of a text, an `end` behind them.
  static func tokens(_ text: String) throws(Failure) -> [SnowflakeDDLToken] {
    var tokenizer = SnowflakeDDLTokenizer(text)
    var tokens: [SnowflakeDDLToken] = []
    while let token = try tokenizer.next() { tokens.append(token) }
    let end = tokenizer.bytes.count
    tokens.append(SnowflakeDDLToken(kind: .end, text: "", range: end..<end))
    return tokens
  }

  private mutating func next() throws(Failure) -> SnowflakeDDLToken? {
    try skipBlanks()
    guard let byte = peek(0) else { return nil }
    switch byte {
    case UInt8(ascii: "'"): return try string()
    case UInt8(ascii: "\""): return try quoted()
    case UInt8(ascii: "$") where peek(1) == UInt8(ascii: "$"): return try dollarString()
    case _ where Self.isDigit(byte): return number()
    case _ where Self.startsWord(byte): return word()
    default: return sign()
    }
  }

  private func peek(_ distance: Int) -> UInt8? {
    let index = position + distance
    return index < bytes.count ? bytes[index] : nil
  }

  private mutating func skipBlanks() throws(Failure) {
    // A byte order mark.
    if position == 0, bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    while let byte = peek(0) {
      switch (byte, peek(1)) {
      case (0...32, _): position += 1
      // A no-break space, which editors bring in.
      case (0xC2, 0xA0): position += 2
      case (UInt8(ascii: "-"), UInt8(ascii: "-")), (UInt8(ascii: "/"), UInt8(ascii: "/")):
        while let next = peek(0), next != UInt8(ascii: "\n") { position += 1 }
      case (UInt8(ascii: "/"), UInt8(ascii: "*")): try skipComment()
      default: return
      }
    }
  }

  private mutating func skipComment() throws(Failure) {
    let start = position
    position += 2
    while peek(0) != nil {
      if peek(0) == UInt8(ascii: "*"), peek(1) == UInt8(ascii: "/") {
        position += 2
        return
      }
      position += 1
    }
    throw Failure(offset: start, message: "the comment that begins here has no end; close it with */")
  }

  private mutating func string() throws(Failure) -> SnowflakeDDLToken {
    let start = position
    var content: [UInt8] = []
    position += 1
    while let byte = peek(0) {
      position += 1
      switch byte {
      case UInt8(ascii: "\\"):
        guard let escaped = peek(0) else { continue }
        position += 1
        content.append(Self.escapes[escaped] ?? escaped)
      case UInt8(ascii: "'") where peek(0) == byte:
        position += 1
        content.append(byte)
      case UInt8(ascii: "'"): return token(.string, String(decoding: content, as: UTF8.self), from: start)
      default: content.append(byte)
      }
    }
    throw Failure(offset: start, message: "the text that begins here has no end; close it with a single quote")
  }

  private static let escapes: [UInt8: UInt8] = [
    UInt8(ascii: "n"): 10, UInt8(ascii: "r"): 13, UInt8(ascii: "t"): 9, UInt8(ascii: "b"): 8, UInt8(ascii: "f"): 12,
    UInt8(ascii: "0"): 0,
  ]

  private mutating func quoted() throws(Failure) -> SnowflakeDDLToken {
    let start = position
    var content: [UInt8] = []
    position += 1
    while let byte = peek(0) {
      position += 1
      guard byte == UInt8(ascii: "\"") else {
        content.append(byte)
        continue
      }
      guard peek(0) == byte else { return token(.quoted, String(decoding: content, as: UTF8.self), from: start) }
      position += 1
      content.append(byte)
    }
    throw Failure(offset: start, message: "the name that begins here has no end; close it with a double quote")
  }

  private mutating func dollarString() throws(Failure) -> SnowflakeDDLToken {
    let start = position
    position += 2
    let first = position
    while peek(0) != nil {
      if peek(0) == UInt8(ascii: "$"), peek(1) == UInt8(ascii: "$") {
        let content = String(decoding: bytes[first..<position], as: UTF8.self)
        position += 2
        return token(.string, content, from: start)
      }
      position += 1
    }
    throw Failure(offset: start, message: "the text that begins here has no end; close it with $$")
  }

  private mutating func number() -> SnowflakeDDLToken {
    let start = position
    while let byte = peek(0), Self.isDigit(byte) || byte == UInt8(ascii: ".") || Self.startsWord(byte) {
      position += 1
    }
    return token(.number, String(decoding: bytes[start..<position], as: UTF8.self), from: start)
  }

  private mutating func word() -> SnowflakeDDLToken {
    let start = position
    while let byte = peek(0), Self.startsWord(byte) || Self.isDigit(byte) || byte == UInt8(ascii: "$") {
      position += 1
    }
    let folded = bytes[start..<position].map { (97...122).contains($0) ? $0 - 32 : $0 }
    return token(.word, String(decoding: folded, as: UTF8.self), from: start)
  }

  private mutating func sign() -> SnowflakeDDLToken {
    let start = position
    position += 1
    return token(.sign, String(decoding: bytes[start..<position], as: UTF8.self), from: start)
  }

  private func token(_ kind: SnowflakeDDLToken.Kind, _ text: String, from start: Int) -> SnowflakeDDLToken {
    SnowflakeDDLToken(kind: kind, text: text, range: start..<position)
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }

  /// Letters, the underscore, and everything beyond ASCII.
  private static func startsWord(_ byte: UInt8) -> Bool {
    (65...90).contains(byte) || (97...122).contains(byte) || byte == UInt8(ascii: "_") || byte >= 0x80
  }
}
