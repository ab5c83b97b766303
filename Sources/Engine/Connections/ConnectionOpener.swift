import Foundation
package import Catalogs
package import Extraction
package import Loading
package import Plans
package import Workflows

/// Opens the connections of a configuration.
package struct ConnectionOpener: SessionOpener {
  private let configuration: Configuration
  private let resolver: any ReferenceResolver & Sendable

  package init(configuration: Configuration, resolver: any ReferenceResolver & Sendable) {
    self.configuration = configuration
    self.resolver = resolver
  }

  /// What a plan says of a source: which connection, which system, which server.
  package func endpoint(_ connection: SourceConnection) throws -> Endpoint {
    Endpoint(
      connection: connection.name, platform: connection.platform.rawValue,
      server: try path(connection.settings, connection.platform.title, isBuilt: connection.platform == .sqlite))
  }

  /// What a plan says of a target.
  package func endpoint(_ connection: TargetConnection) throws -> Endpoint {
    Endpoint(
      connection: connection.name, platform: connection.platform.rawValue,
      server: try path(connection.settings, connection.platform.title, isBuilt: connection.platform == .sqlite))
  }

  package func source(_ endpoint: Endpoint) throws -> any SourceSession {
    let connection = try configuration.source(named: endpoint.connection)
    try check(try self.endpoint(connection), is: endpoint)
    return try SQLiteSourceSession(path: endpoint.server)
  }

  package func target(_ endpoint: Endpoint) throws -> any TargetSession {
    let connection = try configuration.target(named: endpoint.connection)
    try check(try self.endpoint(connection), is: endpoint)
    return SQLiteTargetSession(path: endpoint.server)
  }

  /// How plans for a target are written; needs no connection.
  package func dialect(of platform: TargetPlatform) -> any TargetDialect {
    SQLiteDialect()
  }

  private func check(_ here: Endpoint, is planned: Endpoint) throws {
    guard here == planned else {
      throw EngineError(
        .connectionMismatch, at: planned.connection,
        "the plan was made for \(planned.platform) \(planned.server), the configuration says \(here.platform) \(here.server); "
          + "make a new plan")
    }
  }

  private func path(_ settings: Settings, _ title: String, isBuilt: Bool) throws -> String {
    guard isBuilt else {
      throw EngineError(
        .notBuilt, at: settings.section, "\(title) is not built yet; this version moves SQLite to SQLite")
    }
    guard let path = try settings.resolved(by: resolver).text(.path) else {
      throw EngineError(.settingMissing, at: settings.section, "path names the database file; add it")
    }
    return URL(filePath: path).standardizedFileURL.path
  }
}
