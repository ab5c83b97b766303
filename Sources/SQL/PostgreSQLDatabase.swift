package import Dispatch
import Foundation
package import Postgres

/// A schema of a PostgreSQL server as the database of a state, shared by processes on many machines.
///
/// Writers come one after the other, as in SQLite: each takes the schema's advisory lock with its first statement and gives it
/// back with its commit. What a store may assume of one database, it may assume of the other.
///
/// Each object has one connection, made anew when it broke. A transaction whose commit was not answered is looked up by its
/// number: a caller never hears of a failure where the server committed.
package final class PostgreSQLDatabase: SQLDatabase {
  package let queue = DispatchQueue(label: "scmplan.postgresql")
  private let settings: PostgresSettings
  private let schema: String
  /// Milliseconds to wait for other writers.
  private let busyTimeout: Int
  private let gate = NSLock()
  // Guarded by `gate`.
  nonisolated(unsafe) private var connection: PostgresConnection?
  nonisolated(unsafe) private var statements = PreparedStatements()
  nonisolated(unsafe) private var isClosed = false

  /// Connects, and makes the schema when it is missing.
  ///
  /// - Parameters:
  ///   - schema: letters, digits and underscores; holds the tables, so that a database may be one that is used otherwise too.
  ///   - busyTimeout: seconds to wait for another writer.
  package init(_ settings: PostgresSettings, schema: String, busyTimeout: Double = 30) throws {
    self.settings = settings
    self.schema = schema
    self.busyTimeout = Int(busyTimeout * 1000)
    try translated { _ = try connected() }
  }

  @discardableResult
  package func read<T>(_ body: (any SQLConnection) throws -> T) throws -> T {
    try run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT NULL", isWriting: false, body)
  }

  @discardableResult
  package func write<T>(_ durability: SQLDurability, _ body: (any SQLConnection) throws -> T) throws -> T {
    let commit = durability == .full ? "" : "SET LOCAL synchronous_commit = off; "
    return try run(
      "BEGIN; \(commit)SET LOCAL lock_timeout = \(busyTimeout); "
        + "SELECT pg_advisory_xact_lock(\(lockNumber)); SELECT txid_current()", isWriting: true, body)
  }

  package func close() throws {
    gate.withLock {
      connection = nil
      isClosed = true
    }
  }

  /// The schema's number among the advisory locks of its database.
  private var lockNumber: Int64 {
    // FNV-1a: the same in every process and version.
    Int64(
      bitPattern: "scmplan \(schema)".utf8.reduce(14_695_981_039_346_656_037 as UInt64) {
        ($0 ^ UInt64($1)) &* 1_099_511_628_211
      })
  }

  /// Runs `body` in a transaction; from its beginning once more, over a new connection, where the old one broke before the commit.
  private func run<T>(
    _ begin: String, isWriting: Bool, _ body: (any SQLConnection) throws -> T
  ) throws -> T {
    gate.lock()
    defer { gate.unlock() }
    let end = Date(timeIntervalSinceNow: Double(busyTimeout) / 1000)
    var pause: UInt32 = 50_000
    while true {
      do {
        return try translated { try transaction(begin, isWriting: isWriting, body) }
      } catch let error as SQLError where error.code == .unreachable && !isClosed {
        // The server ends, or its machine does: another one may soon be there.
        guard Date() < end else { throw error }
        connection = nil
        usleep(pause)
        pause = min(pause * 2, 2_000_000)
      }
    }
  }

  private func transaction<T>(
    _ begin: String, isWriting: Bool, _ body: (any SQLConnection) throws -> T
  ) throws -> T {
    let connection = try connected()
    let number: String?
    do {
      number = try connection.ask(begin).text(0, 0)
    } catch let error as PostgresError where error.code == .server {
      try? connection.execute("ROLLBACK")
      throw error
    }
    let result: T
    do {
      result = try body(
        PostgreSQLConnection(
          connection: connection, statements: statements, schema: schema, isReadOnly: !isWriting))
    } catch {
      do { try connection.execute("ROLLBACK") } catch { self.connection = nil }
      throw error
    }
    do {
      try connection.execute("COMMIT")
    } catch let error as PostgresError where error.code != .server || error.isTransient {
      self.connection = nil
      guard isWriting, let number, try isCommitted(number) else { throw error }
    }
    return result
  }

  /// What became of a transaction whose commit was not answered. The server may still be at it.
  private func isCommitted(_ number: String) throws -> Bool {
    let end = Date(timeIntervalSinceNow: Double(busyTimeout) / 1000)
    while true {
      do {
        let status = try connected().query("SELECT txid_status($1::bigint)", [number]).text(0, 0)
        if status != "in progress" { return status == "committed" }
      } catch let error as PostgresError where error.sqlState == "22023" {
        // Not given yet: the server lost it in a crash.
        return false
      } catch let error as PostgresError where error.isTransient {
        connection = nil
      }
      guard Date() < end else {
        throw SQLError(.other, "the server did not say in time whether transaction \(number) was committed")
      }
      usleep(100_000)
    }
  }

  private func connected() throws -> PostgresConnection {
    guard !isClosed else { throw SQLError(.cannotOpen, "the connection was closed") }
    if let connection { return connection }
    let made = try PostgresConnection(settings)
    let isThere = try made.query("SELECT 1 FROM pg_namespace WHERE nspname = $1", [schema]).rows > 0
    if !isThere { try made.execute("CREATE SCHEMA IF NOT EXISTS \"\(schema)\"") }
    // A writer that is gone must not keep the others waiting until TCP notices.
    try made.execute(
      "SET search_path = \"\(schema)\"; SET idle_in_transaction_session_timeout = 60000; "
        + "SET standard_conforming_strings = on")
    connection = made
    statements = PreparedStatements()
    return made
  }

  private func translated<T>(_ body: () throws -> T) throws -> T {
    do {
      return try body()
    } catch let error as PostgresError {
      throw SQLError(error)
    }
  }
}

extension SQLError {
  init(_ error: PostgresError, statement: String? = nil) {
    let code: Code =
      switch error.code {
      case .refused: .cannotOpen
      case .notConnected, .lost, .timeout, .protocolBroken: .unreachable
      case .server:
        switch error.sqlState ?? "" {
        case "40001", "40P01", "55P03": .busy
        case "25006", "42501": .readOnly
        case "53100": .full
        case let state where state.hasPrefix("23"): .constraint
        case let state where ["08", "53", "57", "25P"].contains { state.hasPrefix($0) }: .unreachable
        case let state where state.hasPrefix("XX"): .corrupt
        default: .other
        }
      }
    self.init(code, error.description, statement: statement)
  }
}
