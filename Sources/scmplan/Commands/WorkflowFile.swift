import Foundation
import Workflows

/// A workflow file on disk.
enum WorkflowFile {
  /// - Throws: ``Failure`` when the file cannot be read; what is wrong inside it is in the outcome.
  static func read(_ path: String) throws -> WorkflowOutcome {
    let bytes: Data
    do {
      bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    } catch {
      let reason = FileManager.default.fileExists(atPath: path) ? "cannot be read" : "does not exist"
      throw Failure(.error, "\(path) \(reason)", "Name a workflow file; its format is in docs/workflow.md.")
    }
    return Workflow.read(bytes: Array(bytes), file: displayName(path))
  }

  /// The document of a file that must be right.
  ///
  /// - Throws: ``Failure`` after printing what is wrong with it.
  static func document(_ path: String) throws -> WorkflowDocument {
    let outcome = try read(path)
    let report = DiagnosticReport(file: displayName(path), diagnostics: outcome.diagnostics)
    if !report.diagnostics.isEmpty { Output.error.line(report.text) }
    guard let document = outcome.document else { throw Failure.silent(.error) }
    return document
  }

  static func displayName(_ path: String) -> String {
    URL(fileURLWithPath: path).lastPathComponent
  }

  /// The workflow's name: the one given, else the file's stem.
  ///
  /// - Throws: ``Failure`` when that is no name.
  static func name(of path: String, given: String?) throws -> String {
    let name = given ?? URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
    let isName = name.utf8.allSatisfy { byte in
      (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
    }
    guard isName, let first = name.utf8.first, !(48...57).contains(first) else {
      throw Failure(
        .usage, "\(name.isEmpty ? "an empty text" : name) is no workflow name: letters and digits, a letter first",
        "Give one with --name.")
    }
    return name
  }
}
