/// A file of a part's rows, written and closed: what extraction hands to loading.
package struct StagedFile: Hashable, Codable, Sendable {
  /// Relative to the stage's root, `/` between components.
  package var path: String
  package var rows: Int
  package var bytes: Int
  /// SHA-256 of the file's bytes, in hexadecimal.
  package var sha256: String

  package init(path: String, rows: Int, bytes: Int, sha256: String) {
    self.path = path
    self.rows = rows
    self.bytes = bytes
    self.sha256 = sha256
  }
}

/// The rows of one part as one attempt staged them.
package struct StagedPart: Hashable, Codable, Sendable {
  package var files: [StagedFile]
  /// Rows the source counted in the snapshot that the files were read from; equals the files' sum.
  package var sourceRows: Int
  /// Content of the part under `checksum`: of exactly the rows in the files where the source tells it, else taken before
  /// they were read. The state keeps it instead of the plan's, which a change in between may have made untrue for good: rows
  /// that came after the plan and went before the next one would stay in the target.
  package var digest: RowDigest?

  package init(files: [StagedFile], sourceRows: Int, digest: RowDigest? = nil) {
    self.files = files
    self.sourceRows = sourceRows
    self.digest = digest
  }

  package var rows: Int { files.reduce(0) { $0 + $1.rows } }
  package var bytes: Int { files.reduce(0) { $0 + $1.bytes } }
}
