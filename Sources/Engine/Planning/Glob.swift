/// Shell patterns over names, without regard to case: `*` for any run of characters, `?` for one.
enum Glob {
  static func matches(_ pattern: String, _ text: String) -> Bool {
    matches(Array(pattern.lowercased())[...], Array(text.lowercased())[...])
  }

  private static func matches(_ pattern: ArraySlice<Character>, _ text: ArraySlice<Character>) -> Bool {
    var pattern = pattern
    var text = text
    var retry: (pattern: ArraySlice<Character>, text: ArraySlice<Character>)?
    while true {
      if pattern.first == "*" {
        pattern = pattern.dropFirst()
        retry = (pattern, text)
      } else if let next = pattern.first, let character = text.first, next == "?" || next == character {
        pattern = pattern.dropFirst()
        text = text.dropFirst()
      } else if pattern.isEmpty, text.isEmpty {
        return true
      } else if let (after, from) = retry, !from.isEmpty {
        pattern = after
        text = from.dropFirst()
        retry = (after, text)
      } else {
        return false
      }
    }
  }
}
