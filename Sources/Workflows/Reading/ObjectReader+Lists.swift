import Catalogs

/// Lists of the defaults as they were read the first time, by the place where they are written.
///
/// Every table inherits them, so that reading them again would cost the number of tables times their length.
final class InheritedLists {
  var names: [Int: [String]] = [:]
  var types: [Int: [TypeMapping]] = [:]
  var columns: [Int: [NameMapping]] = [:]
}

extension ObjectReader {
  /// A name that `Identifier` can read.
  func name(_ key: String) -> String? {
    self[key].flatMap { name($0, path + key) }
  }

  /// A list of names, none twice.
  func names(_ key: String) -> [String] {
    list(key, of: "names", cache: \.names) { elements in
      var names: [String] = []
      var seen: [String: Int] = [:]
      for (index, element) in elements.enumerated() {
        let path = path + key + index
        guard let name = name(element, path) else { continue }
        reportRepeated(name, folding: .kept, at: index, element, path, &seen)
        names.append(name)
      }
      return names
    }
  }

  func typeMappings(_ key: String) -> [TypeMapping] {
    list(key, of: "type mappings", singly: true, cache: \.types) { elements in
      var mappings: [TypeMapping] = []
      var seen: [String: Int] = [:]
      for (index, element) in elements.enumerated() {
        let path = elementPath(key, index)
        guard let pair = pair(element, path, WorkflowKeys.typeMapping, read: { $0.string($1) }) else { continue }
        let plain = pair.0.lowercased().filter { !$0.isWhitespace }
        if let first = seen.updateValue(index, forKey: plain) {
          report(element, path, "\(Printable.plain(pair.0)) is mapped twice, first as [\(first)]")
        }
        mappings.append(TypeMapping(sourceType: pair.0, targetType: pair.1))
      }
      return mappings
    }
  }

  func nameMappings(_ key: String) -> [NameMapping] {
    list(key, of: "name mappings", singly: true, cache: \.columns) { elements in
      var mappings: [NameMapping] = []
      var sources: [String: Int] = [:]
      var targets: [String: Int] = [:]
      for (index, element) in elements.enumerated() {
        let path = elementPath(key, index)
        guard let pair = pair(element, path, WorkflowKeys.nameMapping, read: { $0.name($1) }) else { continue }
        reportRepeated(pair.0, folding: .kept, at: index, element, path, &sources)
        reportRepeated(pair.1, folding: .upper, at: index, element, path, &targets)
        mappings.append(NameMapping(sourceName: pair.0, targetName: pair.1))
      }
      return mappings
    }
  }

  /// The elements of the array at `key` as `read` takes them; `singly` also takes one element without its array.
  private func list<Element>(
    _ key: String, of what: String, singly: Bool = false,
    cache: ReferenceWritableKeyPath<InheritedLists, [Int: [Element]]>, read: ([JSONNode]) -> [Element]
  ) -> [Element] {
    guard let value = self[key] else { return [] }
    if let known = findings.lists[keyPath: cache][value.offset] { return known }
    let elements: [JSONNode]
    switch value.content {
    case .array(let several): elements = several
    case .object where singly: elements = [value]
    default:
      mismatch(value, path + key, "an array of \(what)")
      return []
    }
    let list = read(elements)
    if findings.isReadingDefaults { findings.lists[keyPath: cache][value.offset] = list }
    return list
  }

  private func elementPath(_ key: String, _ index: Int) -> DocumentPath {
    self[key]?.elements == nil ? path + key : path + key + index
  }

  /// The two members of a mapping; what is missing is reported.
  private func pair(
    _ element: JSONNode, _ path: DocumentPath, _ keys: [String], read: (ObjectReader, String) -> String?
  ) -> (String, String)? {
    guard let mapping = ObjectReader(element, path, keys: keys, findings: findings) else { return nil }
    for key in keys where mapping[key] == nil { report(element, path, "needs \(key)") }
    guard let first = read(mapping, keys[0]), let second = read(mapping, keys[1]) else { return nil }
    return (first, second)
  }

  private func reportRepeated(
    _ name: String, folding: IdentifierFolding, at index: Int, _ element: JSONNode, _ path: DocumentPath,
    _ seen: inout [String: Int]
  ) {
    guard let stored = try? Identifier.stored(name, folding: folding) else { return }
    if let first = seen.updateValue(index, forKey: stored) {
      report(element, path, "\(Printable.plain(name)) is in the list twice, first as [\(first)]")
    }
  }

  private func name(_ value: JSONNode, _ path: DocumentPath) -> String? {
    guard let text = string(value, path) else { return nil }
    if let mistake = Self.mistake(inName: text) {
      report(value, path, mistake)
      return nil
    }
    return text
  }

  /// Why `text` is no name; nil when it is one.
  private static func mistake(inName text: String) -> String? {
    if text.unicodeScalars.contains(where: { $0.value < 0x20 || 0x7F...0x9F ~= $0.value }) {
      return "a control character in the name"
    }
    if text.first?.isWhitespace == true || text.last?.isWhitespace == true {
      return "blanks around the name; quote it if they belong to it"
    }
    do throws(IdentifierError) {
      _ = try Identifier.stored(text, folding: .kept)
      return nil
    } catch {
      switch error {
      case .empty: return "the name is empty"
      case .unclosed: return "the quote in \(Printable.plain(text)) does not close"
      case .textAfterQuote: return "text follows the closing quote in \(Printable.plain(text))"
      }
    }
  }
}
