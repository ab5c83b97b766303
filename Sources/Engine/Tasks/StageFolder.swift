import Foundation
import Synchronization

/// The stage of a state's runs: a directory for each run, table, part and attempt.
///
/// `<root>/<run>/<table's place in the plan>/<part>/<attempt>/`. No two attempts ever share a path, so that files of a
/// dead or late one are never taken for those of another.
package struct StageFolder: Sendable {
  package let root: String

  package init(root: String) {
    self.root = URL(filePath: root).standardizedFileURL.path
  }

  /// Where an attempt's files go, relative to the root.
  package func prefix(run: Int, table: Int, part: Int, attempt: Int) -> String {
    "\(run)/\(table)/\(part)/\(attempt)"
  }

  package func remove(_ components: Int...) throws {
    let path = ([root] + components.map(String.init)).joined(separator: "/")
    guard FileManager.default.fileExists(atPath: path) else { return }
    do {
      try FileManager.default.removeItem(atPath: path)
    } catch {
      // A file that somebody else removed meanwhile is no failure.
      guard FileManager.default.fileExists(atPath: path) else { return }
      throw EngineError(.stageFailed, at: path, "staged files cannot be removed; check the rights of the folder")
    }
  }

  /// The directory when it exists.
  package func kept(_ components: Int...) -> String? {
    let path = ([root] + components.map(String.init)).joined(separator: "/")
    return FileManager.default.fileExists(atPath: path) ? path : nil
  }

  /// The runs that have a directory here.
  package func runs() -> [Int] {
    ((try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []).compactMap { name in
      Int(name).flatMap { $0 > 0 && String($0) == name ? $0 : nil }
    }.sorted()
  }
}
