package import Catalogs

/// A system to read from: one `[connections.source.NAME]`.
package struct SourceConnection: Hashable, Sendable {
  package let name: String
  package let platform: SourcePlatform
  package let settings: Settings

  package init(name: String, platform: SourcePlatform, settings: Settings) {
    self.name = name
    self.platform = platform
    self.settings = settings
  }
}

/// A system to write to: one `[connections.target.NAME]`.
package struct TargetConnection: Hashable, Sendable {
  package let name: String
  package let platform: TargetPlatform
  package let settings: Settings

  package init(name: String, platform: TargetPlatform, settings: Settings) {
    self.name = name
    self.platform = platform
    self.settings = settings
  }
}

extension Configuration {
  /// The source that is meant: the one called `name`, the one of `platform`, or the only one.
  ///
  /// - Throws: ``ConfigurationError`` when none or several fit.
  package func source(
    named name: String? = nil, platform: SourcePlatform? = nil
  ) throws(ConfigurationError) -> SourceConnection {
    let fitting = sources.filter { (name == nil || $0.name == name) && (platform == nil || $0.platform == platform) }
    return try only(
      fitting, called: \.name, of: sources.map(\.name), kind: "source", wanted: name ?? platform?.rawValue,
      option: "--source-platform")
  }

  /// The target that is meant: the one called `name` or going by a Snowflake connection of that name, or the only one.
  ///
  /// - Throws: ``ConfigurationError`` when none or several fit.
  package func target(named name: String? = nil) throws(ConfigurationError) -> TargetConnection {
    let fitting = targets.filter {
      name == nil || $0.name == name || $0.settings.literal(.connectionName) == name
    }
    return try only(
      fitting, called: \.name, of: targets.map(\.name), kind: "target", wanted: name, option: "--connection-name")
  }

  private func only<Connection>(
    _ fitting: [Connection], called name: (Connection) -> String, of all: [String], kind: String, wanted: String?,
    option: String
  ) throws(ConfigurationError) -> Connection {
    guard let first = fitting.first else {
      if all.isEmpty {
        throw ConfigurationError(.noConnection, "no \(kind) is configured; add a [connections.\(kind).NAME] section")
      }
      let question = wanted.map { Suggestion.question(for: $0, in: all) } ?? ""
      throw ConfigurationError(
        .noConnection,
        "no \(kind) is called \(Printable.plain(wanted ?? "so"))\(question.isEmpty ? "" : question)"
          + " (there is \(all.joined(separator: ", ")))")
    }
    guard fitting.count == 1 else {
      let names = fitting.map(name).joined(separator: ", ")
      throw ConfigurationError(.ambiguous, "several \(kind)s are configured (\(names)); choose one with \(option)")
    }
    return first
  }
}
