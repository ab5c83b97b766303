/// Where a plan's view of the target comes from when nobody asked the target itself.
package struct DDLOrigin: Hashable, Codable, Sendable {
  /// The folder, as it was given with `--target-ddl`.
  package var folder: String
  package var files: Int
  /// Tables that the files define.
  package var tables: Int
  /// Statements that were passed over, by their kind.
  package var skipped: [String: Int]
  /// Over the files' names and contents.
  package var sha256: String

  package init(folder: String, files: Int, tables: Int, skipped: [String: Int], sha256: String) {
    self.folder = folder
    self.files = files
    self.tables = tables
    self.skipped = skipped
    self.sha256 = sha256
  }
}
