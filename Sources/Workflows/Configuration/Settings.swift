/// The keys of one section of the configuration and what the file holds for them.
package struct Settings: Hashable, Sendable {
  /// The section, as `connections.source.sqlserver`.
  package let section: String
  private(set) var values: [SettingKey: Setting]

  package init(section: String, _ values: [SettingKey: Setting] = [:]) {
    self.section = section
    self.values = values
  }

  package subscript(key: SettingKey) -> Setting? {
    get { values[key] }
    set { values[key] = newValue }
  }

  /// The text of a key that is written out in the file and no secret.
  package func literal(_ key: SettingKey) -> String? {
    if case .text(let text)? = values[key] { text } else { nil }
  }

  /// The reference that a key's value comes from, for messages that say where a value came from.
  package func reference(_ key: SettingKey) -> Reference? {
    if case .reference(let reference)? = values[key] { reference } else { nil }
  }

  /// With every reference replaced by its value and every absent key by its default.
  ///
  /// - Throws: ``ConfigurationError`` when a value is not to be had or is not what its key takes.
  package func resolved(by resolver: any ReferenceResolver) throws(ConfigurationError) -> ResolvedSettings {
    var resolved: [SettingKey: Setting] = [:]
    for key in SettingKey.allCases {
      guard case .reference(let reference)? = values[key] else {
        resolved[key] = values[key] ?? key.standard
        continue
      }
      let name = "\(section).\(key.rawValue)"
      let text: String
      do {
        text = try resolver.value(of: reference)
      } catch {
        throw ConfigurationError(.unresolved, "\(name) comes from \(reference), which gives nothing: \(error)")
      }
      switch key.kind.read(text) {
      case .success(let setting): resolved[key] = setting
      case .failure(let mistake):
        throw ConfigurationError(.wrongValue, "\(name) comes from \(reference) and \(mistake.message)")
      }
    }
    return ResolvedSettings(section: section, values: resolved)
  }
}

/// The settings of one section with nothing left to look up.
package struct ResolvedSettings: Hashable, Sendable {
  package let section: String
  private let values: [SettingKey: Setting]

  init(section: String, values: [SettingKey: Setting]) {
    self.section = section
    self.values = values
  }

  /// The text or word of a key; nil where it is absent.
  package func text(_ key: SettingKey) -> String? {
    if case .text(let text)? = values[key] { text } else { nil }
  }

  /// The number of a key; nil where it is absent.
  package func number(_ key: SettingKey) -> Int? {
    if case .number(let number)? = values[key] { number } else { nil }
  }

  /// The flag of a key; nil where it is absent.
  package func flag(_ key: SettingKey) -> Bool? {
    if case .flag(let flag)? = values[key] { flag } else { nil }
  }

  /// The secret of a key; nil where it is absent.
  package func secret(_ key: SettingKey) -> Secret? {
    if case .secret(let secret)? = values[key] { secret } else { nil }
  }
}

extension SettingKey.Kind {
  struct Mistake: Error {
    var message: String
  }

  /// Reads the text that a reference gave. Messages never show it.
  func read(_ text: String) -> Result<Setting, Mistake> {
    switch self {
    case .text: return text.isEmpty ? .failure(Mistake(message: "is empty")) : .success(.text(text))
    case .secret: return text.isEmpty ? .failure(Mistake(message: "is empty")) : .success(.secret(Secret(text)))
    case .number(let range):
      guard let number = Int(text), range.contains(number) else {
        return .failure(Mistake(message: "is no whole number from \(range.lowerBound) to \(range.upperBound)"))
      }
      return .success(.number(number))
    case .flag:
      guard let flag = Bool(text) else { return .failure(Mistake(message: "is neither true nor false")) }
      return .success(.flag(flag))
    case .word(let words):
      guard let word = word(text, of: words) else {
        return .failure(Mistake(message: "is not one of \(words.joined(separator: ", "))"))
      }
      return .success(.text(word))
    }
  }

  /// The word as the list spells it; case does not count.
  func word(_ text: String, of words: [String]) -> String? {
    let plain = ["true": "yes", "false": "no"][text.lowercased()] ?? text.lowercased()
    return words.first { $0.lowercased() == plain }
  }
}
