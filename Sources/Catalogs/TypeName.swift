/// A type as SQL writes it, taken apart: `NUMERIC(10, 2)` is the name `numeric` with arguments 10 and 2.
package struct TypeName: Hashable, Sendable {
  /// Lower case, runs of white space made one space, without the arguments: `double precision`.
  package var name: String
  /// The whole numbers in the parentheses, in order; words are left out.
  package var arguments: [Int]
  /// `MAX` stands in the parentheses: a type of its own beside the one without any.
  package var isMax = false

  /// Nil when `written` has no name, or its parentheses do not match.
  package init?(_ written: String) {
    let text = written.lowercased()
    let head: Substring
    var tail = ""
    if let open = text.firstIndex(of: "(") {
      guard let close = text.lastIndex(of: ")"), open < close else { return nil }
      head = text[..<open]
      tail = String(text[text.index(after: close)...])
      let words = text[text.index(after: open)..<close].split(separator: ",").map { $0.filter { !$0.isWhitespace } }
      arguments = words.compactMap { Int($0) }
      isMax = words == ["max"]
    } else {
      guard !text.contains(")") else { return nil }
      head = text[...]
      arguments = []
    }
    name = (head + " " + tail).split(whereSeparator: \.isWhitespace).joined(separator: " ")
    guard !name.isEmpty else { return nil }
  }
}
