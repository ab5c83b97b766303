import Foundation
package import Postgres
package import SQL

/// What the program remembers: tables and parts, runs and tasks, locks and engines.
///
/// Functions block and are for threads that may wait; an async caller goes through ``perform(_:)``. Each is one
/// transaction. Moments come from the caller, so that tests own the clock.
///
/// Decisions are durable when a function returns: a run submitted, paused, ended, a table removed. What becomes of
/// single tasks, and who is alive, is committed without waiting for the disk: after a loss of power the tasks are done
/// again, and the target's ledger tells which of them had been done.
package struct Store: Sendable {
  package let database: any SQLDatabase
  /// Where the state is, for messages.
  package let place: String

  /// Opens the state in a SQLite file, creating file and folder when they are missing.
  package init(path: String, durability: SQLDurability = .full, busyTimeout: Double = 30) throws {
    let folder = URL(filePath: path).deletingLastPathComponent().path
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw StoreError(
        .cannotOpen, "the folder \(folder) of the state cannot be created",
        advice: "Check the path and the rights of the folder above it.")
    }
    do {
      let database = try SQLiteDatabase(path: path, durability: durability, busyTimeout: busyTimeout)
      try self.init(database: database, place: path)
    } catch let error as SQLError {
      throw StoreError(error, at: path)
    }
  }

  /// Opens the state in a schema of a PostgreSQL database, creating it when it is missing.
  package init(_ settings: PostgresSettings, schema: String, busyTimeout: Double = 30) throws {
    let place = "\(settings), schema \(schema)"
    do {
      try self.init(
        database: try PostgreSQLDatabase(settings, schema: schema, busyTimeout: busyTimeout), place: place)
    } catch let error as SQLError {
      throw StoreError(error, at: place)
    }
  }

  /// Opens the state in any database; `place` names it in messages and holds no secret.
  package init(database: any SQLDatabase, place: String) throws {
    self.database = database
    self.place = place
    do {
      try Schema.open(database, place: place)
    } catch let error as SQLError {
      throw StoreError(error, at: place)
    }
  }

  /// Names this state: a plan or ledger of another state is never mistaken for one of this. Made once, with the state;
  /// only a forced ``push(_:force:now:)`` of another state's document changes it.
  package func lineage() throws -> String {
    try read { try $0.lineage() }
  }

  package func close() throws {
    try translated { try database.close() }
  }

  /// Runs store calls on the database's queue while the caller's task is suspended.
  package func perform<T: Sendable>(_ work: @escaping @Sendable (Store) throws -> T) async throws -> T {
    try await database.queue.perform { try work(self) }
  }

  @discardableResult
  func read<T>(_ body: (any SQLConnection) throws -> T) throws -> T {
    try translated { try database.read(body) }
  }

  @discardableResult
  func write<T>(
    _ durability: SQLDurability = .full, _ body: (any SQLConnection) throws -> T
  ) throws -> T {
    try translated { try database.write(durability, body) }
  }

  private func translated<T>(_ body: () throws -> T) throws -> T {
    do {
      return try body()
    } catch let error as SQLError {
      throw StoreError(error, at: place)
    }
  }
}
