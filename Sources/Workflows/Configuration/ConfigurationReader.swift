import Catalogs
import TOMLKit

extension Configuration {
  /// Reads a configuration file: all that is wrong with it at once, and the configuration when nothing is.
  package static func read(bytes: [UInt8]) -> ConfigurationOutcome {
    var reader = ConfigurationReader(bytes)
    let configuration = reader.read()
    let diagnostics = reader.diagnostics.inOrder
    return ConfigurationOutcome(
      configuration: diagnostics.hasErrors ? nil : configuration, diagnostics: diagnostics)
  }
}

/// What reading a configuration file came to.
package struct ConfigurationOutcome: Sendable {
  /// Nil when a diagnostic is an error.
  package let configuration: Configuration?
  /// In the order of the file.
  package let diagnostics: [Diagnostic]
}

/// Reads the tree of a configuration file.
struct ConfigurationReader {
  private static let top = ["selected_task_source", "application", "connections", "state"]
  /// The one value of `selected_task_source` that the SnowConvert worker knows.
  private static let taskSource = "snowflake_stored_procedure"

  private let text: SourceText
  private let places: TOMLPlaces
  private(set) var diagnostics: [Diagnostic] = []

  init(_ bytes: [UInt8]) {
    text = SourceText(bytes)
    places = TOMLPlaces(bytes)
  }

  /// Nil when the text is no TOML.
  mutating func read() -> Configuration? {
    guard let root = parsed() else { return nil }
    reportUnknown(root, [], known: Self.top)
    readTaskSource(root)
    var configuration = Configuration()
    if let table = table(root, [], "application") {
      configuration.application = settings(table, ["application"], keys: SettingSchema.application)
      checkHeartbeat(configuration.application)
    }
    if let table = table(root, [], "state") {
      let state = settings(table, ["state"], keys: SettingSchema.state)
      if state[.url] != nil, state[.path] != nil { report(["state"], "takes url or path, not both") }
      checkURL(state)
      configuration.state = state
    }
    if let connections = table(root, [], "connections") {
      reportUnknown(connections, ["connections"], known: ["source", "target"])
      readSources(connections, &configuration)
      readTargets(connections, &configuration)
    }
    return configuration
  }

  mutating func report(_ path: [String], _ message: String, _ severity: Diagnostic.Severity = .error) {
    let position = text.position(at: places.offset(of: path))
    let shown = DocumentPath(path.map { .key($0) }).description
    diagnostics.append(Diagnostic(severity, at: position, path: shown, message: message))
  }
}

extension ConfigurationReader {
  private mutating func parsed() -> TOMLTable? {
    func refuse(at offset: Int, _ message: String) -> Diagnostic {
      Diagnostic(at: text.position(at: offset), path: "", message: message)
    }
    if let offset = text.bytes.firstIndex(of: 0) {
      diagnostics.append(refuse(at: offset, "a NUL byte; the file is no UTF-8 text"))
      return nil
    }
    guard let string = String(validating: text.bytes, as: UTF8.self) else {
      diagnostics.append(refuse(at: 0, "the file is not UTF-8; save it as UTF-8"))
      return nil
    }
    if let refusal = places.refusal {
      diagnostics.append(refuse(at: refusal.offset, refusal.message))
      return nil
    }
    do {
      return try TOMLTable(string: string)
    } catch let error as TOMLParseError {
      let position = Position(line: max(1, error.source.begin.line), column: max(1, error.source.begin.column))
      diagnostics.append(Diagnostic(at: position, path: "", message: TOMLMistake.message(error.description)))
    } catch {
      diagnostics.append(refuse(at: 0, "the file is no TOML"))
    }
    return nil
  }

  private mutating func readTaskSource(_ root: TOMLTable) {
    guard let value = root["selected_task_source"], value.string != Self.taskSource else { return }
    report(["selected_task_source"], "must be \"\(Self.taskSource)\" where it is given")
  }

  private mutating func readSources(_ connections: TOMLTable, _ configuration: inout Configuration) {
    for (name, table) in sections(connections, ["connections"], "source") {
      let path = ["connections", "source", name]
      guard let platform = sourcePlatform(name, table, path) else { continue }
      let settings = settings(table, path, keys: SettingSchema.keys(of: platform))
      for finding in SourceRules.findings(platform, settings, present: Set(table.keys)) {
        report(path + (finding.key.map { [$0.rawValue] } ?? []), finding.message, finding.severity)
      }
      configuration.sources.append(SourceConnection(name: name, platform: platform, settings: settings))
    }
  }

  private mutating func readTargets(_ connections: TOMLTable, _ configuration: inout Configuration) {
    for (name, table) in sections(connections, ["connections"], "target") {
      let path = ["connections", "target", name]
      guard let platform = targetPlatform(name, table, path) else { continue }
      let settings = settings(table, path, keys: SettingSchema.keys(of: platform))
      let needed: SettingKey = platform == .snowflake ? .connectionName : .path
      if !table.contains(key: needed.rawValue) { report(path, "\(platform.title) needs \(needed.rawValue)") }
      configuration.targets.append(TargetConnection(name: name, platform: platform, settings: settings))
    }
  }

  private mutating func sourcePlatform(_ name: String, _ table: TOMLTable, _ path: [String]) -> SourcePlatform? {
    let platforms = Dictionary(
      uniqueKeysWithValues: SourcePlatform.allCases.map { ($0.rawValue, $0) } + [("postgres", .postgresql)])
    if table.contains(key: SettingKey.platform.rawValue) { return written(table, path, platforms) }
    if let platform = platforms[Self.kind(of: name)] { return platform }
    let question = Suggestion.question(for: Self.kind(of: name), in: SourcePlatform.allCases.map(\.rawValue))
    report(path, "the name tells no platform\(question.isEmpty ? "; set platform" : question)")
    return nil
  }

  private mutating func targetPlatform(_ name: String, _ table: TOMLTable, _ path: [String]) -> TargetPlatform? {
    let platforms = Dictionary(uniqueKeysWithValues: TargetPlatform.allCases.map { ($0.rawValue, $0) })
    if table.contains(key: SettingKey.platform.rawValue) { return written(table, path, platforms) }
    return platforms[Self.kind(of: name)] ?? .snowflake
  }

  /// The platform that the key `platform` names.
  private mutating func written<Platform>(
    _ table: TOMLTable, _ path: [String], _ platforms: [String: Platform]
  ) -> Platform? {
    let text = table[SettingKey.platform.rawValue]?.string
    if let platform = text.flatMap({ platforms[$0.lowercased()] }) { return platform }
    let names = platforms.keys.sorted()
    let question = text.map { Suggestion.question(for: $0, in: names) } ?? ""
    report(path + [SettingKey.platform.rawValue], "must be one of \(names.joined(separator: ", "))\(question)")
    return nil
  }

  /// `redshift` of `redshift-iam`: the name up to the first hyphen or underscore.
  private static func kind(of name: String) -> String {
    String(name.prefix { $0 != "-" && $0 != "_" }).lowercased()
  }

  private mutating func checkHeartbeat(_ application: Settings) {
    func number(_ key: SettingKey) -> Int? {
      if case .number(let number)? = application[key] ?? key.standard { number } else { nil }
    }
    guard let lease = number(.leaseSeconds), let heartbeat = number(.heartbeatSeconds),
      let mistake = ApplicationSettings.mistake(lease: lease, heartbeat: heartbeat)
    else { return }
    let key = application[.heartbeatSeconds] == nil ? SettingKey.leaseSeconds : .heartbeatSeconds
    report(["application", key.rawValue], mistake)
  }

  private mutating func checkURL(_ state: Settings) {
    guard case .secret(let url)? = state[.url] else { return }
    let scheme = url.revealed.prefix { $0 != ":" }.lowercased()
    let isKnown = ["postgresql", "postgres", "snowflake", "sqlite"].contains(scheme) && url.revealed.contains(":")
    guard !isKnown else { return }
    report(["state", "url"], "must begin with postgresql:, snowflake: or sqlite:")
  }
}
