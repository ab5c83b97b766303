package import HTTP

/// A file of a stage, as `LIST` tells.
package struct StageFile: Hashable, Sendable {
  /// As the server names it: of a named internal stage it begins with the stage's name in lower case.
  package var name: String
  /// Bytes of the object: of an encrypted stage more than the file's own.
  package var size: Int
  /// A token that changes with the object; of encrypted stages never the digest of the file.
  package var md5: String?
  /// RFC 1123, in GMT.
  package var lastModified: String?

  /// The name behind the stage's own: what `FILES` and `GET` take. Of table and user stages it is ``name`` itself.
  package var pathInNamedStage: String {
    name.firstIndex(of: "/").map { String(name[name.index(after: $0)...]) } ?? name
  }
}

extension StageCommands {
  /// The files whose names begin with the reference, and match `pattern` if there is one.
  package func list(
    _ stage: StageReference, pattern: String? = nil, cancellation: Cancellation? = nil
  ) throws(SnowflakeError) -> [StageFile] {
    var files: [StageFile] = []
    for row in try table(stage.list(pattern), cancellation: cancellation) {
      guard let name = row["name"], let size = row["size"].flatMap({ Int($0) }) else {
        throw SnowflakeError(
          .unexpectedAnswer, outcome: .executed, operation: "list \(stage)", message: "a row has no name or size")
      }
      files.append(StageFile(name: name, size: size, md5: row["md5"], lastModified: row["last_modified"]))
    }
    return files
  }

  /// Removes the files whose names begin with the reference, and match `pattern` if there is one; their names.
  @discardableResult
  package func remove(
    _ stage: StageReference, pattern: String? = nil, cancellation: Cancellation? = nil
  ) throws(SnowflakeError) -> [String] {
    try table(stage.remove(pattern), cancellation: cancellation).compactMap { $0["name"] }
  }
}
