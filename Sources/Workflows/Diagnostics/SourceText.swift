/// The bytes of a file and where its lines begin, so that a byte offset can be told as a person counts.
package struct SourceText: Sendable {
  package let bytes: [UInt8]
  /// Offsets of the first byte of every line; never empty.
  private let lineStarts: [Int]

  /// Lines end with LF, CR LF or CR.
  package init(_ bytes: [UInt8]) {
    var starts = [0]
    var index = 0
    while index < bytes.count {
      let byte = bytes[index]
      index += 1
      let isLineEnd = byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
      guard isLineEnd else { continue }
      if byte == UInt8(ascii: "\r"), index < bytes.count, bytes[index] == UInt8(ascii: "\n") { index += 1 }
      starts.append(index)
    }
    self.bytes = bytes
    lineStarts = starts
  }

  package var lineCount: Int { lineStarts.count }

  /// Line and column of the byte at `offset`; an offset behind the end is taken as the end.
  ///
  /// Columns count Unicode scalars: every byte that does not continue one.
  package func position(at offset: Int) -> Position {
    let offset = min(max(offset, 0), bytes.count)
    var low = 0
    var high = lineStarts.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if lineStarts[middle] <= offset { low = middle } else { high = middle }
    }
    var column = 1
    for byte in bytes[lineStarts[low]..<offset] where byte & 0xC0 != 0x80 { column += 1 }
    return Position(line: low + 1, column: column)
  }
}

/// A place in a file: line and column, both from 1.
package struct Position: Hashable, Comparable, Codable, Sendable, CustomStringConvertible {
  package var line: Int
  package var column: Int

  package init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }

  package var description: String { "\(line):\(column)" }

  package static func < (a: Position, b: Position) -> Bool {
    (a.line, a.column) < (b.line, b.column)
  }
}
