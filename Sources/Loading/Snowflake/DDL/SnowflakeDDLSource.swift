/// The text of one definition file, its tokens, and where the reader is.
struct SnowflakeDDLSource {
  /// The file as messages name it.
  let file: String
  let text: String
  let tokens: [SnowflakeDDLToken]
  private let bytes: [UInt8]
  private(set) var index = 0

  /// - Throws: ``LoadingError`` when a quote or comment has no end.
  init(file: String, text: String) throws(LoadingError) {
    self.file = file
    self.text = text
    bytes = Array(text.utf8)
    do throws(SnowflakeDDLTokenizer.Failure) {
      tokens = try SnowflakeDDLTokenizer.tokens(text)
    } catch {
      throw LoadingError(.badDefinition, at: Self.place(file, text, error.offset), error.message)
    }
  }

  var current: SnowflakeDDLToken { tokens[index] }

  /// The token so many places on; the end is followed by itself.
  func peek(_ distance: Int) -> SnowflakeDDLToken { tokens[min(index + distance, tokens.count - 1)] }

  var isAtEnd: Bool { current.kind == .end }

  @discardableResult
  mutating func take() -> SnowflakeDDLToken {
    let token = current
    if !isAtEnd { index += 1 }
    return token
  }

  /// Takes these words when they stand here, one behind the other.
  mutating func take(words: String...) -> Bool {
    for (distance, word) in words.enumerated() where !peek(distance).isWord(word) { return false }
    index += words.count
    return true
  }

  mutating func take(sign: String) -> Bool {
    guard current.isSign(sign) else { return false }
    index += 1
    return true
  }

  mutating func expect(sign: String, _ why: String) throws(LoadingError) {
    guard take(sign: sign) else { throw unexpected("\(sign) should stand here, \(why)") }
  }

  mutating func expectName(_ what: String) throws(LoadingError) -> String {
    guard current.isName, !current.text.isEmpty else { throw unexpected("\(what) should stand here") }
    return take().text
  }

  /// Takes everything in the parentheses that open here, and them, whatever it is.
  mutating func skipParentheses() throws(LoadingError) {
    let open = current
    var depth = 0
    repeat {
      guard !isAtEnd else { throw failure(at: open, "this parenthesis has no end; close it") }
      if current.isSign("(") { depth += 1 }
      if current.isSign(")") { depth -= 1 }
      take()
    } while depth > 0
  }

  /// The file's text from a token up to the one before the current one.
  func slice(from first: Int) -> String {
    guard first < index else { return "" }
    return String(
      decoding: bytes[tokens[first].range.lowerBound..<tokens[index - 1].range.upperBound], as: UTF8.self)
  }

  /// An error about the current token, which is not what belongs there.
  func unexpected(_ message: String) -> LoadingError {
    if current.isSign("!"), peek(1).isSign("!"), peek(2).isSign("!") {
      return failure(
        at: current, "SnowConvert left an issue to resolve here (!!!RESOLVE EWI!!!); resolve it and take the mark out")
    }
    let found = isAtEnd ? "the file ends" : "\(Self.shown(current)) stands there"
    return failure(at: current, "\(message), and \(found); correct the statement, or take it out of the folder")
  }

  func failure(at token: SnowflakeDDLToken, _ message: String) -> LoadingError {
    LoadingError(.badDefinition, at: Self.place(file, text, token.range.lowerBound), message)
  }

  private static func shown(_ token: SnowflakeDDLToken) -> String {
    let text = String(token.text.unicodeScalars.prefix(40).filter { $0.value >= 32 }.map(Character.init))
    return token.kind == .string ? "a text" : text
  }

  /// `file:line:column`, both counted from 1, columns in Unicode scalars.
  static func place(_ file: String, _ text: String, _ offset: Int) -> String {
    var line = 1
    var column = 1
    for byte in text.utf8.prefix(offset) {
      if byte == UInt8(ascii: "\n") {
        line += 1
        column = 1
      } else if byte & 0xC0 != 0x80 {
        column += 1
      }
    }
    return "\(file):\(line):\(column)"
  }
}
