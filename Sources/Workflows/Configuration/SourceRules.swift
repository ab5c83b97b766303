import Catalogs

/// What a source connection must have, and which of its keys go together.
enum SourceRules {
  /// `key` is nil where the section as a whole is meant.
  struct Finding {
    var severity: Diagnostic.Severity = .error
    var key: SettingKey?
    var message: String
  }

  /// `present` holds the keys that are in the file, right or wrong.
  static func findings(_ platform: SourcePlatform, _ settings: Settings, present: Set<String>) -> [Finding] {
    func has(_ key: SettingKey) -> Bool { present.contains(key.rawValue) }
    var findings: [Finding] = []
    let method = method(settings, has)
    var needed = needs(platform, method)
    if platform != .sqlite, has(.odbcConnectionString) { needed = [] }
    let missing = needed.filter { !has($0) }.map(\.rawValue)
    if !missing.isEmpty { findings.append(Finding(message: "needs \(missing.joined(separator: ", "))")) }
    guard platform == .redshift else { return findings }
    let together: [(SettingKey, SettingKey)] = [
      (.accessKeyID, .secretAccessKey), (.secretAccessKey, .accessKeyID), (.sessionToken, .accessKeyID),
    ]
    for (key, other) in together where has(key) && !has(other) {
      findings.append(Finding(key: key, message: "needs \(other.rawValue)"))
    }
    return findings + idle(method, has)
  }

  private static func needs(_ platform: SourcePlatform, _ method: AuthenticationMethod?) -> [SettingKey] {
    switch platform {
    case .sqlite: [.path]
    case .sqlserver: [.host, .username, .password, .database]
    case .postgresql: [.host, .username, .database]
    case .redshift:
      switch method {
      case .standard?: [.host, .username, .password, .database]
      case .provisionedCluster?: [.username, .database, .clusterID, .region]
      case .serverless?: [.database, .workgroup, .region]
      case nil: [.database]
      }
    }
  }

  /// Keys of one way to log in that another one passes over.
  private static func idle(_ method: AuthenticationMethod?, _ has: (SettingKey) -> Bool) -> [Finding] {
    guard let method else { return [] }
    let idle: [SettingKey] =
      switch method {
      case .standard: [.clusterID, .workgroup]
      case .provisionedCluster: [.password, .workgroup]
      case .serverless: [.password, .clusterID]
      }
    return idle.filter(has).map {
      Finding(severity: .warning, key: $0, message: "does nothing with auth_method \(method.rawValue)")
    }
  }

  /// Nil when a reference or a mistake stands for it.
  private static func method(_ settings: Settings, _ has: (SettingKey) -> Bool) -> AuthenticationMethod? {
    switch settings[.authMethod] {
    case nil where !has(.authMethod): .standard
    case .text(let text)?: AuthenticationMethod(rawValue: text)
    default: nil
    }
  }
}
