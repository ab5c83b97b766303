/// The way from the top of a document to one of its values, written `tables[2].source.tableName`.
package struct DocumentPath: Hashable, Sendable, CustomStringConvertible {
  package enum Step: Hashable, Sendable {
    case key(String)
    case index(Int)
  }

  package var steps: [Step]

  package init(_ steps: [Step] = []) {
    self.steps = steps
  }

  package static func + (path: DocumentPath, key: String) -> DocumentPath {
    DocumentPath(path.steps + [.key(key)])
  }

  package static func + (path: DocumentPath, index: Int) -> DocumentPath {
    DocumentPath(path.steps + [.index(index)])
  }

  /// Keys that are no plain words stand in brackets and quotes, made printable.
  package var description: String {
    var text = ""
    for step in steps {
      switch step {
      case .index(let index): text += "[\(index)]"
      case .key(let key) where Self.isPlain(key): text += (text.isEmpty ? "" : ".") + key
      case .key(let key): text += "[\(Printable.quoted(key))]"
      }
    }
    return text
  }

  private static func isPlain(_ key: String) -> Bool {
    !key.isEmpty && key.utf8.count <= Printable.longest
      && key.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
          true
        default: false
        }
      }
  }
}

/// Text of a file as a message may show it.
package enum Printable {
  /// Longer text is cut, in characters.
  package static let longest = 60

  /// `text` in double quotes: control characters as `\u{1b}`, cut when long.
  package static func quoted(_ text: String) -> String {
    "\"" + plain(text) + "\""
  }

  /// `text` without what could steer a terminal, cut when long.
  package static func plain(_ text: String) -> String {
    var shown = ""
    for scalar in text.unicodeScalars.prefix(longest) {
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse:
        shown += "\\u{" + String(scalar.value, radix: 16) + "}"
      default: shown.unicodeScalars.append(scalar)
      }
    }
    return text.unicodeScalars.count > longest ? shown + "…" : shown
  }
}
