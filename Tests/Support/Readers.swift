import Foundation

/// Readers of Parquet files that have nothing to do with the program.
package enum Reader: String, CaseIterable, Sendable {
  case pyarrow, duckdb

  /// The repository's folder, seen from this file.
  private static let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent()
    .deletingLastPathComponent().path
  /// Where `.ci/test` installs the readers.
  private static let python = repository + "/.deps/readers/bin/python"
  private static let script = repository + "/Tests/Support/compare_staged.py"

  /// Compares everything that is staged in a workspace with rows of its source, which a script reads by itself.
  ///
  /// - Parameters:
  ///   - columns: names of columns, and how the files hold them; see the script.
  /// - Throws: ``Program/Failure`` when the readers are not installed.
  package func compare(
    _ workspace: Workspace, table: String, where condition: String = "1", columns: KeyValuePairs<String, String>
  ) async throws -> ProgramResult {
    guard FileManager.default.isExecutableFile(atPath: Self.python) else {
      throw Program.Failure(description: "\(Self.python) is missing: make test installs it")
    }
    let arguments = [Self.script, workspace.source, table, condition, rawValue, workspace.stage]
    return try await workspace.start(Self.python, arguments + columns.map { "\($0)=\($1)" }).end()
  }
}
