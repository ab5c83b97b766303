import Foundation

/// Finds a connection the way Snowflake's own tools do.
///
/// The file: the one given; else in `$SNOWFLAKE_HOME`, in `~/.snowflake` if it exists, in `~/.config/snowflake`. There
/// `connections.toml` replaces the connections of `config.toml`, which still names the default. The name: the one given,
/// `SNOWFLAKE_DEFAULT_CONNECTION_NAME`, `default_connection_name`, `default`. Each value:
/// `SNOWFLAKE_CONNECTIONS_<NAME>_<KEY>`, the file, `SNOWFLAKE_<KEY>`.
package struct ConnectionLookup: Sendable {
  package var environment: [String: String]
  /// The user's home folder.
  package var home: String
  /// Where Snowpark Container Services keep a service's tokens.
  package var containerFolder = "/snowflake/session"

  package init(environment: [String: String], home: String) {
    self.environment = environment
    self.home = home
  }

  /// The lookup of this process. `$HOME` is the home folder, as for Snowflake's own tools; Foundation asks the user
  /// database only.
  package static var current: ConnectionLookup {
    let environment = ProcessInfo.processInfo.environment
    return ConnectionLookup(environment: environment, home: environment["HOME"] ?? NSHomeDirectory())
  }

  /// A connection, and what should be mended about its files.
  package struct Found: Sendable {
    package let name: String
    package let settings: ConnectionSettings
    package let warnings: [String]
  }

  /// - Parameters:
  ///   - name: of the connection.
  ///   - file: to read instead of the usual ones.
  /// - Throws: ``SnowflakeError`` of kind `configuration` that names the file and the key.
  package func find(_ name: String? = nil, file: String? = nil) throws(SnowflakeError) -> Found {
    var warnings: [String] = []
    let (files, place) = try read(file, &warnings)
    let chosen =
      name ?? environment["SNOWFLAKE_DEFAULT_CONNECTION_NAME"] ?? files.compactMap(\.file.defaultName).last ?? "default"
    let table = files.lazy.compactMap { $0.file.connections[chosen] }.first
    var values = ConnectionValues(connection: chosen)
    values.readOwn(environment)
    if let table {
      values.readFile(table, place: files.first { $0.file.connections[chosen] != nil }?.place ?? place)
    } else if name != nil || !files.isEmpty && environment["SNOWFLAKE_ACCOUNT"] == nil, values.isEmpty {
      let known = Set(files.flatMap { $0.file.connections.keys }).sorted().joined(separator: ", ")
      throw SnowflakeError(
        .configuration, operation: "find connection \(chosen)",
        message: "\(place) has no such connection" + (known.isEmpty ? "" : "; it has \(known)"))
    }
    values.readGeneric(environment)
    let settings = try SettingsBuilder(values: values, lookup: self, warnings: &warnings).settings()
    return Found(name: chosen, settings: settings, warnings: warnings + values.warnings)
  }

  /// The files to look into, the one that counts first, and what to call them when nothing is found.
  private func read(
    _ given: String?, _ warnings: inout [String]
  ) throws(SnowflakeError) -> ([(file: ConnectionFile, place: String)], String) {
    var files: [(file: ConnectionFile, place: String)] = []
    if let text = environment["SNOWFLAKE_CONNECTIONS"], given == nil {
      let place = "env:SNOWFLAKE_CONNECTIONS"
      files.append((try ConnectionFile(Array(text.utf8), isConfig: false, place: place), place))
    }
    let folder = folder
    let paths = given.map { [$0] } ?? ["connections.toml", "config.toml"].map { "\(folder)/\($0)" }
    for path in paths where given != nil || FileManager.default.fileExists(atPath: path) {
      let content = try PrivateFile(path).read()
      if let warning = content.warning { warnings.append(warning) }
      let isConfig = path.hasSuffix("config.toml")
      var file = try ConnectionFile(content.bytes, isConfig: isConfig, place: path)
      // Beside another list of connections only the default's name counts.
      if isConfig && !files.isEmpty { file.forgetConnections() }
      files.append((file, path))
    }
    return (files, given ?? folder)
  }

  private var folder: String {
    if let home = environment["SNOWFLAKE_HOME"], !home.isEmpty {
      return home.hasPrefix("~/") ? self.home + home.dropFirst() : home
    }
    var isFolder: ObjCBool = false
    let usual = home + "/.snowflake"
    if FileManager.default.fileExists(atPath: usual, isDirectory: &isFolder), isFolder.boolValue { return usual }
    return (environment["XDG_CONFIG_HOME"] ?? home + "/.config") + "/snowflake"
  }
}
