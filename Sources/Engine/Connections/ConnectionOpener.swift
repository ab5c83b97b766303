package import Catalogs
package import Extraction
import Foundation
package import Loading
package import Plans
package import Workflows

/// Opens the connections of a configuration, and tells one server from another.
package struct ConnectionOpener: SessionOpener {
  package var configuration: Configuration
  package var resolver: any ReferenceResolver & Sendable

  package init(configuration: Configuration, resolver: any ReferenceResolver & Sendable) {
    self.configuration = configuration
    self.resolver = resolver
  }

  /// The place a connection leads to, as plans and the state name it.
  package func endpoint(_ connection: SourceConnection) throws -> Endpoint {
    Endpoint(
      connection: connection.name, platform: connection.platform.rawValue, server: try server(of: connection))
  }

  /// The place a connection leads to, as plans and the state name it.
  package func endpoint(_ connection: TargetConnection) throws -> Endpoint {
    Endpoint(
      connection: connection.name, platform: connection.platform.rawValue, server: try server(of: connection))
  }

  /// How a target names types and writes statements.
  package func dialect(of platform: TargetPlatform) throws -> any TargetDialect {
    switch platform {
    case .sqlite: return SQLiteDialect()
    case .snowflake: throw notBuilt(platform.title, "a target")
    }
  }

  /// - Throws: ``EngineError`` when the configuration's connection of that name leads elsewhere than the plan says.
  package func source(_ endpoint: Endpoint) throws -> any SourceSession {
    let connection = try configuration.source(named: endpoint.connection)
    try agree(endpoint, try self.endpoint(connection))
    switch connection.platform {
    case .sqlite: return try SQLiteSourceSession(path: endpoint.server)
    case .sqlserver, .redshift, .postgresql: throw notBuilt(connection.platform.title, "a source")
    }
  }

  /// - Throws: ``EngineError`` when the configuration's connection of that name leads elsewhere than the plan says.
  package func target(_ endpoint: Endpoint) throws -> any TargetSession {
    let connection = try configuration.target(named: endpoint.connection)
    try agree(endpoint, try self.endpoint(connection))
    switch connection.platform {
    case .sqlite: return SQLiteTargetSession(path: endpoint.server)
    case .snowflake: throw notBuilt(connection.platform.title, "a target")
    }
  }

  private func server(of connection: SourceConnection) throws -> String {
    switch connection.platform {
    case .sqlite: try path(connection.settings)
    case .sqlserver, .redshift, .postgresql: throw notBuilt(connection.platform.title, "a source")
    }
  }

  private func server(of connection: TargetConnection) throws -> String {
    switch connection.platform {
    case .sqlite: try path(connection.settings)
    case .snowflake: throw notBuilt(connection.platform.title, "a target")
    }
  }

  /// One file has one name, whatever directory a command runs in.
  private func path(_ settings: Settings) throws -> String {
    guard let path = try settings.resolved(by: resolver).text(.path), !path.isEmpty else {
      throw EngineError(.settingMissing, at: settings.section, "path is missing: it names the SQLite file")
    }
    return URL(filePath: path).standardizedFileURL.path
  }

  private func agree(_ planned: Endpoint, _ configured: Endpoint) throws {
    guard planned != configured else { return }
    throw EngineError(
      .connectionMismatch, at: "connection \(planned.connection)",
      "the plan was made for \(planned.platform) \(planned.server), the configuration leads to "
        + "\(configured.platform) \(configured.server); use the plan's configuration, or plan again")
  }

  private func notBuilt(_ title: String, _ role: String) -> EngineError {
    EngineError(.notBuilt, at: title, "\(title) as \(role) is not built yet; SQLite works as source and as target")
  }
}
