/// Text in columns of equal width.
enum Columns {
  /// `text` with spaces behind it up to `width` characters; longer text stays whole.
  static func left(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  /// `text` with spaces before it up to `width` characters; longer text stays whole.
  static func right(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }

  /// Lines of a table whose columns are as wide as their widest cell; the last column is not padded.
  ///
  /// - Parameter rightAligned: Indices of columns of numbers.
  static func table(_ rows: [[String]], rightAligned: Set<Int> = [], gap: String = "  ") -> [String] {
    let count = rows.map(\.count).max() ?? 0
    let widths = (0..<count).map { column in rows.map { $0.count > column ? $0[column].count : 0 }.max() ?? 0 }
    return rows.map { row in
      let cells = row.enumerated().map { index, cell in
        rightAligned.contains(index)
          ? right(cell, widths[index]) : index == row.count - 1 ? cell : left(cell, widths[index])
      }
      return cells.joined(separator: gap).trimmingTrailingSpaces
    }
  }

  /// Words of `text` in lines of at most `width` characters.
  static func wrapped(_ text: String, _ width: Int) -> [String] {
    var lines: [String] = []
    var line = ""
    for word in text.split(separator: " ") {
      if !line.isEmpty, line.count + 1 + word.count > width {
        lines.append(line)
        line = ""
      }
      line += (line.isEmpty ? "" : " ") + word
    }
    return line.isEmpty ? lines : lines + [line]
  }
}

extension String {
  var trimmingTrailingSpaces: String {
    var end = endIndex
    while end > startIndex, self[index(before: end)] == " " { end = index(before: end) }
    return String(self[..<end])
  }
}
