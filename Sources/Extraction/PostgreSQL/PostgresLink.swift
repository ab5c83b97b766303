package import Postgres

/// What the dialect asks of a connection, whichever library makes it.
protocol PostgresLink: AnyObject {
  typealias Wait = PostgresConnection.Wait

  /// 150018 for 15.18.
  var serverVersion: Int { get }

  /// The encoding in which the server keeps text.
  var serverEncoding: String? { get }

  /// Runs statements that bring no rows.
  func execute(_ sql: String, wait: Wait) throws

  /// Runs one statement; `$1` and so on stand for `parameters`.
  func rows(_ sql: String, _ parameters: [String?], wait: Wait) throws -> any PostgresRows

  /// Runs one statement by the simple protocol, which servers that only resemble PostgreSQL speak best.
  func answer(_ sql: String, wait: Wait) throws -> any PostgresRows

  /// Runs a query and hands over each row as row 0 of a result, so that no result need be held whole.
  func each(_ sql: String, _ body: (any PostgresRows) throws -> Void) throws
}

/// Rows of a result, values as the text the server writes for them.
protocol PostgresRows {
  var rows: Int { get }

  /// Nil for NULL.
  func text(_ row: Int, _ column: Int) -> String?
}

extension PostgresRows {
  /// The value as a whole number; nil for NULL and for what is none.
  func integer(_ row: Int, _ column: Int) -> Int? { text(row, column).flatMap { Int($0) } }

  /// Whether the value is true; drivers differ in how they write that.
  func flag(_ row: Int, _ column: Int) -> Bool { text(row, column) == "t" || text(row, column) == "1" }
}

extension PostgresLink {
  func query(_ sql: String, _ parameters: [String?] = [], wait: Wait = {}) throws -> any PostgresRows {
    try rows(sql, parameters, wait: wait)
  }

  func ask(_ sql: String, wait: Wait = {}) throws -> any PostgresRows { try answer(sql, wait: wait) }

  func execute(_ sql: String) throws { try execute(sql, wait: {}) }
}

extension PostgresResult: PostgresRows {}

extension PostgresConnection: PostgresLink {
  var serverEncoding: String? { parameter("server_encoding") }

  func rows(_ sql: String, _ parameters: [String?], wait: Wait) throws -> any PostgresRows {
    let result: PostgresResult = try query(sql, parameters, wait: wait)
    return result
  }

  func answer(_ sql: String, wait: Wait) throws -> any PostgresRows {
    let result: PostgresResult = try ask(sql, wait: wait)
    return result
  }

  func each(_ sql: String, _ body: (any PostgresRows) throws -> Void) throws {
    try each(sql, wait: {}) { (row: PostgresResult) in try body(row) }
  }
}

extension PostgresSettings {
  /// Where the server ends a statement after so many seconds, one that is silent for longer is frozen; 0 is no limit.
  func limited(by statementTimeout: Int) -> PostgresSettings {
    var settings = self
    if statementTimeout > 0 { settings.patience = statementTimeout + 30 }
    return settings
  }
}
