import Foundation
import Postgres
import Store
import Workflows

/// Where the state of a command is.
enum StatePlace {
  /// A SQLite file, made absolute.
  case file(String)
  /// A schema of a PostgreSQL database that machines share.
  case postgresql(StateURL)

  /// - Parameter given: the value of `--state`.
  /// - Throws: ``Failure`` or ``ConfigurationError`` when that names no place.
  init(given: String?, _ configuration: Configuration?) throws {
    if let given {
      guard !given.contains("://") else {
        throw Failure(
          .error, "--state takes a SQLite file",
          "A database is named in the configuration, where its password is not for all to see: url in [state].")
      }
      var isFolder: ObjCBool = false
      let exists = FileManager.default.fileExists(atPath: given, isDirectory: &isFolder)
      let names = given.hasSuffix("/") || (exists && isFolder.boolValue)
      self = .file(Workspace.absolute(names ? given + "/scmplan.db" : given))
      return
    }
    switch try configuration?.stateLocation(by: ReferenceValues()) {
    case .path(let path)?: self = .file(Workspace.absolute(path))
    case .url(let url)?: self = .postgresql(try StateURL(url))
    case nil: self = .file(Workspace.absolute("state/scmplan.db"))
    }
  }

  func open() throws -> Store {
    switch self {
    case .file(let path): return try Store(path: path)
    case .postgresql(let url):
      let settings = PostgresSettings(
        host: url.host, port: url.port, database: url.database, user: url.user, password: url.password?.revealed,
        sslMode: url.sslMode, sslRootCertificate: url.sslRootCertificate, applicationName: "scmplan state")
      return try Store(settings, schema: url.schema)
    }
  }

  /// Whether there may be a state: a file that is there, or a database.
  var mayExist: Bool {
    if case .file(let path) = self { FileManager.default.fileExists(atPath: path) } else { true }
  }

  /// Where plans, staged files and logs go: beside the file, else `state`.
  var folder: String {
    if case .file(let path) = self { return URL(fileURLWithPath: path).deletingLastPathComponent().path }
    return Workspace.absolute("state")
  }

  /// The file, for the arguments of an engine; nil for a database, which the engine finds in the configuration.
  var path: String? {
    if case .file(let path) = self { path } else { nil }
  }
}
