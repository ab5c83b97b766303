/// Where the keys and sections of a TOML text stand.
///
/// The TOML library gives no places for what it reads, so the text is gone through once more, for keys alone. The text
/// need not be valid; the work is linear and the stack bounded.
struct TOMLPlaces {
  /// Names of a key's parts, and tables or arrays within each other; more are refused before the library recurses.
  static let deepest = 64

  private let bytes: [UInt8]
  private var index = 0
  private var offsets: [[String]: Int] = [:]
  /// What the library must not be given, for it might end the process: nesting too deep, a section without a name, an
  /// odd value.
  private(set) var refusal: (offset: Int, message: String)?

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { index = 3 }
    scan()
  }

  /// The byte at which the key or section first appears; the end of its nearest parent's name otherwise.
  func offset(of path: [String]) -> Int {
    var path = path
    while !path.isEmpty {
      if let offset = offsets[path] { return offset }
      path.removeLast()
    }
    return 0
  }

  private mutating func scan() {
    var section: [String] = []
    while refusal == nil {
      skip { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") || Self.isLineEnd($0) }
      guard index < bytes.count else { return }
      let start = index
      if bytes[index] == UInt8(ascii: "[") {
        index += 1
        _ = take(UInt8(ascii: "["))
        skipBlanks()
        if !startsName { refuse(at: start, "a section without a name") }
        section = name()
        note(section, at: start)
      } else if bytes[index] != UInt8(ascii: "#") {
        let key = section + name()
        note(key, at: start)
        if take(UInt8(ascii: "=")) { value(key, depth: 0) }
      }
      skip { !Self.isLineEnd($0) }
    }
  }

  /// A dotted key; blanks around its parts are passed over.
  private mutating func name() -> [String] {
    var parts: [String] = []
    let start = index
    repeat {
      skipBlanks()
      parts.append(part())
      skipBlanks()
      if parts.count > Self.deepest { refuse(at: start, "nested deeper than \(Self.deepest) levels") }
    } while take(UInt8(ascii: ".")) && refusal == nil
    return parts
  }

  private mutating func part() -> String {
    if index < bytes.count, Self.isQuote(bytes[index]) { return string() }
    let start = index
    skip(while: Self.isBare)
    return String(decoding: bytes[start..<index], as: UTF8.self)
  }

  private var startsName: Bool {
    index < bytes.count && (Self.isQuote(bytes[index]) || Self.isBare(bytes[index]))
  }

  private mutating func refuse(at offset: Int, _ message: String) {
    if refusal == nil { refusal = (offset, message) }
  }

  /// Passes over a value; keys of inline tables are noted.
  private mutating func value(_ path: [String], depth: Int) {
    skipBlanks()
    guard index < bytes.count, refusal == nil else { return }
    guard depth < Self.deepest else {
      refuse(at: index, "nested deeper than \(Self.deepest) levels")
      return
    }
    switch bytes[index] {
    case UInt8(ascii: "\""), UInt8(ascii: "'"): _ = string()
    case UInt8(ascii: "{"):
      index += 1
      inlineTable(path, depth: depth)
    case UInt8(ascii: "["):
      index += 1
      array(path, depth: depth)
    default:
      let start = index
      skip { $0 > 0x20 && !",]}#".utf8.contains($0) }
      if !Self.isPlainValue(bytes[start..<index]) {
        refuse(at: start, "a value is text in quotes, a whole number, true or false")
      }
    }
  }

  private mutating func inlineTable(_ path: [String], depth: Int) {
    while index < bytes.count, refusal == nil {
      skipBlanks()
      if take(UInt8(ascii: "}")) { return }
      let start = index
      let key = path + name()
      note(key, at: start)
      guard take(UInt8(ascii: "=")) else { return }
      value(key, depth: depth + 1)
      skipBlanks()
      if !take(UInt8(ascii: ",")) {
        _ = take(UInt8(ascii: "}"))
        return
      }
    }
  }

  private mutating func array(_ path: [String], depth: Int) {
    while index < bytes.count, refusal == nil {
      skip { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: ",") || Self.isLineEnd($0) }
      if take(UInt8(ascii: "]")) { return }
      if index < bytes.count, bytes[index] == UInt8(ascii: "#") {
        skip { !Self.isLineEnd($0) }
        continue
      }
      let start = index
      value(path, depth: depth + 1)
      if index == start { return }
    }
  }

  /// A string of any of the four kinds; escapes other than of the quote are kept as they are.
  private mutating func string() -> String {
    let quote = bytes[index]
    let isMultiline = index + 2 < bytes.count && bytes[index + 1] == quote && bytes[index + 2] == quote
    index += isMultiline ? 3 : 1
    let start = index
    while index < bytes.count {
      let byte = bytes[index]
      if byte == UInt8(ascii: "\\"), quote == UInt8(ascii: "\"") {
        index = min(index + 2, bytes.count)
      } else if byte == quote, !isMultiline {
        defer { index += 1 }
        return String(decoding: bytes[start..<index], as: UTF8.self)
      } else if byte == quote, bytes[index...].prefix(3).count(where: { $0 == quote }) == 3 {
        defer { skip { $0 == quote } }
        return String(decoding: bytes[start..<index], as: UTF8.self)
      } else if !isMultiline, Self.isLineEnd(byte) {
        break
      } else {
        index += 1
      }
    }
    return String(decoding: bytes[start..<index], as: UTF8.self)
  }

  private mutating func note(_ path: [String], at offset: Int) {
    guard path.count <= 2 * Self.deepest else { return }
    for count in stride(from: path.count, to: 0, by: -1) {
      let prefix = Array(path[..<count])
      if offsets[prefix] != nil { return }
      offsets[prefix] = offset
    }
  }

  private mutating func skipBlanks() {
    skip { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
  }

  private mutating func skip(while condition: (UInt8) -> Bool) {
    while index < bytes.count, condition(bytes[index]) { index += 1 }
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard index < bytes.count, bytes[index] == byte else { return false }
    index += 1
    return true
  }

  /// Whether a value without quotes is one that some key takes: `true`, `false`, or what may be a whole number. Dates and
  /// times are none, some broken ones of which end the process in the library.
  private static func isPlainValue(_ value: ArraySlice<UInt8>) -> Bool {
    if value.elementsEqual("true".utf8) || value.elementsEqual("false".utf8) { return true }
    let digits = value.first == UInt8(ascii: "-") || value.first == UInt8(ascii: "+") ? value.dropFirst() : value
    let startsWithDigit = digits.first.map { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 } ?? false
    return startsWithDigit && digits.count <= 40 && digits.allSatisfy { isBare($0) && $0 != UInt8(ascii: "-") }
  }

  private static func isQuote(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'")
  }

  /// What a key may hold without quotes.
  private static func isBare(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
      true
    default: false
    }
  }

  private static func isLineEnd(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
  }
}
