/// A file of a part's rows, written and closed: what extraction hands to loading.
package struct StagedFile: Hashable, Codable, Sendable {
  /// Relative to the stage's root, `/` between components; the whole URL of a file that lies elsewhere.
  package var path: String
  package var rows: Int
  package var bytes: Int
  /// SHA-256 of the file's bytes, in hexadecimal; of URL, length and tag of a file that lies elsewhere.
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

  /// Which of the run's snapshots of the source the rows were read in, counted from 1; nil for a transaction of their own.
  package var snapshot: Int?

  /// Where the files are, when they are not in the stage of this side: the source wrote them by itself.
  package var external: ExternalFiles?

  /// The files have keys, by which rows are removed, and no rows that move; nil is no.
  package var holdsKeys: Bool?

  package init(
    files: [StagedFile], sourceRows: Int, digest: RowDigest? = nil, snapshot: Int? = nil, external: ExternalFiles? = nil
  ) {
    self.files = files
    self.sourceRows = sourceRows
    self.digest = digest
    self.snapshot = snapshot
    self.external = external
  }

  package var rows: Int { files.reduce(0) { $0 + $1.rows } }
  /// Rows that are to come into the target.
  package var movedRows: Int { holdsKeys == true ? 0 : rows }
  package var bytes: Int { files.reduce(0) { $0 + $1.bytes } }
}

/// Files that a source wrote to an object store, and the way by which the target reads them.
package struct ExternalFiles: Hashable, Codable, Sendable {
  /// The target's stage over that place, as the workflow writes it, without the `@` that may stand in front.
  package var stage: String
  /// The folder that holds the files of one attempt and nothing else, a slash at its end: `s3://bucket/path/`.
  package var url: String

  package init(stage: String, url: String) {
    self.stage = stage.hasPrefix("@") ? String(stage.dropFirst()) : stage
    self.url = url
  }

  /// What the files call the column at a place of the plan's list.
  package static func column(_ index: Int) -> String { "c\(index + 1)" }
}
