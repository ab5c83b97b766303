/// Makes a message of the TOML library fit to be shown.
enum TOMLMistake {
  /// `description` without anything that the library quotes from the file beyond single characters: the text around a
  /// mistake may be a password whose quote was forgotten.
  static func message(_ description: String) -> String {
    let parts = description.split(separator: "'", omittingEmptySubsequences: false)
    var shown = ""
    for (index, part) in parts.enumerated() {
      let isQuoted = index % 2 == 1
      if isQuoted, part.count > 1 || index == parts.count - 1 {
        shown += "…"
        break
      }
      shown += isQuoted ? "'\(Printable.plain(String(part)))'" : part
    }
    return "no valid TOML: " + Printable.trimmed(shown.replacing("Error while parsing ", with: "in "))
  }
}

extension Printable {
  /// Without line ends and other control characters.
  static func trimmed(_ text: String) -> String {
    String(text.unicodeScalars.filter { $0.properties.generalCategory != .control }.map(Character.init))
  }
}
