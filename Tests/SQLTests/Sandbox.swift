import Foundation
import SQL

/// The databases that the protocol's rules are tested on.
enum Backend: String, CaseIterable, Sendable {
  case file, memory
}

/// A folder of its own for one test, gone with it.
final class Sandbox: Sendable {
  private let folder: String

  init() throws {
    folder = NSTemporaryDirectory() + "sql-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  var path: String { folder + "/test.db" }

  /// A new, empty database.
  func open(_ backend: Backend) throws -> any SQLDatabase {
    switch backend {
    case .file: try SQLiteDatabase(path: path)
    case .memory: try SQLiteDatabase()
    }
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }
}
