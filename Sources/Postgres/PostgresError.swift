/// What went wrong with a PostgreSQL server.
///
/// It holds the server's first line alone: the DETAIL of an error may quote a row, and a password is in none of it.
package struct PostgresError: Error, Hashable, CustomStringConvertible {
  package enum Code: String, Sendable {
    /// The server was not reached, or did not answer as a PostgreSQL server does.
    case notConnected = "not connected"
    /// The server was reached and refused the login, or encryption could not be agreed on.
    case refused
    /// The server refused or ended a statement; ``PostgresError/sqlState`` says why.
    case server
    /// The connection broke.
    case lost
    /// A time limit of this side passed.
    case timeout
    /// The server said something that its protocol does not have.
    case protocolBroken = "protocol broken"
  }

  package var code: Code
  /// The five characters of https://www.postgresql.org/docs/current/errcodes-appendix.html; nil when no server said it.
  package var sqlState: String?
  package var message: String

  package init(_ code: Code, sqlState: String? = nil, _ message: String) {
    self.code = code
    self.sqlState = sqlState
    self.message = message
  }

  package var description: String { message + (sqlState.map { " (SQLSTATE \($0))" } ?? "") }

  /// Trying again, over a new connection, may help.
  package var isTransient: Bool {
    guard let sqlState else { return code == .notConnected || code == .lost || code == .timeout }
    return Self.isTransient(sqlState)
  }

  /// Connections that break, servers that restart or are full, transactions that lost against others, lock time-outs.
  static func isTransient(_ sqlState: String) -> Bool {
    switch sqlState.prefix(2) {
    // Connection exceptions, rolled back by the server, out of resources, ended by an operator, I/O errors.
    case "08": sqlState != "08P01"
    case "40", "53", "58": true
    // Not the end of a database that was dropped.
    case "57": ["57P01", "57P02", "57P03", "57P05", "57014"].contains(sqlState)
    case "55": ["55P03", "55006"].contains(sqlState)
    // A snapshot that became too old.
    case "72": true
    default: false
    }
  }
}

extension PostgresError {
  /// Reads libpq's words for a connection that was not made.
  ///
  /// With the verbosity that ``PostgresConnection`` sets, what a server says begins with `FATAL:  28P01: `. Several addresses
  /// of a host, and encryption tried before plain, give several lines: the last is the one that decided.
  static func connecting(_ words: String) -> PostgresError {
    // What follows a tab explains the line before it.
    let lines = words.split(separator: "\n").map(String.init).filter { !$0.hasPrefix("\t") }
    if let line = lines.last(where: { severity(in: $0) != nil }), let said = severity(in: line) {
      // Told to try later, as while it starts, it is the same as not reached.
      let isReached = !isTransient(said.sqlState)
      return PostgresError(isReached ? .refused : .notConnected, sqlState: said.sqlState, said.message)
    }
    let message = lines.last.map { String($0) } ?? "the server gave no reason"
    // A connection that breaks while TLS is agreed on proves nothing about TLS.
    let isBroken = ["SSL SYSCALL error", "unexpected eof"].contains { message.contains($0) }
    let isTLS = !isBroken && ["SSL", "certificate", "TLS"].contains { message.contains($0) }
    let isMissingPassword = message.contains("no password supplied")
    return PostgresError(isTLS || isMissingPassword ? .refused : .notConnected, message)
  }

  /// `…FATAL:  28P01: password authentication failed …` taken apart; the word in front is in the server's language.
  private static func severity(in line: String) -> (sqlState: String, message: String)? {
    let fields = line.split(separator: ":  ", maxSplits: 1).last?.split(separator: ": ", maxSplits: 1) ?? []
    guard fields.count == 2, fields[0].utf8.count == 5, line.contains(":  "),
      fields[0].utf8.allSatisfy({ (48...57).contains($0) || (65...90).contains($0) })
    else { return nil }
    return (String(fields[0]), String(fields[1]))
  }
}
