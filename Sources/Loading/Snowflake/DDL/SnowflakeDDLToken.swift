/// A word, name, text, number or sign of a definition file, and where it stands.
struct SnowflakeDDLToken: Hashable, Sendable {
  enum Kind: Hashable, Sendable {
    /// A name without quotes or a word of the language; ``text`` is in upper case.
    case word
    /// A name between double quotes; ``text`` is what stands between them.
    case quoted
    /// A text between single quotes or `$$`; ``text`` is its content.
    case string
    case number
    case sign
    /// Behind the last token.
    case end
  }

  var kind: Kind
  var text: String
  /// The bytes of the file that the token takes.
  var range: Range<Int>

  func isSign(_ sign: String) -> Bool { kind == .sign && text == sign }

  func isWord(_ word: String) -> Bool { kind == .word && text == word }

  /// A word or a quoted name: what may be an identifier, whose stored spelling is ``text``.
  var isName: Bool { kind == .word || kind == .quoted }
}
