import TOMLKit

extension ConfigurationReader {
  /// The table at `key`; nil where it is absent, and reported where it is something else.
  mutating func table(_ parent: TOMLTable, _ path: [String], _ key: String) -> TOMLTable? {
    guard let value = parent[key] else { return nil }
    if let table = value.table { return table }
    report(path + [key], "expected a section, found \(Self.article(value.type))")
    return nil
  }

  /// The sections below `key`, by name.
  mutating func sections(_ parent: TOMLTable, _ path: [String], _ key: String) -> [(String, TOMLTable)] {
    guard let group = table(parent, path, key) else { return [] }
    return group.keys.sorted().compactMap { name in
      table(group, path + [key], name).map { (name, $0) }
    }
  }

  mutating func reportUnknown(_ table: TOMLTable, _ path: [String], known: [String]) {
    for key in table.keys.sorted() where !known.contains(key) {
      let question = Suggestion.question(for: key, in: known)
      let list = known.count <= 4 ? "; known are \(known.joined(separator: ", "))" : ""
      report(path + [key], "unknown key\(question.isEmpty ? list : question)")
    }
  }

  /// The settings of one section, of the right types.
  mutating func settings(_ table: TOMLTable, _ path: [String], keys: [SettingKey]) -> Settings {
    reportUnknown(table, path, known: keys.map(\.rawValue))
    var settings = Settings(section: path.joined(separator: "."))
    for key in keys where key != .platform {
      guard let value = table[key.rawValue] else { continue }
      settings[key] = setting(key, value.tomlValue, path + [key.rawValue])
    }
    return settings
  }

  private mutating func setting(_ key: SettingKey, _ value: TOMLValue, _ path: [String]) -> Setting? {
    if let text = value.string { return setting(key, text: text, path) }
    switch (key.kind, value.type) {
    case (.number(let range), .int):
      guard let number = value.int else { return nil }
      if range.contains(number) { return .number(number) }
      report(path, "\(number) is not from \(range.lowerBound) to \(range.upperBound)")
      return nil
    case (.flag, .bool): return value.bool.map(Setting.flag)
    case (.word(let words), .bool) where words.contains("yes"):
      return value.bool.map { .text($0 ? "yes" : "no") }
    default:
      report(path, "expected \(key.kind.title), found \(Self.article(value.type))")
      return nil
    }
  }

  private mutating func setting(_ key: SettingKey, text: String, _ path: [String]) -> Setting? {
    do throws(ReferenceMistake) {
      if let reference = try Reference(text) { return .reference(reference) }
    } catch {
      report(path, error.message)
      return nil
    }
    switch key.kind {
    case .text, .secret:
      guard !text.allSatisfy(\.isWhitespace) else {
        report(path, "the text is empty")
        return nil
      }
      guard case .secret = key.kind else { return .text(text) }
      if SecretLiteral.isSecret(key, text) {
        report(path, "a secret in the file; write env:NAME, file:PATH or cmd:PROGRAM instead", .warning)
      }
      return .secret(Secret(text))
    case .word(let words):
      if let word = key.kind.word(text, of: words) { return .text(word) }
      let question = Suggestion.question(for: text, in: words)
      report(path, "\(Printable.quoted(text)) is not one of \(words.joined(separator: ", "))\(question)")
      return nil
    case .number, .flag:
      report(path, "expected \(key.kind.title), found text")
      return nil
    }
  }

  private static func article(_ type: TOMLType) -> String {
    switch type {
    case .table: "a section"
    case .array: "an array"
    case .string: "text"
    case .int, .double: "a number"
    case .bool: "true or false"
    case .date, .time, .dateTime: "a date or time"
    }
  }
}

/// Which literals give away what should stay secret.
enum SecretLiteral {
  /// A connection string or address is secret only when it holds a password.
  static func isSecret(_ key: SettingKey, _ text: String) -> Bool {
    switch key {
    case .odbcConnectionString:
      let names = text.split(separator: ";").map { item in
        item.prefix { $0 != "=" }.lowercased().filter { !$0.isWhitespace }
      }
      return names.contains("pwd") || names.contains("password")
    case .url:
      guard let start = text.firstRange(of: "://")?.upperBound else { return false }
      let authority = text[start...].prefix { $0 != "/" && $0 != "?" }
      let hasUserPassword = authority.lastIndex(of: "@").map { authority[..<$0].contains(":") } ?? false
      return hasUserPassword || text.lowercased().contains("password=")
    default: return true
    }
  }
}

extension SettingKey.Kind {
  /// What is wanted, as a message says it.
  var title: String {
    switch self {
    case .text, .secret: "text in quotes"
    case .number: "a whole number"
    case .flag: "true or false"
    case .word(let words): "one of \(words.joined(separator: ", "))"
    }
  }
}
