/// Settings that do nothing for a table, because another setting of it leaves them no use.
///
/// Written in the table itself, such a setting is a mistake. Inherited, it is meant for the other tables: it is a mistake
/// only when no table uses it.
final class IdleSettings {
  private var used: Set<Int> = []
  private var idle: [Int: (path: DocumentPath, condition: String)] = [:]
  private let findings: Findings

  init(_ findings: Findings) {
    self.findings = findings
  }

  /// Notes `key` of `object`, if it is there and `isSet` to something: it has use when `isUsed`, which `condition` says
  /// in words.
  func note(_ object: ObjectReader, _ key: String, isSet: Bool, isUsed: Bool, condition: String) {
    guard isSet, let value = object[key] else { return }
    let path = object.path + key
    if isUsed {
      used.insert(value.offset)
    } else if findings.isInherited(value.offset) {
      idle[value.offset] = (path, condition)
    } else {
      findings.add(at: value.offset, path, "does nothing without \(condition)")
    }
  }

  /// Reports what no table had a use for.
  func reportUnused() {
    for (offset, setting) in idle where !used.contains(offset) {
      let path = DocumentPath([.key("defaultTableConfiguration")] + setting.path.steps.dropFirst(2))
      findings.add(at: offset, path, "does nothing: no table has \(setting.condition)")
    }
  }
}
