import Catalogs

/// Table names as the store keeps them: the JSON of the name, which tells `a.b` in one part from two parts.
enum StoredName {
  static func text(_ name: ObjectName) throws -> String {
    try JSONText.encode(name)
  }

  /// - Throws: ``StoreError`` with code `damaged`.
  static func read(_ text: String) throws -> ObjectName {
    try plain(text) ?? JSONText.decode(ObjectName.self, text)
  }

  /// A name without escapes, which nearly all are: a hundred times cheaper than a decoder, and a progress view of ten
  /// thousand tables reads twice as many names five times a second.
  private static func plain(_ text: String) -> ObjectName? {
    guard !text.utf8.contains(UInt8(ascii: "\\")) else { return nil }
    let pieces = text.utf8.split(separator: UInt8(ascii: "\""), omittingEmptySubsequences: false).map(Substring.init)
    // {"schema":"main","table":"t"} -> {, schema, :, main, ",", table, :, t, }
    guard pieces.count % 4 == 1, pieces.first == "{", pieces.last == "}" else { return nil }
    var name = ObjectName(table: "")
    var hasTable = false
    for index in stride(from: 1, to: pieces.count, by: 4) {
      guard pieces[index + 1] == ":", index + 3 == pieces.count - 1 || pieces[index + 3] == "," else { return nil }
      let value = String(pieces[index + 2])
      switch pieces[index] {
      case "database": name.database = value
      case "schema": name.schema = value
      case "table":
        name.table = value
        hasTable = true
      default: return nil
      }
    }
    return hasTable ? name : nil
  }
}
