import HTTP
package import Snowflake

/// The account itself behind ``SnowflakeConnection``: a session that is opened when it is first needed.
package final class SnowflakeClient: SnowflakeConnection {
  private let settings: ConnectionSettings
  private var transfers: StageOptions
  private var open: SnowflakeSession?

  /// - Parameter transfers: sizes of uploads; how they connect and what they bear is the settings' own.
  package init(_ settings: ConnectionSettings, transfers: StageOptions = StageOptions()) {
    self.settings = settings
    self.transfers = transfers
    self.transfers.http = settings.http
    self.transfers.retries = settings.retries
  }

  deinit { open?.logOut() }

  /// What a load relies on, set at the login: moments read in UTC, names in quotes kept as they are, no statement committed
  /// by itself (one whose transaction somebody ended would be).
  private static let parameters: [String: JSONValue] = [
    "TIMEZONE": "UTC", "QUOTED_IDENTIFIERS_IGNORE_CASE": false, "AUTOCOMMIT": false,
    "TIMESTAMP_TYPE_MAPPING": "TIMESTAMP_NTZ", "BINARY_INPUT_FORMAT": "HEX",
  ]

  private func session() throws(SnowflakeError) -> SnowflakeSession {
    if let open, !open.isLost { return open }
    var settings = settings
    settings.sessionParameters.merge(Self.parameters) { $1 }
    // Parts that are replaced in one table wait for each other's COPY; what a dead process has locked is ended, not waited for.
    settings.sessionParameters.merge(["LOCK_TIMEOUT": 3600]) { own, _ in own }
    let session = try SnowflakeSession(settings)
    open = session
    return session
  }

  package func sessionID() throws -> String {
    let session = try session()
    if let id = session.state.sessionID { return String(id) }
    return try session.rows("SELECT CURRENT_SESSION()").first?.first.flatMap { $0 } ?? ""
  }

  package func run(_ sql: String, tag: String) throws -> SnowflakeRows {
    let result = try result(of: sql, tag: tag)
    return SnowflakeRows(columns: result.columns.map(\.name), rows: try result.allRows())
  }

  package func stream(_ sql: String, tag: String, _ body: ([String], [[String?]]) throws -> Void) throws {
    let result = try result(of: sql, tag: tag)
    while let rows = try result.nextBatch() { try body(result.columns.map(\.type), rows) }
  }

  private func result(of sql: String, tag: String) throws -> QueryResult {
    // A session that was lost took its transaction along: what follows must not go on in another.
    if let open, open.isLost {
      throw SnowflakeError(
        .sessionLost, outcome: .notExecuted, operation: "run the statement", message: "the session ended")
    }
    return try session().run(Statement(sql, tag: tag))
  }

  package func upload(_ files: [(path: String, name: String)], to folder: String, tag: String) throws {
    let commands = TaggedCommands(session: try session(), tag: tag)
    let uploader = StageUploader(commands, try StageReference(folder), transfers)
    for file in files { _ = try uploader.upload(file.path, as: file.name) }
  }

  package func download(_ stageFolder: String, into folder: String) throws -> [String] {
    let downloader = StageDownloader(try session(), try StageReference(stageFolder), transfers)
    return try downloader.download(into: folder).map(\.path)
  }

  package var login: SnowflakeLogin {
    SnowflakeLogin(
      address: settings.baseURL, user: settings.user, role: settings.role, warehouse: settings.warehouse,
      database: settings.database, schema: settings.schema)
  }

  package func another() -> any SnowflakeConnection { SnowflakeClient(settings) }

  package func leave() {
    open?.logOut()
    open = nil
  }
}

/// Statements about stages under a query tag, so that the account's query history tells what a transfer was for.
private struct TaggedCommands: StageCommands {
  var session: SnowflakeSession
  var tag: String

  func transfer(_ sql: String, cancellation: Cancellation?) throws(SnowflakeError) -> [UInt8] {
    try session.run(Statement(sql, tag: tag, isFileTransfer: true), cancellation: cancellation).body ?? []
  }

  func table(_ sql: String, cancellation: Cancellation?) throws(SnowflakeError) -> [[String: String]] {
    let result = try session.run(Statement(sql, tag: tag), cancellation: cancellation)
    return SnowflakeRows(columns: result.columns.map(\.name), rows: try result.allRows()).named
  }
}

extension Statement {
  fileprivate init(_ sql: String, tag: String, isFileTransfer: Bool = false) {
    self.init(sql, parameters: ["QUERY_TAG": .string(tag)], isFileTransfer: isFileTransfer)
  }
}
