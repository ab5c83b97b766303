/// Reads one JSON document; goes on behind every mistake that leaves no doubt where the next value begins.
struct JSONParser {
  /// A mistake, told by offsets; `related` is a second place that explains it.
  struct Problem {
    var offset: Int
    var path: DocumentPath
    var message: String
    var related: (word: String, offset: Int)?
  }

  /// The text cannot be followed any further; the problem has been noted.
  struct Stop: Error {}

  let bytes: [UInt8]
  var index = 0
  var problems: [Problem] = []
  /// Where the value being read stands in the document.
  var path: [DocumentPath.Step] = []
  /// Opening brackets of the containers being read.
  private var open: [Int] = []
  private var hasReportedDepth = false

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// The whole document; nil when it could not be followed to its end.
  mutating func document() -> JSONNode? {
    do {
      if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { index = 3 }
      try skipSpace()
      if index == bytes.count { throw stop(at: index, "the file is empty") }
      if bytes[0] >= 0xFE { throw stop(at: 0, "the file is not UTF-8; save it as UTF-8") }
      let root = try value()
      try skipSpace()
      if index < bytes.count { note(at: index, "text behind the end of the document") }
      return root
    } catch {
      return nil
    }
  }

  mutating func value() throws(Stop) -> JSONNode {
    guard let byte = peek else { throw endOfText() }
    switch byte {
    case UInt8(ascii: "{"), UInt8(ascii: "["): return try container(byte)
    case UInt8(ascii: "\""):
      let start = index
      let content = try string()
      return JSONNode(.string(content), at: start..<index)
    case UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."), UInt8(ascii: "0")...UInt8(ascii: "9"):
      return number()
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"):
      return word()
    default: throw unexpected("a value")
    }
  }

  private mutating func container(_ bracket: UInt8) throws(Stop) -> JSONNode {
    let start = index
    if open.count == JSONDocument.deepest {
      if !hasReportedDepth { note(at: start, "nested deeper than \(JSONDocument.deepest) levels") }
      hasReportedDepth = true
      try skipContainer()
      return JSONNode(.invalid, at: start..<index)
    }
    open.append(start)
    index += 1
    let content: JSONNode.Content =
      if bracket == UInt8(ascii: "{") { .object(try members()) } else { .array(try elements()) }
    open.removeLast()
    return JSONNode(content, at: start..<index)
  }

  private mutating func elements() throws(Stop) -> [JSONNode] {
    var elements: [JSONNode] = []
    try skipSpace()
    while !take(UInt8(ascii: "]")) {
      path.append(.index(elements.count))
      elements.append(try value())
      path.removeLast()
      try separator(closing: UInt8(ascii: "]"))
    }
    return elements
  }

  private mutating func members() throws(Stop) -> [JSONMember] {
    var members: [JSONMember] = []
    var seen: [String: Int] = [:]
    try skipSpace()
    while !take(UInt8(ascii: "}")) {
      let keyOffset = index
      let key = try self.key()
      path.append(.key(key))
      let first = seen.updateValue(seen[key] ?? keyOffset, forKey: key)
      if let first { note(at: keyOffset, "duplicate key", related: ("first", first)) }
      try skipSpace()
      guard take(UInt8(ascii: ":")) else { throw peek == nil ? endOfText() : unexpected("a colon") }
      try skipSpace()
      let value = try value()
      path.removeLast()
      if first == nil { members.append(JSONMember(key: key, keyOffset: keyOffset, value: value)) }
      try separator(closing: UInt8(ascii: "}"))
    }
    return members
  }

  private mutating func key() throws(Stop) -> String {
    guard let byte = peek else { throw endOfText() }
    switch byte {
    case UInt8(ascii: "\""): return try string()
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"):
      let start = index
      let name = bareWord()
      note(at: start, "a key stands in double quotes")
      return name
    default: throw unexpected("a key in double quotes")
    }
  }

  /// What stands between two members, up to the next one or the closing bracket.
  private mutating func separator(closing: UInt8) throws(Stop) {
    try skipSpace()
    guard let byte = peek else { throw endOfText() }
    let comma = index
    if take(UInt8(ascii: ",")) {
      try skipSpace()
      if peek == closing { note(at: comma, "a comma before the closing bracket") }
      return
    }
    guard byte != closing else { return }
    let startsValue =
      byte == UInt8(ascii: "\"")
      || closing == UInt8(ascii: "]")
        && (byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") || byte == UInt8(ascii: "-")
          || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte)
    guard startsValue else {
      throw unexpected("a comma or \(String(decoding: [closing], as: UTF8.self))", opened: true)
    }
    note(at: index, "a comma is missing before this")
  }

  /// Passes over the container at ``index`` without looking into it.
  private mutating func skipContainer() throws(Stop) {
    var depth = 0
    repeat {
      guard let byte = peek else { throw endOfText() }
      index += 1
      switch byte {
      case UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
      case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
      case UInt8(ascii: "\""):
        while let next = peek, next != UInt8(ascii: "\"") {
          index = min(index + (next == UInt8(ascii: "\\") ? 2 : 1), bytes.count)
        }
        index = min(index + 1, bytes.count)
      default: break
      }
    } while depth > 0
  }

  /// Passes over white space, and over comments, which it reports.
  mutating func skipSpace() throws(Stop) {
    while let byte = peek {
      switch byte {
      case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t"): index += 1
      case UInt8(ascii: "/"), UInt8(ascii: "#"):
        guard skipComment() else { return }
      default: return
      }
    }
  }

  /// False when what stands here is no comment of any language people mix up with JSON.
  private mutating func skipComment() -> Bool {
    let start = index
    let next = start + 1 < bytes.count ? bytes[start + 1] : 0
    if bytes[start] == UInt8(ascii: "#") || next == UInt8(ascii: "/") {
      while let byte = peek, byte != UInt8(ascii: "\n"), byte != UInt8(ascii: "\r") { index += 1 }
    } else if next == UInt8(ascii: "*") {
      index += 2
      while index < bytes.count, !bytes[index...].starts(with: [UInt8(ascii: "*"), UInt8(ascii: "/")]) { index += 1 }
      index = min(index + 2, bytes.count)
    } else {
      return false
    }
    note(at: start, "JSON has no comments")
    return true
  }
}

extension JSONParser {
  /// The next byte; nil at the end.
  var peek: UInt8? { index < bytes.count ? bytes[index] : nil }

  /// Steps over `byte` if it is next.
  mutating func take(_ byte: UInt8) -> Bool {
    guard peek == byte else { return false }
    index += 1
    return true
  }

  mutating func note(at offset: Int, _ message: String, related: (word: String, offset: Int)? = nil) {
    problems.append(Problem(offset: offset, path: DocumentPath(path), message: message, related: related))
  }

  mutating func stop(at offset: Int, _ message: String, related: (word: String, offset: Int)? = nil) -> Stop {
    note(at: offset, message, related: related)
    return Stop()
  }

  /// The text ends inside the container that was opened last.
  private mutating func endOfText() -> Stop {
    guard let bracket = open.last else { return stop(at: bytes.count, "the text ends where a value should stand") }
    let what = bytes[bracket] == UInt8(ascii: "{") ? "object" : "array"
    return stop(at: bytes.count, "the text ends inside an \(what)", related: ("opened", bracket))
  }

  private mutating func unexpected(_ wanted: String, opened: Bool = false) -> Stop {
    let found =
      switch scalar(at: index) {
      case nil: "a byte that is not UTF-8"
      case "'"?: "a single quote"
      case let scalar? where 0x21...0x7E ~= scalar.value: String(scalar)
      case let scalar?: "U+" + hex(scalar.value)
      }
    let bracket = opened ? open.last : nil
    return stop(at: index, "found \(found) instead of \(wanted)", related: bracket.map { ("opened", $0) })
  }

  /// At least four digits, as code points are written.
  private func hex(_ value: UInt32) -> String {
    let digits = String(value, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }
}
