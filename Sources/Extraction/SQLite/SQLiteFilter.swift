/// Looks at a user's filter as text, before SQLite sees it between other conditions.
///
/// SQLite alone cannot tell a condition from one that closes the parenthesis around it and opens another.
enum SQLiteFilter {
  /// What keeps the text from being one condition; nil when nothing does.
  static func problem(in filter: String) -> String? {
    var scanner = Scanner(rest: Array(filter.utf8)[...])
    var depth = 0
    var isEmpty = true
    while let byte = scanner.next() {
      switch byte {
      case UInt8(ascii: " "), 9, 10, 12, 13: continue
      case UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "`"):
        guard scanner.skip(past: byte) else { return "a quote does not close" }
      case UInt8(ascii: "["):
        guard scanner.skip(past: UInt8(ascii: "]")) else { return "a bracket does not close" }
      case UInt8(ascii: "-") where scanner.rest.first == UInt8(ascii: "-"):
        _ = scanner.skip(past: 10)
        continue
      case UInt8(ascii: "/") where scanner.rest.first == UInt8(ascii: "*"):
        guard scanner.skipComment() else { return "a comment does not close" }
        continue
      case UInt8(ascii: "("):
        depth += 1
      case UInt8(ascii: ")"):
        depth -= 1
        if depth < 0 { return "a parenthesis closes that was not opened" }
      case UInt8(ascii: ";"):
        return "a semicolon ends the statement; write one condition"
      case 0:
        return "it has a zero byte"
      default:
        break
      }
      isEmpty = false
    }
    if isEmpty { return "it is empty" }
    return depth == 0 ? nil : "a parenthesis does not close"
  }

  private struct Scanner {
    var rest: ArraySlice<UInt8>

    mutating func next() -> UInt8? { rest.popFirst() }

    /// Moves behind the next `end`; a doubled quote just starts another quoted piece.
    mutating func skip(past end: UInt8) -> Bool {
      guard let index = rest.firstIndex(of: end) else {
        rest = []
        return false
      }
      rest = rest[(index + 1)...]
      return true
    }

    mutating func skipComment() -> Bool {
      rest = rest.dropFirst()
      while skip(past: UInt8(ascii: "*")) {
        if rest.first == UInt8(ascii: "/") {
          rest = rest.dropFirst()
          return true
        }
      }
      return false
    }
  }
}
