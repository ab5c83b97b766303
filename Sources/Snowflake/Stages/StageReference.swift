/// A stage, and what the names of the files in question begin with: `@DB.SCHEMA.STAGE/run/part/`.
package struct StageReference: Hashable, Sendable, CustomStringConvertible {
  /// As SQL writes it, without quotes around it.
  package let description: String

  /// - Parameter text: begins with `@`; has no apostrophe, backslash or control character, which the statements about
  ///   stages quote in ways that differ from server to server.
  /// - Throws: ``SnowflakeError`` of kind `configuration`.
  package init(_ text: String) throws(SnowflakeError) {
    guard text.hasPrefix("@"), Self.isPlain(text) else {
      throw SnowflakeError(
        .configuration, operation: "use the stage \(text)",
        message: "a stage begins with @ and has no apostrophe, backslash or control character")
    }
    description = text
  }

  /// The same with a slash at its end: a folder.
  var folder: String { description.hasSuffix("/") || !description.contains("/") ? description : description + "/" }

  /// `PUT` for files under this reference. The server is told a name without the local folder: it never reads it.
  func put(_ name: String, overwrite: Bool) -> String {
    "PUT 'file:///\(name)' '\(folder)' AUTO_COMPRESS=FALSE SOURCE_COMPRESSION=NONE "
      + "OVERWRITE=\(overwrite ? "TRUE" : "FALSE")"
  }

  func get(_ pattern: String?) -> String {
    "GET '\(description)' 'file:///'" + Self.clause(pattern)
  }

  func list(_ pattern: String?) -> String {
    "LIST '\(description)'" + Self.clause(pattern)
  }

  func remove(_ pattern: String?) -> String {
    "REMOVE '\(description)'" + Self.clause(pattern)
  }

  /// A regular expression, whose backslashes are doubled within a literal.
  private static func clause(_ pattern: String?) -> String {
    guard let pattern else { return "" }
    let escaped = pattern.replacing("\\", with: "\\\\").replacing("'", with: "''")
    return " PATTERN='\(escaped)'"
  }

  /// The name a file is to have behind the reference.
  ///
  /// - Throws: ``SnowflakeError`` of kind `configuration` for a name with a slash or with what ``init(_:)`` refuses.
  static func checked(_ name: String) throws(SnowflakeError) -> String {
    guard !name.isEmpty, name != ".", name != "..", !name.contains("/"), isPlain(name) else {
      throw SnowflakeError(
        .configuration, operation: "upload a file as \(name)",
        message: "a name has no slash, apostrophe, backslash or control character")
    }
    return name
  }

  private static func isPlain(_ text: String) -> Bool {
    text.utf8.allSatisfy { $0 >= 32 && $0 != 127 && $0 != UInt8(ascii: "'") && $0 != UInt8(ascii: "\\") }
  }
}
