/// The values of one connection, each from the place that counts most.
struct ConnectionValues {
  struct Entry {
    let value: JSONValue
    /// For messages: `env:SNOWFLAKE_USER`, `user in /home/me/.snowflake/connections.toml`.
    let origin: String
    /// 0 counts most.
    let rank: Int
  }

  let connection: String
  private var entries: [ConnectionKey: Entry] = [:]
  private(set) var warnings: [String] = []

  init(connection: String) {
    self.connection = connection
  }

  var isEmpty: Bool { entries.isEmpty }

  subscript(_ key: ConnectionKey) -> Entry? { entries[key] }

  /// `SNOWFLAKE_CONNECTIONS_<NAME>_<KEY>`.
  mutating func readOwn(_ environment: [String: String]) {
    let name = String(connection.uppercased().map { $0.isLetter || $0.isNumber ? $0 : "_" })
    let prefix = "SNOWFLAKE_CONNECTIONS_\(name)_"
    for (variable, text) in environment.sorted(by: { $0.key < $1.key }) where variable.hasPrefix(prefix) {
      // One that means nothing may belong to a connection with a longer name.
      guard let key = ConnectionKey(spelled: variable.dropFirst(prefix.count)) else { continue }
      add(key, Entry(value: .string(text), origin: "env:\(variable)", rank: 0))
    }
  }

  mutating func readFile(_ table: [String: JSONValue], place: String) {
    for (name, value) in table.sorted(by: { $0.key < $1.key }) {
      guard let key = ConnectionKey(spelled: name) else {
        warnings.append("\(place): \(name) of connection \(connection) is not used")
        continue
      }
      add(key, Entry(value: value, origin: "\(name) in \(place)", rank: 1))
    }
  }

  /// `SNOWFLAKE_<KEY>`, and the passphrase, which has a name without prefix.
  mutating func readGeneric(_ environment: [String: String]) {
    for (variable, text) in environment.sorted(by: { $0.key < $1.key }) where variable.hasPrefix("SNOWFLAKE_") {
      guard let key = ConnectionKey(spelled: variable.dropFirst("SNOWFLAKE_".count)),
        ConnectionKey.generic.contains(key)
      else { continue }
      add(key, Entry(value: .string(text), origin: "env:\(variable)", rank: 2))
    }
    if let text = environment["PRIVATE_KEY_PASSPHRASE"] {
      add(.privateKeyPassphrase, Entry(value: .string(text), origin: "env:PRIVATE_KEY_PASSPHRASE", rank: 2))
    }
  }

  private mutating func add(_ key: ConnectionKey, _ entry: Entry) {
    if let known = entries[key], known.rank <= entry.rank { return }
    entries[key] = entry
  }

  /// The text of a value; nil when it is absent or empty.
  func text(_ key: ConnectionKey) -> String? {
    entries[key]?.value.text.flatMap { $0.isEmpty ? nil : $0 }
  }

  /// - Throws: ``SnowflakeError`` when there is a value, but no whole number of at least 0.
  func number(_ key: ConnectionKey) throws(SnowflakeError) -> Int64? {
    guard let text = text(key) else { return nil }
    guard let number = Int64(text), number >= 0 else { throw wrong(key, "must be a whole number") }
    return number
  }

  /// - Throws: ``SnowflakeError`` when there is a value, but neither `true` nor `false`.
  func flag(_ key: ConnectionKey) throws(SnowflakeError) -> Bool? {
    guard let text = text(key) else { return nil }
    switch text.lowercased() {
    case "true", "1", "yes", "on": return true
    case "false", "0", "no", "off": return false
    default: throw wrong(key, "must be true or false")
    }
  }

  /// An error about a value, which it does not show.
  func wrong(_ key: ConnectionKey, _ message: String) -> SnowflakeError {
    SnowflakeError(
      .configuration, operation: "use connection \(connection)",
      message: "\(entries[key]?.origin ?? key.rawValue) \(message)")
  }
}
