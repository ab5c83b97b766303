import Catalogs

/// The configuration of this machine: what it may connect to, and how its services work. References are not yet looked
/// up, so that a run needs only the values of the connections it uses.
package struct Configuration: Hashable, Sendable {
  package var application: Settings
  /// By name.
  package var sources: [SourceConnection]
  /// By name.
  package var targets: [TargetConnection]
  /// Holds `url` or `path`; nil when the state is where it is by default.
  package var state: Settings?

  package init(
    application: Settings = Settings(section: "application"), sources: [SourceConnection] = [],
    targets: [TargetConnection] = [], state: Settings? = nil
  ) {
    self.application = application
    self.sources = sources
    self.targets = targets
    self.state = state
  }

  /// With what the environment variables of the SnowConvert services say: they put the metadata elsewhere, and name the
  /// Snowflake connection where the file names none.
  package func applying(environment: [String: String]) -> Configuration {
    var applied = self
    func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
    if let database = value("CUSTOM_SNOWFLAKE_DATABASE_FOR_METADATA") {
      applied.application[.metadataDatabase] = .text(database)
    }
    if let schema = value("CUSTOM_SNOWFLAKE_SCHEMA_FOR_DATA_MIGRATION_METADATA") {
      applied.application[.metadataSchema] = .text(schema)
    }
    if let name = value("SNOWFLAKE_CONNECTION_NAME"), !targets.contains(where: { $0.platform == .snowflake }) {
      let section = "snowflake_connection_name"
      let settings = Settings(section: "connections.target.\(section)", [.connectionName: .text(name)])
      applied.targets.append(TargetConnection(name: section, platform: .snowflake, settings: settings))
    }
    return applied
  }

  /// The settings of the services.
  ///
  /// - Throws: ``ConfigurationError`` when a reference among them cannot be looked up, or the values do not go together.
  package func applicationSettings(
    by resolver: any ReferenceResolver
  ) throws(ConfigurationError) -> ApplicationSettings {
    try ApplicationSettings(application.resolved(by: resolver))
  }

  /// Where the state is kept; nil when the file does not say.
  ///
  /// - Throws: ``ConfigurationError`` when the reference cannot be looked up.
  package func stateLocation(by resolver: any ReferenceResolver) throws(ConfigurationError) -> StateLocation? {
    guard let resolved = try state?.resolved(by: resolver) else { return nil }
    if let url = resolved.secret(.url) { return .url(url) }
    return resolved.text(.path).map(StateLocation.path)
  }
}

/// Where the state is kept.
package enum StateLocation: Hashable, Sendable {
  /// A SQLite file.
  case path(String)
  /// A database shared by many machines; a secret, for it may hold a password.
  case url(Secret)
}
