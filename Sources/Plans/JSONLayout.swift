/// Lays compact JSON out in lines, without reading its values.
package enum JSONLayout {
  private struct Container {
    var isArray: Bool
    var isEmpty = true
    /// The key last seen, for an object.
    var key: String = ""
    /// Elements are copied as they stand, one to a line.
    var isOneLined = false
  }

  /// `json` with two spaces of indentation a level, and a line feed at the end.
  ///
  /// - Parameters:
  ///   - json: Valid JSON without white space between tokens.
  ///   - oneLined: Keys of arrays whose elements stay on one line each.
  package static func laidOut(_ json: [UInt8], oneLined: Set<String>) -> String {
    var out: [UInt8] = []
    out.reserveCapacity(json.count + json.count / 4)
    var stack: [Container] = []
    var index = 0

    func newLine(_ depth: Int) {
      out.append(UInt8(ascii: "\n"))
      out.append(contentsOf: repeatElement(UInt8(ascii: " "), count: depth * 2))
    }
    func begin() {
      guard let top = stack.indices.last else { return }
      if stack[top].isArray || stack[top].key.isEmpty { newLine(stack.count) }
      stack[top].isEmpty = false
    }

    while index < json.count {
      let byte = json[index]
      switch byte {
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        if let top = stack.last, top.isOneLined {
          begin()
          let end = valueEnd(json, from: index)
          out.append(contentsOf: json[index..<end])
          index = end
          continue
        }
        begin()
        let key = stack.last?.key ?? ""
        let isArray = byte == UInt8(ascii: "[")
        stack.append(Container(isArray: isArray, isOneLined: isArray && oneLined.contains(key)))
        out.append(byte)
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        let closed = stack.removeLast()
        if !closed.isEmpty { newLine(stack.count) }
        out.append(byte)
        if let top = stack.indices.last { stack[top].key = "" }
      case UInt8(ascii: ","):
        out.append(byte)
        if let top = stack.indices.last { stack[top].key = "" }
      case UInt8(ascii: ":"):
        out.append(contentsOf: [byte, UInt8(ascii: " ")])
      default:
        begin()
        let end = valueEnd(json, from: index)
        out.append(contentsOf: json[index..<end])
        if let top = stack.indices.last, !stack[top].isArray, stack[top].key.isEmpty, end < json.count,
          json[end] == UInt8(ascii: ":")
        {
          stack[top].key = String(decoding: json[(index + 1)..<(end - 1)], as: UTF8.self)
        }
        index = end
        continue
      }
      index += 1
    }
    out.append(UInt8(ascii: "\n"))
    return String(decoding: out, as: UTF8.self)
  }

  /// The index behind the value that begins at `start`.
  private static func valueEnd(_ json: [UInt8], from start: Int) -> Int {
    var index = start
    var depth = 0
    while index < json.count {
      switch json[index] {
      case UInt8(ascii: "\""):
        index += 1
        while index < json.count, json[index] != UInt8(ascii: "\"") {
          index += json[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        if depth == 0 { return index + 1 }
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        if depth == 0 { return index }
        depth -= 1
        if depth == 0 { return index + 1 }
      case UInt8(ascii: ","), UInt8(ascii: ":"):
        if depth == 0 { return index }
      default: break
      }
      index += 1
    }
    return index
  }
}
