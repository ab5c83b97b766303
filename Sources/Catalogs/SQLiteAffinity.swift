/// What SQLite makes of a declared type: the storage class it converts values to where it can.
package enum SQLiteAffinity: String, Sendable {
  case integer, text, blob, real, numeric

  /// By the rules of https://www.sqlite.org/datatype3.html section 3.1: the first of them that matches decides.
  ///
  /// `ANY` converts nothing in a `STRICT` table and is `numeric`, by the last rule, everywhere else.
  package init(declaredType: String, isStrict: Bool = false) {
    let type = declaredType.lowercased()
    func has(_ words: String...) -> Bool { words.contains { type.contains($0) } }
    if has("int") {
      self = .integer
    } else if has("char", "clob", "text") {
      self = .text
    } else if has("blob") || type.isEmpty || (isStrict && type == "any") {
      self = .blob
    } else if has("real", "floa", "doub") {
      self = .real
    } else {
      self = .numeric
    }
  }
}
