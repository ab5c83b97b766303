import Foundation
import ODBC
import Postgres

/// A connection to PostgreSQL through an ODBC driver: the general way, where libpq is not wanted.
///
/// psqlODBC is the driver that is known here. It holds no large result whole: see ``PostgresODBCServer/pages``.
final class PostgresODBCLink: PostgresLink {
  let connection: ODBCConnection
  private let runner: ODBCRunner
  let server: PostgresODBCServer
  /// 0 where the server does not know the setting.
  let serverVersion: Int
  let serverEncoding: String?

  /// - Parameters:
  ///   - driver: a name of `odbcinst.ini` or a path.
  ///   - raw: a connection string of the user's own, whose keys win over those of the settings.
  /// - Throws: ``PostgresError`` as ``PostgresConnection`` does; ``ExtractionError`` `cannotOpen` for a missing driver.
  init(
    _ settings: PostgresSettings, driver: String, raw: String, to server: PostgresODBCServer, place: String
  ) throws {
    self.server = server
    do {
      connection = try ODBCConnection(
        server.string(settings, driver: driver, raw: raw), loginTimeout: settings.connectTimeout)
      runner = ODBCRunner(connection)
      guard server == .postgresql else {
        (serverVersion, serverEncoding) = (0, nil)
        return
      }
      serverVersion = try connection.rows("SHOW server_version_num").first?.first?.flatMap { Int($0) } ?? 0
      serverEncoding = try connection.rows("SHOW server_encoding").first?.first ?? nil
    } catch {
      throw Self.isMissingDriver(error) ? Self.missing(driver, server, at: place) : Self.connecting(error)
    }
  }

  func execute(_ sql: String, wait: Wait) throws {
    _ = try open(sql, wait: wait)
  }

  func rows(_ sql: String, _ parameters: [String?], wait: Wait) throws -> any PostgresRows {
    var found = Rows()
    try read(Self.filled(sql, parameters), wait) { found.values.append($0) }
    return found
  }

  func answer(_ sql: String, wait: Wait) throws -> any PostgresRows { try rows(sql, [], wait: wait) }

  /// Within a transaction, where the server's results come in pages.
  func each(_ sql: String, _ body: (any PostgresRows) throws -> Void) throws {
    guard server.pages else { return try read(sql, {}) { try body(Rows(values: [$0])) } }
    try execute(Self.declaring(sql))
    var count = -1
    while count != 0 {
      count = 0
      try read(Self.page, {}) {
        count += 1
        try body(Rows(values: [$0]))
      }
    }
    try execute(Self.closing)
  }

  /// A statement that runs `sql`, whose rows are then the caller's.
  func open(_ sql: String, wait: Wait) throws -> ODBCStatement {
    try reaching { try runner.open(sql, wait: wait) }
  }

  // MARK: Pages

  private static func declaring(_ sql: String) -> String { "DECLARE scmplan_rows CURSOR FOR \(sql)" }
  private static let page = "FETCH FORWARD \(PostgresODBCServer.pageRows) FROM scmplan_rows"
  private static let closing = "CLOSE scmplan_rows"

  /// A statement with the first page of the rows of `sql`, within a transaction that has no other.
  func openPages(_ sql: String, wait: Wait) throws -> ODBCStatement {
    try execute(Self.declaring(sql), wait: wait)
    return try open(Self.page, wait: wait)
  }

  /// Has `statement` bring the next page; behind the last row one that is empty.
  func nextPage(_ statement: ODBCStatement, wait: Wait) throws {
    statement.close()
    try reaching { try runner.run(statement, Self.page, wait: wait) }
  }

  /// Lets another query have pages in the same transaction.
  func closePages(_ statement: ODBCStatement) throws {
    statement.close()
    try execute(Self.closing)
  }

  private struct Rows: PostgresRows {
    var values: [[String?]] = []
    var rows: Int { values.count }
    func text(_ row: Int, _ column: Int) -> String? { values[row][column] }
  }

  private func read(_ sql: String, _ wait: Wait, _ body: ([String?]) throws -> Void) throws {
    try reaching {
      try runner.each(sql, wait: wait) { row, columns in
        // The driver writes truth as a digit, the server as a letter.
        try body(zip(row, columns).map { text, column in column.isBit ? text.map { $0 == "1" ? "t" : "f" } : text })
      }
    }
  }

  private func reaching<Result>(_ body: () throws -> Result) throws -> Result {
    do { return try body() } catch let error as ODBCError { throw Self.failure(error) }
  }

  // MARK: Errors

  /// A driver's error as libpq would have told it.
  static func failure(_ error: ODBCError) -> PostgresError {
    let isLost = error.state.hasPrefix("08") || error.state.hasPrefix("57P")
    return PostgresError(
      isLost && !error.state.hasPrefix("57P") ? .lost : .server,
      sqlState: error.state.hasPrefix("08") ? nil : error.state == "HY008" ? "57014" : error.state, words(error))
  }

  private static func words(_ error: ODBCError) -> String {
    let line = error.message.split(separator: "\n").first.map(String.init) ?? error.message
    let severity = ["ERROR: ", "FATAL: "].first { line.hasPrefix($0) } ?? ""
    let text = String(line.dropFirst(severity.count))
    return text.hasSuffix(";") ? String(text.dropLast()) : text
  }

  private static func connecting(_ error: ODBCError) -> PostgresError {
    let words = words(error)
    // A server that starts, stops or recovers, and one that is full.
    let mayPass = [
      "the database system is", "terminating connection", "too many clients", "remaining connection slots",
    ].contains { words.contains($0) }
    let isBroken = words.contains("SSL SYSCALL error") || words.contains("unexpected eof")
    let isTLS = !isBroken && (words.contains("SSL") || words.contains("ertificate"))
    let isRefused = isTLS || (error.message.contains("FATAL") && !mayPass)
    return PostgresError(isRefused ? .refused : .notConnected, words)
  }

  /// The driver manager says so in one of two ways, by the driver's name or its file.
  private static func isMissingDriver(_ error: ODBCError) -> Bool {
    error.call == "SQLDriverConnect"
      && error.diagnostics.contains { $0.state == "IM002" || $0.message.contains("Can't open lib") }
  }

  private static func missing(_ driver: String, _ server: PostgresODBCServer, at place: String) -> ExtractionError {
    let others = ((try? ODBCEnvironment.shared().drivers()) ?? []).joined(separator: ", ")
    return ExtractionError(
      .cannotOpen, at: place,
      "the ODBC driver \(driver) is not installed (\(others.isEmpty ? "none is" : "there are: \(others)")); \(server.packages)"
    )
  }

  // MARK: Parameters

  /// `$1` and so on replaced by what they stand for: the driver knows only `?`, which is an operator in PostgreSQL.
  static func filled(_ sql: String, _ parameters: [String?]) -> String {
    guard !parameters.isEmpty else { return sql }
    var text = ""
    var rest = sql[...]
    while let dollar = rest.firstIndex(of: "$") {
      text += rest[..<dollar]
      rest = rest[rest.index(after: dollar)...]
      let digits = rest.prefix { $0.isASCII && $0.isNumber }
      guard let number = Int(digits), parameters.indices.contains(number - 1) else {
        text += "$"
        continue
      }
      text += parameters[number - 1].map { "'" + $0.replacing("'", with: "''") + "'" } ?? "NULL"
      rest = rest.dropFirst(digits.count)
    }
    return text + rest
  }
}
