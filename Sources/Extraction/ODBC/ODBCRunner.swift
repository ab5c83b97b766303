import Foundation
import ODBC

/// Runs statements on a connection while the caller stays able to hear that it is to stop.
///
/// A driver's call returns when the server answers. So it is made on another thread, and this one asks `wait` meanwhile; when
/// `wait` throws, the statement is cancelled and that error goes on.
final class ODBCRunner {
  typealias Wait = () throws -> Void

  let connection: ODBCConnection
  private let timeout: Int?

  /// - Parameter timeout: seconds that the server may be silent within a statement; nil for no limit.
  init(_ connection: ODBCConnection, timeout: Int? = nil) {
    self.connection = connection
    self.timeout = timeout
  }

  /// A statement that runs `sql`, whose rows are then the caller's.
  ///
  /// - Throws: ``ODBCError``, or what `wait` throws.
  func open(_ sql: String, wait: Wait) throws -> ODBCStatement {
    let statement = try ODBCStatement(connection, timeout: timeout)
    try run(statement, sql, wait: wait)
    return statement
  }

  /// Has a statement without open rows run `sql`.
  ///
  /// - Throws: ``ODBCError``, or what `wait` throws.
  func run(_ statement: ODBCStatement, _ sql: String, wait: Wait) throws {
    let call = ODBCCall(statement, sql)
    call.start()
    do {
      while !call.hasEnded(within: 0.25) { try wait() }
    } catch {
      while !call.hasEnded(within: 0.25) { statement.cancel() }
      throw error
    }
    if let failure = call.failure { throw failure }
  }

  /// Runs a query and hands over each row as text, nil for NULL, with the columns of the result; for catalogs and counts.
  ///
  /// - Throws: ``ODBCError``, or what `wait` and `body` throw.
  func each(_ sql: String, wait: Wait, _ body: ([String?], [ODBCColumn]) throws -> Void) throws {
    let statement = try open(sql, wait: wait)
    defer { statement.close() }
    let columns = try statement.columns()
    while try statement.fetchOne() {
      var row: [String?] = []
      for index in columns.indices {
        var bytes: [UInt8] = []
        let isThere = try statement.stream(index, .text) { bytes.append(contentsOf: $0) }
        row.append(isThere ? String(decoding: bytes, as: UTF8.self) : nil)
      }
      try body(row, columns)
    }
  }
}

/// One execution on a thread of its own.
private final class ODBCCall: @unchecked Sendable {
  // Used by the thread alone from the start to the end, which `ended` tells.
  private let statement: ODBCStatement
  private let sql: String
  private let ended = DispatchSemaphore(value: 0)
  private(set) var failure: ODBCError?

  init(_ statement: ODBCStatement, _ sql: String) {
    self.statement = statement
    self.sql = sql
  }

  func start() {
    let thread = Thread { [self] in
      do { try statement.execute(sql) } catch { failure = error as? ODBCError }
      ended.signal()
    }
    thread.start()
  }

  func hasEnded(within seconds: Double) -> Bool { ended.wait(timeout: .now() + seconds) == .success }
}
