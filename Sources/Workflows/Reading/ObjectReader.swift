/// Takes typed values out of one JSON object and reports those that are something else.
///
/// What is wrong with the form of an inherited value was reported when the defaults were read, and is passed over here.
struct ObjectReader {
  let node: JSONNode
  let path: DocumentPath
  let findings: Findings

  /// Nil, reported, when `node` is no object. Keys that `keys` does not list are reported.
  init?(_ node: JSONNode, _ path: DocumentPath, keys: [String], findings: Findings) {
    self.node = node
    self.path = path
    self.findings = findings
    guard let members = node.members else {
      mismatch(node, path, "an object")
      return nil
    }
    for member in members where !keys.contains(member.key) && !findings.isInherited(member.keyOffset) {
      reportUnknown(member, keys)
    }
  }

  func report(_ node: JSONNode, _ path: DocumentPath, _ message: String) {
    guard !findings.isInherited(node.offset) else { return }
    findings.add(at: node.offset, path, message)
  }

  /// The value of `key`; nil where it is absent or `null`.
  subscript(key: String) -> JSONNode? {
    guard let value = node[key] else { return nil }
    if case .null = value.content { return nil }
    return value
  }

  func object(_ key: String, keys: [String]) -> ObjectReader? {
    self[key].flatMap { ObjectReader($0, path + key, keys: keys, findings: findings) }
  }

  func boolean(_ key: String) -> Bool? {
    guard let value = self[key] else { return nil }
    guard case .boolean(let flag) = value.content else {
      mismatch(value, path + key, "true or false")
      return nil
    }
    return flag
  }

  /// Text that is not blank.
  func string(_ key: String) -> String? {
    self[key].flatMap { string($0, path + key) }
  }

  /// Whether `key` holds something that is no word of the enumeration, which reading it reports.
  func isMistaken<Word: RawRepresentable<String>>(_ key: String, _: Word.Type) -> Bool {
    guard let value = self[key] else { return false }
    guard case .string(let text) = value.content else { return true }
    return Word(rawValue: text) == nil
  }

  /// One of the words of an enumeration.
  func word<Word: RawRepresentable<String> & CaseIterable>(_ key: String) -> Word? {
    guard let value = self[key] else { return nil }
    let words = Word.allCases.map(\.rawValue)
    guard case .string(let text) = value.content else {
      mismatch(value, path + key, "a string")
      return nil
    }
    if let word = Word(rawValue: text) { return word }
    let question = Suggestion.question(for: text, in: words)
    report(value, path + key, "\(Printable.quoted(text)) is not one of \(words.joined(separator: ", "))\(question)")
    return nil
  }

  func string(_ value: JSONNode, _ path: DocumentPath) -> String? {
    guard case .string(let text) = value.content else {
      mismatch(value, path, "a string")
      return nil
    }
    if text.allSatisfy(\.isWhitespace) {
      report(value, path, "the text is empty")
      return nil
    }
    if text.unicodeScalars.contains("\0") {
      report(value, path, "a NUL character in the text")
      return nil
    }
    return text
  }

  /// Reports that `value` is something else than wanted, unless that was reported when it was parsed.
  func mismatch(_ value: JSONNode, _ path: DocumentPath, _ wanted: String) {
    if case .invalid = value.content { return }
    report(value, path, "expected \(wanted), found \(value.kind)")
  }

  private func reportUnknown(_ member: JSONMember, _ keys: [String]) {
    var message = "unknown property"
    if let meant = Suggestion.nearest(to: member.key, in: keys) {
      message += "; did you mean \(meant)?"
    } else if let home = WorkflowKeys.home(of: member.key) {
      message += " here; it belongs to \(home)"
    } else if keys.count <= 3 {
      message += "; known are \(keys.joined(separator: ", "))"
    }
    findings.add(at: member.keyOffset, path + member.key, message)
  }
}
