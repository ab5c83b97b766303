package import Dispatch

/// A database that runs the same portable statements as every other one: standard SQL, `?` for values.
///
/// Calls block, and are for threads that may wait (a worker's, a test's). An async caller has one door,
/// ``perform(_:)``, which runs the same calls on ``queue``, so that a wait never takes a thread of the cooperative
/// pool. Bodies are synchronous, must not call the database again, and leave nothing behind but their result: one whose
/// connection broke is run from its beginning once more.
///
/// No row of user data passes through here: states, tasks and ledger entries do.
package protocol SQLDatabase: AnyObject, Sendable {
  /// Where async callers wait.
  var queue: DispatchQueue { get }

  /// Runs `body` in one transaction that sees one moment of the database and cannot write.
  @discardableResult
  func read<T>(_ body: (any SQLConnection) throws -> T) throws -> T

  /// Runs `body` in one transaction that is a writer from its first statement: committed when this returns, rolled back
  /// when `body` throws.
  @discardableResult
  func write<T>(_ durability: SQLDurability, _ body: (any SQLConnection) throws -> T) throws -> T

  /// Ends the connection; later calls throw. Done twice, it does nothing.
  func close() throws
}

/// What a commit survives.
package enum SQLDurability: Sendable, Hashable {
  /// The machine's loss of power: everything committed so far is on the disk when the commit returns.
  case full
  /// The process's end only: a loss of power may take the last such commits back, the last first, all of each. For what
  /// can be found out or done again.
  case normal
}

extension SQLDatabase {
  /// Runs `body` in one writing transaction whose commit is ``SQLDurability/full``.
  @discardableResult
  package func write<T>(_ body: (any SQLConnection) throws -> T) throws -> T {
    try write(.full, body)
  }

  /// Runs calls of this database on its queue while the caller's task is suspended.
  package func perform<T: Sendable>(_ work: @escaping @Sendable (any SQLDatabase) throws -> T) async throws -> T {
    try await queue.perform { try work(self) }
  }
}

/// An open transaction of a database; valid only inside the body it was given to.
package protocol SQLConnection {
  /// Runs one statement that returns no rows.
  ///
  /// - Returns: how many rows it changed.
  @discardableResult
  func execute(_ sql: String, _ arguments: [SQLValue]) throws -> Int

  /// Runs one statement and returns all its rows.
  func query(_ sql: String, _ arguments: [SQLValue]) throws -> [SQLRow]

  /// The names of the database's tables, in lower case.
  func tableNames() throws -> Set<String>
}

extension SQLConnection {
  @discardableResult
  package func execute(_ sql: String) throws -> Int {
    try execute(sql, [])
  }

  package func query(_ sql: String) throws -> [SQLRow] {
    try query(sql, [])
  }

  /// The first row, or nil when there is none.
  package func first(_ sql: String, _ arguments: [SQLValue] = []) throws -> SQLRow? {
    try query(sql, arguments).first
  }
}

extension DispatchQueue {
  /// Runs blocking work on this queue while the caller's task is suspended.
  package func perform<T: Sendable>(_ work: @escaping @Sendable () throws -> T) async throws -> T {
    try await withCheckedThrowingContinuation { continuation in
      async { continuation.resume(with: Result { try work() }) }
    }
  }
}
