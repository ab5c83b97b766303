import Foundation
import Postgres
import SQL
import Support

/// The databases that the protocol's rules are tested on.
enum Backend: String, CaseIterable, Sendable {
  case file, memory, postgresql
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
    case .postgresql: try PostgreSQLDatabase(Self.settings(), schema: schema)
    }
  }

  /// As a name of a schema.
  var schema: String { "sql_" + folder.suffix(36).lowercased().replacing("-", with: "") }

  /// The server of this process, or somebody on `port` who passes on to it.
  static func settings(port: Int? = nil) throws -> PostgresSettings {
    let server = try PostgresServer.shared()
    return PostgresSettings(host: server.host, port: port ?? server.port, database: "postgres", user: server.user)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }
}
