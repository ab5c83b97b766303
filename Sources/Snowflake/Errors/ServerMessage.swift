/// The server's words without values of rows.
enum ServerMessage {
  /// `text` as it is, but for codes of data conversion (`100…`): there what stands between the first and the last quote
  /// ahead of the place (`File '…', line …`) is the value, and is left out.
  static func withoutValues(_ text: String, code: String?) -> String {
    guard let code, code.count == 6, code.hasPrefix("100") else { return text }
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let place = lines.firstIndex { line in
      let words = line.drop { $0 == " " }
      return words.hasPrefix("File '") || words.hasPrefix("Row ")
    }
    let head = lines[..<(place ?? lines.endIndex)].joined(separator: "\n")
    let tail = place.map { "\n" + lines[$0...].joined(separator: "\n") } ?? ""
    guard let first = head.firstIndex(of: "'"), let last = head.lastIndex(of: "'"), first != last else { return text }
    return head[..<first] + "'…'" + head[head.index(after: last)...] + tail
  }
}
