package import Catalogs
import Foundation
package import Plans

/// A folder of definition files: `*.sql` and `*.ddl`, in subfolders too, in the order of their paths.
package struct SnowflakeDDLFolder: Sendable {
  package var definitions: SnowflakeDDL
  package var origin: DDLOrigin

  /// The largest file that is read, in bytes.
  private static let largest = 64 << 20

  /// Reads every file of a folder; a path may name a single file too.
  ///
  /// - Parameters:
  ///   - name: How the plan names the folder: as it was given.
  /// - Throws: ``LoadingError`` when there is no such folder, it has no such file, or a file says what is no SQL; with
  ///   several mistakes, each has a line of the message.
  package init(_ path: String, name: String, fingerprint: Fingerprint) throws {
    let files = try Self.files(in: path)
    definitions = SnowflakeDDL()
    var contents = ""
    for (file, url) in files {
      let text = try Self.text(of: url, file)
      contents += "\(file)\t\(text.utf8.count)\n\(text)"
      let parsed = SnowflakeDDLParser.parse(file: file, text: text)
      definitions.problems += parsed.problems
      definitions.skipped.merge(parsed.skipped, uniquingKeysWith: +)
      for definition in parsed.tables {
        do throws(LoadingError) {
          try definitions.define(definition, isReplaced: false, isOptional: false)
        } catch {
          definitions.problems.append(error)
        }
      }
    }
    origin = DDLOrigin(
      folder: name, files: files.count, tables: definitions.tables.count, skipped: definitions.skipped,
      sha256: fingerprint(contents))
    guard var first = definitions.problems.first else { return }
    let others = definitions.problems.dropFirst()
    first.message += others.prefix(19).map { "\n\($0)" }.joined()
    if others.count > 19 { first.message += "\nand \(others.count - 19) more" }
    throw first
  }

  /// Paths below the folder, sorted, with where they are.
  private static func files(in path: String) throws -> [(String, URL)] {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw LoadingError(
        .cannotOpen, at: path, "there is no such folder; --target-ddl names one of CREATE TABLE files")
    }
    let root = URL(filePath: path)
    guard isFolder.boolValue else { return [(root.lastPathComponent, root)] }
    let names = FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []
    let files = names.filter { ["sql", "ddl"].contains(URL(filePath: $0).pathExtension.lowercased()) }.sorted()
    guard !files.isEmpty else {
      throw LoadingError(
        .cannotOpen, at: path,
        "the folder has no .sql and no .ddl file; name the one that SnowConvert or GET_DDL wrote to")
    }
    return files.map { ($0, root.appending(path: $0)) }
  }

  private static func text(of url: URL, _ name: String) throws -> String {
    guard let data = FileManager.default.contents(atPath: url.path) else {
      throw LoadingError(.cannotOpen, at: name, "the file cannot be read; check its permissions")
    }
    guard data.count <= largest else {
      throw LoadingError(
        .badDefinition, at: name, "the file has over 64 MB; a definition file has one statement a table")
    }
    guard let text = String(validating: data, as: UTF8.self) else {
      throw LoadingError(.badDefinition, at: name, "the file is not UTF-8; save it as UTF-8")
    }
    return text
  }
}
