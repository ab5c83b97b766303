/// Where a setting's value is to be had when the configuration does not hold it.
package enum Reference: Hashable, Sendable {
  /// `env:NAME`: an environment variable.
  case environment(String)
  /// `file:PATH`: the content of a file, without the line end behind it.
  case file(String)
  /// `cmd:PROGRAM ARGS`: what a program prints, without the line end behind it. No shell is involved.
  case command(program: String, arguments: [String])

  /// Reads a setting's text; nil when it is a plain value.
  ///
  /// - Throws: ``ReferenceMistake`` when it begins like a reference and is none.
  package init?(_ text: String) throws(ReferenceMistake) {
    if let name = text.after("env:") {
      let isName = name.utf8.allSatisfy { Self.isNameByte($0) } && name.first?.isNumber == false
      guard isName else { throw ReferenceMistake(message: "env: takes the name of an environment variable") }
      self = .environment(String(name))
    } else if let path = text.after("file:") {
      guard !path.isEmpty else { throw ReferenceMistake(message: "file: takes a path") }
      self = .file(String(path))
    } else if let line = text.after("cmd:") {
      guard let words = Self.words(line) else { throw ReferenceMistake(message: "a quote behind cmd: does not close") }
      guard let program = words.first, !program.isEmpty else {
        throw ReferenceMistake(message: "cmd: takes a program and its arguments")
      }
      self = .command(program: program, arguments: Array(words.dropFirst()))
    } else {
      return nil
    }
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
      true
    default: false
    }
  }

  /// Words between blanks; single and double quotes hold a word together. Nil when a quote does not close.
  private static func words(_ line: Substring) -> [String]? {
    var words: [String] = []
    var word: String?
    var quote: Character?
    for character in line {
      if let open = quote {
        if character == open { quote = nil } else { word?.append(character) }
      } else if character == "\"" || character == "'" {
        quote = character
        word = word ?? ""
      } else if character.isWhitespace {
        if let done = word { words.append(done) }
        word = nil
      } else {
        word = (word ?? "") + String(character)
      }
    }
    if let done = word { words.append(done) }
    return quote == nil ? words : nil
  }
}

extension Reference: CustomStringConvertible {
  /// What a message may say: a command without its arguments, which may hold what they should not.
  package var description: String {
    switch self {
    case .environment(let name): "env:\(name)"
    case .file(let path): "file:\(Printable.plain(path))"
    case .command(let program, let arguments):
      "cmd:\(Printable.plain(program))" + (arguments.isEmpty ? "" : " …")
    }
  }
}

/// Why a text that begins like a reference is none.
package struct ReferenceMistake: Error, Hashable {
  package var message: String
}

/// Gets the values that references stand for; lives where input and output are allowed.
package protocol ReferenceResolver {
  /// - Throws: an error whose description says why the value is not to be had, without the value.
  func value(of reference: Reference) throws -> String
}

extension String {
  fileprivate func after(_ prefix: String) -> Substring? {
    hasPrefix(prefix) ? dropFirst(prefix.count) : nil
  }
}
