import Foundation

/// The profiles of `~/.aws/config` and `~/.aws/credentials`, in which the latter wins.
///
/// Format: https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
struct AWSProfiles {
  private var values: [String: [String: String]] = [:]
  /// The files that were looked at, for messages.
  let files: [String]

  /// - Throws: ``AWSError`` for a file that is there and cannot be read.
  init(_ surroundings: AWSSurroundings) throws(AWSError) {
    let config = surroundings.variable("AWS_CONFIG_FILE") ?? surroundings.home + "/.aws/config"
    let credentials = surroundings.variable("AWS_SHARED_CREDENTIALS_FILE") ?? surroundings.home + "/.aws/credentials"
    files = [config, credentials]
    try read(config, named: { $0 == "default" ? $0 : Self.profile($0) })
    try read(credentials, named: { $0 })
  }

  subscript(name: String) -> [String: String]? { values[name] }

  private static func profile(_ section: String) -> String? {
    guard section.hasPrefix("profile ") || section.hasPrefix("profile\t") else { return nil }
    return section.dropFirst("profile".count).trimmingCharacters(in: .whitespaces)
  }

  private mutating func read(_ path: String, named name: (String) -> String?) throws(AWSError) {
    guard FileManager.default.fileExists(atPath: path) else { return }
    guard let data = FileManager.default.contents(atPath: path), let text = String(data: data, encoding: .utf8) else {
      throw AWSError(.malformed, path, "the file cannot be read as text; make it readable for this user")
    }
    var current: String?
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let trimmed = line.trimmingCharacters(in: .whitespaces)
      if trimmed.isEmpty || trimmed.hasPrefix("#") || trimmed.hasPrefix(";") { continue }
      if trimmed.hasPrefix("[") {
        guard let end = trimmed.firstIndex(of: "]") else {
          throw AWSError(.malformed, "\(path), line \(index + 1)", "the section's name has no end; close it with ]")
        }
        current = name(trimmed[trimmed.index(after: trimmed.startIndex)..<end].trimmingCharacters(in: .whitespaces))
        if let current { values[current, default: [:]] = values[current, default: [:]] }
        continue
      }
      // Values of a nested section are indented; none of them is of use here.
      guard let current, line.first != " ", line.first != "\t" else { continue }
      guard let equals = trimmed.firstIndex(of: "=") else {
        throw AWSError(.malformed, "\(path), line \(index + 1)", "the line is neither a section nor key = value")
      }
      let key = trimmed[..<equals].trimmingCharacters(in: .whitespaces).lowercased()
      values[current]?[key] = trimmed[trimmed.index(after: equals)...].trimmingCharacters(in: .whitespaces)
    }
  }
}
