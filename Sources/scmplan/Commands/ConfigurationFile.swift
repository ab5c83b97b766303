import Foundation
import Workflows

/// The configuration file on disk, and where it is looked for.
enum ConfigurationFile {
  /// The file that applies: `--config`, `$SCMPLAN_CONFIG`, `./configuration.toml`.
  static func path(given: String?) -> String {
    let environment = ProcessInfo.processInfo.environment["SCMPLAN_CONFIG"].flatMap { $0.isEmpty ? nil : $0 }
    return given ?? environment ?? "configuration.toml"
  }

  /// Reads the file, printing warnings.
  ///
  /// - Throws: ``Failure`` when it is missing, unreadable, writable by everybody, or wrong.
  static func read(_ path: String) throws -> Configuration {
    let name = WorkflowFile.displayName(path)
    guard FileManager.default.fileExists(atPath: path) else {
      throw Failure(
        .error, "there is no configuration at \(path)",
        "Write one (docs/configuration.md), or name one with --config or SCMPLAN_CONFIG.")
    }
    let bytes: Data
    do {
      bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    } catch {
      throw Failure(.error, "\(path) cannot be read", "Check its permissions: ls -l \(path)")
    }
    let outcome = Configuration.read(bytes: Array(bytes))
    let permissions = mode(of: path).flatMap(FilePermissions.diagnostic)
    let diagnostics = (permissions.map { [$0] } ?? []) + outcome.diagnostics
    let report = DiagnosticReport(file: name, diagnostics: diagnostics)
    if !diagnostics.isEmpty { Output.error.line(report.text) }
    guard let configuration = outcome.configuration, !diagnostics.hasErrors else { throw Failure.silent(.error) }
    return configuration.applying(environment: ProcessInfo.processInfo.environment)
  }

  private static func mode(of path: String) -> UInt32? {
    var status = stat()
    return stat(path, &status) == 0 ? UInt32(status.st_mode) : nil
  }
}
