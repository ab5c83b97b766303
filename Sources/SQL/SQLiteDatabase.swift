package import Dispatch
import Foundation
import GRDB

/// A SQLite file as the database of a state: one connection, shared with other processes by SQLite's own locks.
package final class SQLiteDatabase: SQLDatabase {
  package let queue = DispatchQueue(label: "scmplan.sqlite")
  private let connection: DatabaseQueue
  private let durability: SQLDurability

  /// Opens the file, creating it (readable by its owner alone) when it is missing; its folder must exist.
  ///
  /// - Parameters:
  ///   - durability: the most that any commit is given; full costs a synchronisation of the disk for each.
  ///   - busyTimeout: seconds to wait for another process's transaction.
  package init(path: String, durability: SQLDurability = .full, busyTimeout: Double = 30) throws {
    self.durability = durability
    try Self.createFile(path)
    var configuration = Configuration()
    configuration.busyMode = .timeout(busyTimeout)
    configuration.allowsUnsafeTransactions = true
    configuration.prepareDatabase { database in
      // A log beside the file: readers never wait for the writer, and a commit is one append.
      if try String.fetchOne(database, sql: "PRAGMA journal_mode") != "wal" {
        try database.execute(sql: "PRAGMA journal_mode = WAL")
      }
      try database.execute(sql: "PRAGMA synchronous = NORMAL")
      try database.execute(sql: "PRAGMA cell_size_check = ON")
    }
    do {
      connection = try DatabaseQueue(path: path, configuration: configuration)
    } catch let error as DatabaseError {
      throw SQLError(error)
    }
  }

  /// A database in memory, gone with its last reference.
  package init() throws {
    durability = .normal
    do {
      connection = try DatabaseQueue()
    } catch let error as DatabaseError {
      throw SQLError(error)
    }
  }

  @discardableResult
  package func read<T>(_ body: (any SQLConnection) throws -> T) throws -> T {
    try run(.deferred, .normal) { try body(SQLiteConnection(database: $0, isReadOnly: true)) }
  }

  @discardableResult
  package func write<T>(_ durability: SQLDurability, _ body: (any SQLConnection) throws -> T) throws -> T {
    try run(.immediate, durability) { try body(SQLiteConnection(database: $0, isReadOnly: false)) }
  }

  package func close() throws {
    do {
      try connection.close()
    } catch let error as DatabaseError {
      throw SQLError(error)
    }
  }

  private func run<T>(
    _ kind: Database.TransactionKind, _ durability: SQLDurability, _ body: (Database) throws -> T
  ) throws -> T {
    do {
      return try connection.writeWithoutTransaction { database in
        // The setting holds from one transaction to the next and cannot be changed inside one.
        let isFull = durability == .full && self.durability == .full
        if isFull { try database.execute(sql: "PRAGMA synchronous = FULL") }
        defer { if isFull { try? database.execute(sql: "PRAGMA synchronous = NORMAL") } }
        var result: T?
        try database.inTransaction(kind) {
          result = try body(database)
          return .commit
        }
        return result!
      }
    } catch let error as DatabaseError {
      throw SQLError(error)
    }
  }

  /// SQLite gives the log the mode of the main file, so the file is made before SQLite sees it.
  private static func createFile(_ path: String) throws {
    let descriptor = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      let reason = String(cString: strerror(errno))
      let code: SQLError.Code =
        switch errno {
        case EROFS: .readOnly
        case ENOSPC, EDQUOT: .full
        default: .cannotOpen
        }
      throw SQLError(code, reason)
    }
    // Closing any descriptor of a file drops this process's locks on it, but no connection of ours has one yet:
    // SQLite opens the file only after this.
    _ = Foundation.close(descriptor)
  }
}
