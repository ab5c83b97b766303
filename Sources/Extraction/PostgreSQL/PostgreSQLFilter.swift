/// Looks at a user's filter as text, before PostgreSQL sees it between other conditions.
///
/// The server alone cannot tell a condition from one that closes the parenthesis around it and opens another. Source of the
/// forms: https://www.postgresql.org/docs/current/sql-syntax-lexical.html
enum PostgreSQLFilter {
  /// What keeps the text from being one condition; nil when nothing does.
  ///
  /// - Parameter escapes: a backslash hides what follows it in every string, as in Redshift, and not only behind an `E`.
  static func problem(in filter: String, escapes: Bool = false) -> String? {
    var scanner = Scanner(bytes: Array(filter.utf8), escapes: escapes)
    var depth = 0
    var isEmpty = true
    while let byte = scanner.next() {
      switch byte {
      case UInt8(ascii: " "), 9, 10, 12, 13: continue
      case UInt8(ascii: "'"):
        guard scanner.skipString() else { return "a quote does not close" }
      case UInt8(ascii: "\""):
        guard scanner.skip(past: byte) else { return "a quote does not close" }
      case UInt8(ascii: "$"):
        guard scanner.skipDollars() else { return "a dollar quote does not close" }
      case UInt8(ascii: "-") where scanner.peek == UInt8(ascii: "-"):
        _ = scanner.skip(past: 10)
        continue
      case UInt8(ascii: "/") where scanner.peek == UInt8(ascii: "*"):
        guard scanner.skipComment() else { return "a comment does not close" }
        continue
      case UInt8(ascii: "("): depth += 1
      case UInt8(ascii: ")"):
        depth -= 1
        if depth < 0 { return "a parenthesis closes that was not opened" }
      case UInt8(ascii: ";"): return "a semicolon ends the statement; write one condition"
      case 0: return "it has a zero byte"
      default: break
      }
      isEmpty = false
    }
    if isEmpty { return "it is empty" }
    return depth == 0 ? nil : "a parenthesis does not close"
  }

  private struct Scanner {
    let bytes: [UInt8]
    let escapes: Bool
    var index = 0

    var peek: UInt8? { index < bytes.count ? bytes[index] : nil }

    mutating func next() -> UInt8? {
      guard let byte = peek else { return nil }
      index += 1
      return byte
    }

    /// Moves behind the next `end`; a doubled quote just starts another quoted piece.
    mutating func skip(past end: UInt8) -> Bool {
      while let byte = next() {
        if byte == end { return true }
      }
      return false
    }

    /// Behind the end of a string whose quote was just read; with an `E` in front, a backslash hides what follows it.
    mutating func skipString() -> Bool {
      let isName = index > 2 && Self.isWord(bytes[index - 3])
      let hasEscapes = escapes || index > 1 && bytes[index - 2] | 32 == UInt8(ascii: "e") && !isName
      while let byte = next() {
        if byte == UInt8(ascii: "'") {
          guard hasEscapes, peek == UInt8(ascii: "'") else { return true }
          index += 1
        } else if hasEscapes, byte == UInt8(ascii: "\\") {
          index += 1
        }
      }
      return false
    }

    /// Behind `$tag$ … $tag$` whose first dollar was just read; a dollar within a name, or before a number, opens nothing.
    mutating func skipDollars() -> Bool {
      let start = index - 1
      if start > 0, Self.isWord(bytes[start - 1]) { return true }
      var end = index
      while end < bytes.count, Self.isWord(bytes[end]) { end += 1 }
      let startsWithDigit = index < bytes.count && (48...57).contains(bytes[index])
      guard end < bytes.count, bytes[end] == UInt8(ascii: "$"), !startsWithDigit else { return true }
      let tag = bytes[start...end]
      index = end + 1
      while index + tag.count <= bytes.count {
        if bytes[index..<(index + tag.count)].elementsEqual(tag) {
          index += tag.count
          return true
        }
        index += 1
      }
      return false
    }

    /// Comments nest.
    mutating func skipComment() -> Bool {
      index += 1
      var depth = 1
      while let byte = next() {
        if byte == UInt8(ascii: "*"), peek == UInt8(ascii: "/") {
          index += 1
          depth -= 1
          if depth == 0 { return true }
        } else if byte == UInt8(ascii: "/"), peek == UInt8(ascii: "*") {
          index += 1
          depth += 1
        }
      }
      return false
    }

    private static func isWord(_ byte: UInt8) -> Bool {
      (48...57).contains(byte) || (97...122).contains(byte | 32) || byte == UInt8(ascii: "_") || byte >= 0x80
    }
  }
}
