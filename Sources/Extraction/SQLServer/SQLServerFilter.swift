/// Looks at a user's filter as text, before SQL Server sees it between other conditions.
///
/// The server alone cannot tell a condition from one that closes the parenthesis around it and opens another. Source of the
/// forms: https://learn.microsoft.com/sql/t-sql/language-elements/language-elements-transact-sql
enum SQLServerFilter {
  /// What keeps the text from being one condition; nil when nothing does.
  static func problem(in filter: String) -> String? {
    let bytes = Array(filter.utf8)
    var index = 0
    var depth = 0
    var isEmpty = true
    func peek(_ ahead: Int = 0) -> UInt8? { index + ahead < bytes.count ? bytes[index + ahead] : nil }
    /// Moves behind the next `end`; a doubled one just starts another quoted piece.
    func skip(past end: UInt8) -> Bool {
      while let byte = peek() {
        index += 1
        if byte == end { return true }
      }
      return false
    }
    while let byte = peek() {
      index += 1
      switch byte {
      case UInt8(ascii: " "), 9, 10, 12, 13: continue
      case UInt8(ascii: "'"), UInt8(ascii: "\""):
        guard skip(past: byte) else { return "a quote does not close" }
      case UInt8(ascii: "["):
        guard skip(past: UInt8(ascii: "]")) else { return "a bracket does not close" }
      case UInt8(ascii: "-") where peek() == UInt8(ascii: "-"):
        _ = skip(past: 10)
        continue
      case UInt8(ascii: "/") where peek() == UInt8(ascii: "*"):
        var level = 1
        index += 1
        while level > 0 {
          guard let next = peek() else { return "a comment does not close" }
          if next == UInt8(ascii: "*"), peek(1) == UInt8(ascii: "/") {
            level -= 1
            index += 1
          } else if next == UInt8(ascii: "/"), peek(1) == UInt8(ascii: "*") {
            level += 1
            index += 1
          }
          index += 1
        }
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
}
