import Foundation
import TOMLKit

/// The connections of one TOML file.
struct ConnectionFile {
  private(set) var connections: [String: [String: JSONValue]] = [:]
  private(set) var defaultName: String?

  /// - Parameters:
  ///   - text: of the file.
  ///   - isConfig: `config.toml`, with its tables under `connections`; else they are at the top.
  ///   - place: the file, for messages.
  /// - Throws: ``SnowflakeError`` of kind `configuration` with line and column, never a word of the text, which may be a
  ///   secret.
  init(_ bytes: [UInt8], isConfig: Bool, place: String) throws(SnowflakeError) {
    guard let text = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else {
      throw SnowflakeError(.configuration, operation: "read \(place)", message: "it is not UTF-8")
    }
    let root: TOMLTable
    do {
      root = try TOMLTable(string: text)
    } catch {
      let begin = (error as? TOMLParseError)?.source.begin
      let position = begin.map { " at line \($0.line), column \($0.column)" } ?? ""
      throw SnowflakeError(.configuration, operation: "read \(place)", message: "it is no TOML\(position)")
    }
    if isConfig { defaultName = root["default_connection_name"]?.string }
    guard let tables = isConfig ? root["connections"]?.table : root else { return }
    for name in tables.keys {
      guard let table = tables[name]?.table else { continue }
      connections[name] = Self.values(table)
    }
  }

  /// Leaves only the name of the default.
  mutating func forgetConnections() { connections = [:] }

  private static func values(_ table: TOMLTable) -> [String: JSONValue] {
    var values: [String: JSONValue] = [:]
    for key in table.keys {
      guard let value = table[key] else { continue }
      if let text = value.string {
        values[key] = .string(text)
      } else if let flag = value.bool {
        values[key] = .bool(flag)
      } else if let number = value.int {
        values[key] = .int(Int64(number))
      } else if let number = value.double {
        values[key] = .double(number)
      } else if let inner = value.table {
        values[key] = .object(Self.values(inner))
      }
    }
    return values
  }
}
